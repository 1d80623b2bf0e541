import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "@/lib/domain/describe-error";
import type { Store } from "@/lib/store/ports";
import { regroupMessages } from "@/lib/usecases/causes/regroup-messages";
import { Backoff } from "./backoff";

/** Between two looks for something to do, ms. */
const IDLE_MS = 2_000;

/** Puts messages to their causes again when rules or the fingerprint have changed, until the signal. */
export async function regroupLoop({
  store,
  log,
  signal,
}: {
  readonly store: Store;
  readonly log: { warn(fields: object, message: string): void };
  readonly signal: AbortSignal;
}): Promise<void> {
  const failures = new Backoff<"database">(30);
  while (!signal.aborted) {
    let seconds = 0;
    try {
      const more = await regroupMessages({ store });
      failures.succeeded("database");
      seconds = more ? 0 : IDLE_MS / 1000;
    } catch (error) {
      seconds = failures.failed("database", 1);
      log.warn(
        { err: describeError(error), retryInSeconds: seconds },
        "messages could not be put to their causes again",
      );
    }
    if (seconds > 0) await delay(seconds * 1000, undefined, { signal }).catch(() => undefined);
  }
}
