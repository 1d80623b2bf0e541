import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "@/lib/domain/describe-error";
import type { Store } from "@/lib/store/ports";
import type { ForgetPlace } from "@/lib/store/ports/scans";

/** Rows of one statement: so many are deleted before anybody waits. */
const BATCH = 1_000;
const BETWEEN_BATCHES_MS = 250;
const SWEEP_MS = 3_600_000;
const FIRST_MS = 60_000;

export interface RetentionLoopOptions {
  readonly store: Store;
  readonly days: number;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  readonly signal: AbortSignal;
}

/** Forgets what left its DLQ long ago, batch by batch, once an hour. Workers may do it beside each other. Resolves soon after the signal. */
export async function retentionLoop({ store, days, log, signal }: RetentionLoopOptions): Promise<void> {
  await delay(FIRST_MS, undefined, { signal }).catch(() => {});
  while (!signal.aborted) {
    try {
      const deleted = await sweep(store, days, signal);
      if (deleted > 0) log.info({ deleted, days }, "messages that left their queues long ago were forgotten");
    } catch (error) {
      log.warn(
        { err: describeError(error) },
        "what left long ago could not be forgotten; it is tried again in an hour",
      );
    }
    await delay(SWEEP_MS, undefined, { signal }).catch(() => {});
  }
}

async function sweep(store: Store, days: number, signal: AbortSignal): Promise<number> {
  let deleted = 0;
  for (let after: ForgetPlace | null = null; !signal.aborted; ) {
    const batch: Awaited<ReturnType<Store["scans"]["forget"]>> = await store.scans.forget({
      days,
      after,
      limit: BATCH,
    });
    deleted += batch.deleted;
    if (batch.next === null) break;
    after = batch.next;
    await delay(BETWEEN_BATCHES_MS, undefined, { signal }).catch(() => {});
  }
  return deleted;
}
