import type { PeekedMessage } from "@/lib/brokers/broker";
import { recordPage } from "./record-page";
import type { ScanContext } from "./scan-context";

const PARTITION_BITS = 48n;

/**
 * The cheap look: a peek of one message tells the exact oldest enqueued time, and that nothing is below it. In a
 * partitioned entity the top 16 bits of a sequence number are the partition, so the oldest is one peek a partition away; an entity of which
 * that is not known is looked at as if it were. Returns the database's clock, the
 * partitions that hold messages, and the messages seen, by whose size the first page is judged.
 */
export async function watchQueue(
  context: ScanContext,
): Promise<{ at: Date; partitions: number[]; seen: PeekedMessage[] }> {
  const { broker, queue } = context;
  const partitions: number[] = [];
  const seen: PeekedMessage[] = [];
  let oldest: Date | null = null;
  let at = queue.at;
  for (let from = 0n; ; ) {
    const before = at;
    const [message] = await broker.peek(queue, from, 1);
    const last = message === undefined || queue.partitioned === false;
    if (message !== undefined && (oldest === null || message.enqueuedAt < oldest)) oldest = message.enqueuedAt;
    at = await recordPage(
      context,
      {
        from,
        through: message === undefined ? null : message.position,
        before,
        messages: message === undefined ? [] : [message],
      },
      last ? { kind: "watched", oldestEnqueuedAt: oldest, readAt: queue.at } : { kind: "under-way" },
    );
    if (message !== undefined) {
      partitions.push(Number(message.position >> PARTITION_BITS));
      seen.push(message);
    }
    if (last || message === undefined) return { at, partitions, seen };
    from = ((message.position >> PARTITION_BITS) + 1n) << PARTITION_BITS;
  }
}
