import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "@/lib/domain/describe-error";
import type { Store } from "@/lib/store/ports";

/** Between two folds, over all workers: so long a reader adds deltas up itself. */
const FOLD_SECONDS = 2;
const RETRY_MS = 5_000;
/** Folded deltas after which their space is freed. */
const TIDY_AFTER = 20_000;
/** Between two looks whether the rollups are the rows, which reads every row, ms. */
const CHECK_MS = 6 * 3_600_000;

export interface RollupLoopOptions {
  readonly store: Store;
  readonly log: { warn(fields: object, message: string): void };
  readonly signal: AbortSignal;
}

/**
 * Folds what was written into the rollups that the pages read, and now and then holds them against the rows: what differs is logged and
 * counted anew. Any worker may do it; a lock in the database keeps it to one at a time. Resolves soon after the signal.
 */
export async function rollupLoop({ store, log, signal }: RollupLoopOptions): Promise<void> {
  let folded = 0;
  // Not at the start: workers that start together would all read everything at once.
  let nextCheck = performance.now() + CHECK_MS * (0.5 + Math.random());
  while (!signal.aborted) {
    let pause = FOLD_SECONDS * 1000;
    try {
      const outcome = await store.transaction((tx) => tx.rollups.fold(FOLD_SECONDS / 2));
      if (outcome.kind === "folded") {
        folded += outcome.deltas;
        if (outcome.more) pause = (FOLD_SECONDS * 1000) / 2;
      }
      if (folded >= TIDY_AFTER) {
        await store.rollups.tidy();
        folded = 0;
      }
      if (performance.now() >= nextCheck) {
        nextCheck = performance.now() + CHECK_MS;
        await check(store, log);
      }
    } catch (error) {
      pause = RETRY_MS;
      log.warn({ err: describeError(error) }, "the rollups could not be kept up");
    }
    await delay(pause, undefined, { signal }).catch(() => {});
  }
}

async function check(store: Store, log: RollupLoopOptions["log"]): Promise<void> {
  const differences = await store.rollups.differences();
  if (differences.length === 0) return;
  log.warn(
    { differences: differences.length, first: differences.slice(0, 5) },
    "figures of causes were not what the messages say, and are counted anew",
  );
  await store.transaction((tx) => tx.rollups.recount());
}
