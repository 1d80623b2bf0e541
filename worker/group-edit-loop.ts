import { setTimeout as delay } from "node:timers/promises";
import type { MessageCodec } from "@/lib/brokers/broker";
import { describeError } from "@/lib/domain/describe-error";
import type { Store } from "@/lib/store/ports";
import { workGroupEdits } from "@/lib/usecases/group-edits/work-group-edits";
import { Backoff } from "./backoff";

/** Somebody waits before a page. */
const LOOK_MS = 700;

/** Tries and saves changes of many messages, one after the other, until the signal. */
export async function groupEditLoop(options: {
  readonly store: Store;
  readonly workerId: string;
  readonly codecFor: (broker: string) => MessageCodec;
  readonly log: { warn(fields: object, message: string): void };
  readonly signal: AbortSignal;
}): Promise<void> {
  const { log, signal } = options;
  const failures = new Backoff<"database">(30);
  while (!signal.aborted) {
    let pause = 0;
    try {
      if (!(await workGroupEdits(options))) pause = LOOK_MS;
      failures.succeeded("database");
    } catch (error) {
      const seconds = failures.failed("database", 1);
      pause = seconds * 1000;
      log.warn({ err: describeError(error), retryInSeconds: seconds }, "changes of many messages are not worked on");
    }
    if (pause > 0) await delay(pause, undefined, { signal }).catch(() => undefined);
  }
}
