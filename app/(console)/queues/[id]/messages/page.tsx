import type { Metadata } from "next";
import { messagesState } from "@/components/messages/message-state";
import { QueueMessagesView } from "@/components/messages/queue-messages-view";
import { messagesQuery } from "@/lib/client/dead-letters";
import { queueQuery } from "@/lib/client/queues";
import { readUrlState, type UrlValues } from "@/lib/client/url-state";
import { listDeadLetters } from "@/lib/usecases/dead-letters/list-dead-letters";
import { Hydrated, known, knownPage } from "../../../hydrated";
import { loadQueue } from "../load-queue";

interface Props {
  readonly params: Promise<{ id: string }>;
  readonly searchParams: Promise<UrlValues>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { detail } = await loadQueue((await params).id);
  return { title: `Messages of ${detail.queue.entityPath}` };
}

export default async function QueueMessagesPage({ params, searchParams }: Props) {
  const { context, detail } = await loadQueue((await params).id);
  const { id } = detail.queue;
  const { sort, ...narrowing } = readUrlState(messagesState, await searchParams);
  const filter = { queue: id, ...narrowing };
  const page = await listDeadLetters(context, { ...filter, sort, limit: 100 });
  return (
    <Hydrated known={[known(queueQuery(id), detail), knownPage(messagesQuery({ filter, sort }), page)]}>
      <QueueMessagesView id={id} />
    </Hydrated>
  );
}
