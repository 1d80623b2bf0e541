import type { BrokerMessage } from "@/lib/brokers/broker";
import { nextPageSize } from "./page-size";
import { recordPage } from "./record-page";
import { isTurnOver, type ScanContext } from "./scan-context";

const PARTITION_BITS = 48n;

/** What the watch at the beginning of the turn saw. */
export interface Watched {
  readonly at: Date;
  readonly partitions: readonly number[];
  readonly seen: readonly BrokerMessage[];
}

/**
 * Reads upward from the highest position known to the end: what is new and came in above. Partitions count their
 * positions apart, so each has a front of its own. Returns the database's clock, and whether the turn was over before the end.
 */
export async function pageNew(
  context: ScanContext,
  { at, partitions, seen }: Watched,
): Promise<{ at: Date; more: boolean }> {
  const { queue } = context;
  if (queue.partitioned !== true) return pageFrom(context, seen, at, queue.highWater + 1n, null);
  const fronts = await context.store.scans.partitionFronts(queue.id, partitions);
  let clock = at;
  for (const partition of partitions) {
    const floor = BigInt(partition) << PARTITION_BITS;
    const end = (BigInt(partition) + 1n) << PARTITION_BITS;
    const paged = await pageFrom(context, seen, clock, (fronts.get(partition) ?? floor) + 1n, end);
    if (paged.more) return paged;
    clock = paged.at;
  }
  return { at: clock, more: false };
}

/** Pages from a position to the end of the DLQ, or up to `end`. */
async function pageFrom(
  context: ScanContext,
  seen: readonly BrokerMessage[],
  at: Date,
  start: bigint,
  end: bigint | null,
): Promise<{ at: Date; more: boolean }> {
  let clock = at;
  let size = nextPageSize(seen);
  for (let from = start, pages = 0; ; pages++) {
    if (isTurnOver(context, pages)) return { at: clock, more: true };
    const peeked = await context.broker.peek(context.queue, from, size);
    const messages = end === null ? peeked : peeked.filter((message) => message.position < end);
    const last = messages.at(-1);
    if (last === undefined) {
      const through = end === null ? null : end - 1n;
      clock = await recordPage(context, { from, through, before: clock, messages: [] }, { kind: "under-way" });
      return { at: clock, more: false };
    }
    clock = await recordPage(
      context,
      { from, through: last.position, before: clock, messages },
      { kind: "paged", highWater: last.position },
    );
    from = last.position + 1n;
    size = nextPageSize(peeked);
  }
}
