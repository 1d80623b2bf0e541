import type { Metadata } from "next";
import { messagesState } from "@/components/messages/message-state";
import { QueueMessagesView } from "@/components/messages/queue-messages-view";
import { queueQuery } from "@/lib/client/queues";
import { readUrlState, type UrlValues } from "@/lib/client/url-state";
import { firstPage } from "../../../first-page";
import { Hydrated, known } from "../../../hydrated";
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
  const list = { queue: id, ...readUrlState(messagesState, await searchParams) };
  return (
    <Hydrated known={[known(queueQuery(id), detail), ...(await firstPage(context, list))]}>
      <QueueMessagesView id={id} />
    </Hydrated>
  );
}
