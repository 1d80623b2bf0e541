import type { Metadata } from "next";
import { QueueView } from "@/components/queues/queue-view";
import { policyQuery } from "@/lib/client/policies";
import { queueQuery } from "@/lib/client/queues";
import { composition } from "@/lib/server/composition";
import { getPolicy } from "@/lib/usecases/policies/get-policy";
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
  const policy = await getPolicy(composition(), { id });
  return (
    <Hydrated known={[known(queueQuery(id), detail), known(policyQuery(id), policy)]}>
      <QueueView id={id} />
    </Hydrated>
  );
}
