import { setTimeout as delay } from "node:timers/promises";
import type { MessageCodec } from "@/lib/brokers/broker";
import { describeError } from "@/lib/domain/describe-error";
import type { Store } from "@/lib/store/ports";
import { indexPending } from "@/lib/usecases/search/index-pending";
import { Backoff } from "./backoff";
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
}

/** Keeps the search index up to date behind the scans, beside other workers, until the signal. While the database fails it waits and tries again. */
export async function searchLoop({ store, codecFor, log, signal }: SearchLoopOptions): Promise<void> {
  const failures = new Backoff<"database">(30);
  while (!signal.aborted) {
    try {
      const done = await indexPending({ store, codecFor }, { limit: BATCH });
      failures.succeeded("database");
      // Between two batches scans and replays of this process come to their turn.
      await wait(done === 0 ? LOOK_MS : 0, signal);
    } catch (error) {
      const seconds = failures.failed("database", 1);
      log.warn({ err: describeError(error), retryInSeconds: seconds }, "the search index waits");
      await wait(seconds * 1000, signal);
    }
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
