import type { Metadata } from "next";
import { QueueView } from "@/components/queues/queue-view";
import { queueQuery } from "@/lib/client/queues";
import { Hydrated, known } from "../../hydrated";
import { loadQueue } from "./load-queue";

interface Props {
  readonly params: Promise<{ id: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { detail } = await loadQueue((await params).id);
  return { title: detail.queue.entityPath };
}

export default async function QueuePage({ params }: Props) {
  const { detail } = await loadQueue((await params).id);
  const { id } = detail.queue;
  return (
    <Hydrated known={[known(queueQuery(id), detail)]}>
      <QueueView id={id} />
    </Hydrated>
  );
}
