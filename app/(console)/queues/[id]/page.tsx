import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { QueueView } from "@/components/queues/queue-view";
import { queueQuery } from "@/lib/client/queues";
import { queueParams } from "@/lib/contracts/params";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { orNotFound } from "@/lib/server/or-not-found";
import { getQueue } from "@/lib/usecases/queues/get-queue";
import { Hydrated, known } from "../../hydrated";

export const metadata: Metadata = { title: "Queue" };

export default async function QueuePage({ params }: { params: Promise<{ id: string }> }) {
  const session = await pageGate("queues.read");
  const parsed = queueParams.safeParse(await params);
  if (!parsed.success) notFound();
  const { id } = parsed.data;
  const mayReadPayloads = session.permissions.includes("payloads.read");
  const detail = await orNotFound(getQueue({ store: composition().store, mayReadPayloads }, { id }));
  return (
    <Hydrated known={[known(queueQuery(id), detail)]}>
      <QueueView id={id} />
    </Hydrated>
  );
}
