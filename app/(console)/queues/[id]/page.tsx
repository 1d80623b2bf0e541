import type { Metadata } from "next";
import { QueueView } from "@/components/queues/queue-view";
import { policyQuery } from "@/lib/client/policies";
import { queueQuery } from "@/lib/client/queues";
import { readUrlState, type UrlValues } from "@/lib/client/url-state";
import { agesQuery } from "@/lib/contracts/queues";
import { composition } from "@/lib/server/composition";
import { getPolicy } from "@/lib/usecases/policies/get-policy";
import { Hydrated, known } from "../../hydrated";
import { loadQueue } from "./load-queue";

interface Props {
  readonly params: Promise<{ id: string }>;
  readonly searchParams: Promise<UrlValues>;
}

async function clockOf(searchParams: Promise<UrlValues>) {
  return readUrlState(agesQuery, await searchParams).clock;
}

export async function generateMetadata({ params, searchParams }: Props): Promise<Metadata> {
  const { detail } = await loadQueue((await params).id, await clockOf(searchParams));
  return { title: detail.queue.entityPath };
}

export default async function QueuePage({ params, searchParams }: Props) {
  const { detail } = await loadQueue((await params).id, await clockOf(searchParams));
  const { id } = detail.queue;
  const policy = await getPolicy(composition(), { id });
  return (
    <Hydrated known={[known(queueQuery(id, detail.agesBy), detail), known(policyQuery(id), policy)]}>
      <QueueView id={id} />
    </Hydrated>
  );
}
