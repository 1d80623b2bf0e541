/** Stops a replay whose copies come back dead (R11). Counted since the last start or resume. */

/** Fewer returns than this say nothing about a share. */
export const LEAST_RETURNED = 5;
/** Share of the copies old enough to have died that may come back. */
export const MOST_RETURNED_SHARE = 0.25;
/** Whatever the share: so many returns are stopped at, of a small replay a quarter of it. */
const MOST_RETURNED = 100;
const LEAST_COUNT = 20;

/** What is assumed of a consumer whose settings cannot be read: the broker's defaults, ten deliveries of a minute. */
export const DEFAULT_DYING_SECONDS = 600;

export interface ReturnCounts {
  /** Messages of the replay. */
  readonly total: number;
  readonly returned: number;
  /** Copies sent so long ago that they would be dead by now if their consumer failed. */
  readonly old: number;
  readonly oldReturned: number;
}

/** Seconds that a copy takes to be dead-lettered when every delivery holds it until its lock runs out. */
export function dyingSeconds(maxDeliveryCount: number | null, lockSeconds: number | null): number {
  if (maxDeliveryCount === null || lockSeconds === null) return DEFAULT_DYING_SECONDS;
  return maxDeliveryCount * lockSeconds;
}

/**
 * The reason to pause, in words; null: go on. The share is counted over copies that are old enough alone: of younger ones
 * only the failures are known so far. The count needs no age.
 */
export function shouldStop({ total, returned, old, oldReturned }: ReturnCounts): string | null {
  if (oldReturned >= LEAST_RETURNED && oldReturned / old >= MOST_RETURNED_SHARE) {
    return `${oldReturned} of ${old} copies that had the time to fail came back dead since the last start: is the consumer fixed?`;
  }
  if (returned >= Math.max(LEAST_COUNT, Math.min(MOST_RETURNED, Math.ceil(total * MOST_RETURNED_SHARE)))) {
    return `${returned} copies came back dead since the last start: is the consumer fixed?`;
  }
  return null;
}
