import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { MessageView } from "@/components/messages/message-view";
import { deadLetterQuery } from "@/lib/client/dead-letters";
import { deadLetterParams } from "@/lib/contracts/params";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { orNotFound } from "@/lib/server/or-not-found";
import { getDeadLetter } from "@/lib/usecases/dead-letters/get-dead-letter";
import { Hydrated, known } from "../../hydrated";

interface Props {
  readonly params: Promise<{ id: string }>;
}

/**
 * The gate and the facts behind it, once a request. The payload is not read here: the browser asks for it once, so that
 * one opening is one look in the audit.
 */
const loadMessage = cache(async (id: string) => {
  const session = await pageGate("queues.read");
  const parsed = deadLetterParams.safeParse({ id });
  if (!parsed.success) notFound();
  const { store, config } = composition();
  const context = { store, config, mayReadPayloads: session.permissions.includes("payloads.read") };
  return orNotFound(getDeadLetter(context, parsed.data));
});

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { queue, row } = await loadMessage((await params).id);
  return { title: `Message ${row.key} of ${queue.entityPath}` };
}

export default async function MessagePage({ params }: Props) {
  const detail = await loadMessage((await params).id);
  const { id } = detail.row;
  return (
    <Hydrated known={[known(deadLetterQuery(id), detail)]}>
      <MessageView id={id} />
    </Hydrated>
  );
}
