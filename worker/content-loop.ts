import { setTimeout as delay } from "node:timers/promises";
import type { Broker } from "@/lib/brokers/broker";
import { describeError } from "@/lib/domain/describe-error";
import type { Store } from "@/lib/store/ports";
import { fetchContents } from "@/lib/usecases/dead-letters/fetch-contents";

/** Somebody waits before a page. */
const LOOK_MS = 500;
const RETRY_MS = 3_000;
const DROP_MS = 60_000;

export interface ContentLoopOptions {
  readonly store: Store;
  readonly brokers: readonly Broker[];
  readonly workerId: string;
  readonly log: { warn(fields: object, message: string): void };
  readonly signal: AbortSignal;
}

/** Fetches messages that are larger than what is kept when somebody looks at them, and drops them after a while. Resolves soon after the signal. */
export async function contentLoop({ store, brokers, workerId, log, signal }: ContentLoopOptions): Promise<void> {
  const byNamespace = new Map(brokers.map((broker) => [broker.namespace, broker]));
  let nextDrop = performance.now();
  while (!signal.aborted) {
    let pause = LOOK_MS;
    try {
      if ((await fetchContents({ store, workerId, brokers: byNamespace, signal })) > 0) pause = 0;
      if (performance.now() >= nextDrop) {
        nextDrop = performance.now() + DROP_MS;
        await store.contentFetches.dropExpired();
      }
    } catch (error) {
      pause = RETRY_MS;
      log.warn({ err: describeError(error) }, "messages that somebody looks at could not be fetched");
    }
    await delay(pause, undefined, { signal }).catch(() => {});
  }
}
