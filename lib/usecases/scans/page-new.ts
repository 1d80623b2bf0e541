import type { PeekedMessage } from "@/lib/brokers/broker";
import { PeekAhead } from "./peek-ahead";
import { recordPage } from "./record-page";
import type { ScanContext } from "./scan-context";

const PARTITION_BITS = 48n;

/** What the watch at the beginning of the turn saw. */
export interface Watched {
  readonly at: Date;
  readonly partitions: readonly number[];
  readonly seen: readonly PeekedMessage[];
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

/** Pages from a position to the end of the DLQ, or up to `limit`. */
async function pageFrom(
  context: ScanContext,
  seen: readonly PeekedMessage[],
  at: Date,
  from: bigint,
  limit: bigint | null,
): Promise<{ at: Date; more: boolean }> {
  const reader = new PeekAhead(context, { from, limit, before: at, seen });
  let clock = at;
  try {
    for (;;) {
      const stretch = await reader.take(clock);
      if (stretch === null) return { at: clock, more: true };
      const last = stretch.messages.at(-1);
      clock = await recordPage(
        context,
        stretch,
        last === undefined ? { kind: "under-way" } : { kind: "paged", highWater: last.position },
      );
      if (stretch.end) return { at: clock, more: false };
    }
  } finally {
    await reader.settled();
  }
}
