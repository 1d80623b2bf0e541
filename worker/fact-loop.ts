import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "@/lib/domain/describe-error";
import type { Store } from "@/lib/store/ports";
import { Backoff } from "./backoff";
import type { ScanLoad } from "./scan-load";

/** Between two looks for a queue to count, ms. */
const IDLE_MS = 5_000;
/** Shorter queues are counted when somebody asks, in less than a second; a stretch takes some tenths of one. */
export const SIZES = { longQueue: 5_000, stretch: 5_000 } as const;
/** Adding a count up takes a second for 25,000 messages. */
const STEP_SECONDS = 300;

export interface FactLoopOptions {
  readonly store: Store;
  readonly log: { warn(fields: object, message: string): void };
  readonly signal: AbortSignal;
  readonly scans?: ScanLoad;
}

/**
 * Counts what the messages of long queues say, a stretch at a time beside other workers, so that a comparison need not count it while somebody waits.
 * It gives way to everything else: what it counts says of when it is. Resolves soon after the signal.
 */
export async function factLoop({ store, log, signal, scans }: FactLoopOptions): Promise<void> {
  const failures = new Backoff<"count">(60);
  while (!signal.aborted) {
    const begun = performance.now();
    let took = 0;
    let pause = IDLE_MS;
    try {
      const step = await store.transaction((tx) => tx.search.countNextFacts(SIZES), { mostSeconds: STEP_SECONDS });
      failures.succeeded("count");
      took = performance.now() - begun;
      if (step !== "idle") pause = took;
    } catch (error) {
      const seconds = failures.failed("count", 5);
      pause = seconds * 1000;
      log.warn({ err: describeError(error), retryInSeconds: seconds }, "what messages say could not be counted");
    }
    await delay(pause, undefined, { signal }).catch(() => undefined);
    await scans?.giveWayAfter(took, signal);
  }
}
