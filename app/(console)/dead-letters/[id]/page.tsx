import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { MessageView } from "@/components/messages/message-view";
import { deadLetterQuery } from "@/lib/client/dead-letters";
import { deadLetterParams } from "@/lib/contracts/params";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { orNotFound } from "@/lib/server/or-not-found";
import { getDeadLetter } from "@/lib/usecases/dead-letters/get-dead-letter";
import { Hydrated, known } from "../../hydrated";

export const metadata: Metadata = { title: "Message" };

/** The payload is not read here: the browser asks for it once, so that one opening is one look in the audit. */
export default async function MessagePage({ params }: { params: Promise<{ id: string }> }) {
  const session = await pageGate("queues.read");
  const parsed = deadLetterParams.safeParse(await params);
  if (!parsed.success) notFound();
  const { id } = parsed.data;
  const context = { store: composition().store, mayReadPayloads: session.permissions.includes("payloads.read") };
  const detail = await orNotFound(getDeadLetter(context, { id }));
  return (
    <Hydrated known={[known(deadLetterQuery(id), detail)]}>
      <MessageView id={id} />
    </Hydrated>
  );
}
