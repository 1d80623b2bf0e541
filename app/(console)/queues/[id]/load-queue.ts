import { notFound } from "next/navigation";
import { cache } from "react";
import { queueParams } from "@/lib/contracts/params";
import type { QueueDetail } from "@/lib/contracts/queues";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { orNotFound } from "@/lib/server/or-not-found";
import { getQueue } from "@/lib/usecases/queues/get-queue";

/** The gate and the queue behind it, once a request: for the page and for its title. */
export const loadQueue = cache(async (id: string, clock: QueueDetail["agesBy"] = "enqueued") => {
  const session = await pageGate("queues.read");
  const parsed = queueParams.safeParse({ id });
  if (!parsed.success) notFound();
  const context = { store: composition().store, mayReadPayloads: session.permissions.includes("payloads.read") };
  return { context, detail: await orNotFound(getQueue(context, { ...parsed.data, clock })) };
});
