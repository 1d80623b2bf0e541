import { setTimeout as delay } from "node:timers/promises";
import type { MessageCodec } from "@/lib/brokers/broker";
import { describeError } from "@/lib/domain/describe-error";
import type { Store } from "@/lib/store/ports";
import { indexPending } from "@/lib/usecases/search/index-pending";
import { Backoff } from "./backoff";
import type { ScanLoad } from "./scan-load";
import type { ScanLog } from "./scan-loop";

/** Messages of one transaction: so many are done in a fraction of a second. */
const BATCH = 200;
/** Between two looks while nothing is pending, ms. */
const LOOK_MS = 500;

export interface SearchLoopOptions {
  readonly store: Store;
  readonly codecFor: (broker: string) => MessageCodec;
  readonly log: ScanLog;
  readonly signal: AbortSignal;
  readonly scans?: ScanLoad;
}

/**
 * Keeps the search index up to date behind the scans, beside other workers, until the signal. While the database fails it waits and
 * tries again. After a failed batch one message is tried alone, and then without looking into it: what cannot be indexed does not hold up
 * what can. It gives way to scans that take in many messages: these tell what is there at all.
 */
export async function searchLoop({ store, codecFor, log, signal, scans }: SearchLoopOptions): Promise<void> {
  const failures = new Backoff<"index">(30);
  let failed = 0;
  while (!signal.aborted) {
    const begun = performance.now();
    try {
      const done = await indexPending({ store, codecFor }, { limit: failed === 0 ? BATCH : 1, bare: failed > 1 });
      failures.succeeded("index");
      failed = 0;
      // Between two batches scans and replays of this process come to their turn.
      const took = performance.now() - begun;
      await wait(done === 0 ? LOOK_MS : 0, signal);
      // The index lags then, and says so.
      await scans?.giveWayAfter(took, signal);
    } catch (error) {
      failed += 1;
      const seconds = failures.failed("index", 0.5);
      log.warn({ err: describeError(error), retryInSeconds: seconds }, "the search index waits");
      await wait(seconds * 1000, signal);
    }
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
