import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { messagesState } from "@/components/messages/message-state";
import { QueueMessagesView } from "@/components/messages/queue-messages-view";
import { messagesQuery } from "@/lib/client/dead-letters";
import { queueQuery } from "@/lib/client/queues";
import { readUrlState, type UrlValues } from "@/lib/client/url-state";
import { queueParams } from "@/lib/contracts/params";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { orNotFound } from "@/lib/server/or-not-found";
import { listDeadLetters } from "@/lib/usecases/dead-letters/list-dead-letters";
import { getQueue } from "@/lib/usecases/queues/get-queue";
import { Hydrated, known, knownPage } from "../../../hydrated";

export const metadata: Metadata = { title: "Messages" };

interface Props {
  readonly params: Promise<{ id: string }>;
  readonly searchParams: Promise<UrlValues>;
}

export default async function QueueMessagesPage({ params, searchParams }: Props) {
  const session = await pageGate("queues.read");
  const parsed = queueParams.safeParse(await params);
  if (!parsed.success) notFound();
  const { id } = parsed.data;
  const context = { store: composition().store, mayReadPayloads: session.permissions.includes("payloads.read") };
  const detail = await orNotFound(getQueue(context, { id }));
  const { sort, ...narrowing } = readUrlState(messagesState, await searchParams);
  const filter = { queue: id, ...narrowing };
  const page = await listDeadLetters(context, { ...filter, sort, limit: 100 });
  return (
    <Hydrated known={[known(queueQuery(id), detail), knownPage(messagesQuery({ filter, sort }), page)]}>
      <QueueMessagesView id={id} />
    </Hydrated>
  );
}
