import { Gauge, Registry } from "prom-client";
import { ITEM_STATES } from "@/lib/domain/replay-states";
import type { Store } from "@/lib/store/ports";
import type { MetricsReading, QueueMetrics } from "@/lib/store/ports/metrics";

/** Reasons of one DLQ that get a series of their own: reasons are free text, and a producer may put ids into them. */
const MAX_REASONS = 50;
const OTHER_REASONS = "(other)";

const QUEUE_LABELS = ["namespace", "queue", "sub_queue"] as const;

/**
 * The figures for Prometheus, read at the scrape. The registry lives for one scrape only, so that the series of a queue
 * that vanished end with it. What is unknown has no series; zero always means that it was looked at.
 */
export async function readMetrics({ store }: { store: Store }): Promise<{ contentType: string; body: string }> {
  const reading = await store.metrics.read();
  const registry = new Registry();
  describeQueues(registry, reading);
  describeReplays(registry, reading);
  return { contentType: registry.contentType, body: await registry.metrics() };
}

function describeQueues(registry: Registry, { at, queues }: MetricsReading): void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: QUEUE_LABELS, registers: [registry] });
  const oldest = gauge(
    "dlq_oldest_message_age_seconds",
    "Age of the oldest dead letter of a queue in seconds, since it was first enqueued; a copy that came back from a replay counts from its original. 0: the queue was empty when last looked at. Absent: never looked at.",
  );
  const brokerMessages = gauge(
    "dlq_broker_messages",
    "Dead letters of a queue as the broker counts them, which may lag. Absent: the broker could not say.",
  );
  const scanAge = gauge(
    "dlq_scan_age_seconds",
    "Seconds since a worker last looked at a queue. Absent: never. The other figures of the queue are as old as this.",
  );
  const walkAge = gauge(
    "dlq_walk_age_seconds",
    "Seconds since the start of the newest complete walk through a queue: removals and late arrivals before it are known. Absent: none was completed.",
  );
  const messages = new Gauge({
    name: "dlq_messages",
    help: `Dead letters of a queue that are indexed and not known to have left, by reason code; past ${MAX_REASONS} reasons the rest is "${OTHER_REASONS}".`,
    labelNames: [...QUEUE_LABELS, "reason"] as const,
    registers: [registry],
  });
  for (const queue of queues) {
    const labels = { namespace: queue.namespace, queue: queue.entityPath, sub_queue: queue.subQueue };
    const age = oldestAge(queue, at);
    if (age !== null) oldest.set(labels, age);
    if (queue.brokerCount !== null) brokerMessages.set(labels, queue.brokerCount);
    if (queue.scannedAt !== null) scanAge.set(labels, secondsBetween(queue.scannedAt, at));
    if (queue.walkedAt !== null) walkAge.set(labels, secondsBetween(queue.walkedAt, at));
    for (const { reason, count } of queue.reasons.slice(0, MAX_REASONS)) messages.set({ ...labels, reason }, count);
    const rest = queue.reasons.slice(MAX_REASONS).reduce((sum, { count }) => sum + count, 0);
    if (rest > 0) messages.set({ ...labels, reason: OTHER_REASONS }, rest);
  }
}

/** Null: not known. The peek is exact and newer than the index, so an empty queue is empty whatever the index still holds. */
function oldestAge(queue: QueueMetrics, at: Date): number | null {
  if (queue.oldestReadAt === null) return null;
  if (queue.oldestEnqueuedAt === null) return 0;
  const root = queue.oldestReturnedRoot ?? queue.oldestEnqueuedAt;
  return secondsBetween(root < queue.oldestEnqueuedAt ? root : queue.oldestEnqueuedAt, at);
}

/** Never negative: the broker's clock may be ahead of the database's. */
function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, (to.getTime() - from.getTime()) / 1000);
}

function describeReplays(registry: Registry, { items, liveWorkers }: MetricsReading): void {
  const byState = new Gauge({
    name: "dlq_replay_items",
    help: "Messages of replays that have not ended, and what is still open of ended ones, by the state in the ledger.",
    labelNames: ["state"] as const,
    registers: [registry],
  });
  const counts = new Map(items.map(({ state, count }) => [state, count]));
  for (const state of ITEM_STATES) byState.set({ state }, counts.get(state) ?? 0);
  new Gauge({
    name: "dlq_workers_live",
    help: "Workers whose lease is running. 0: nothing is looked at and nothing is replayed.",
    registers: [registry],
  }).set(liveWorkers);
}
