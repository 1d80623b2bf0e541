import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "@/lib/domain/describe-error";
import { checkConsumers } from "@/lib/usecases/replays/guard/check-consumers";
import type { GuardContext } from "@/lib/usecases/replays/guard/guard-context";
import { lookForCopies } from "@/lib/usecases/replays/guard/look-for-copies";
import { Backoff } from "./backoff";

/** Between two turns, ms. How often one replay or one copy is looked at is the database's to say. */
const TURN_MS = 1_000;

/**
 * Looks after running replays until the signal: consumers that are not well, targets that fill up, copies in doubt. Loops
 * of their own, since they ask other people's hosts and may wait for them: a replay that waits for its consumer to be well
 * does not wait for a look through a target as well.
 */
export async function guardLoop(context: GuardContext, signal: AbortSignal): Promise<void> {
  await Promise.all([turns(checkConsumers, context, signal), turns(lookForCopies, context, signal)]);
}

async function turns(
  look: (context: GuardContext) => Promise<void>,
  context: GuardContext,
  signal: AbortSignal,
): Promise<void> {
  const failures = new Backoff<"turn">(10);
  while (!signal.aborted && !context.lease.isLost()) {
    try {
      await look(context);
      failures.succeeded("turn");
      await delay(TURN_MS, undefined, { signal }).catch(() => undefined);
    } catch (error) {
      const seconds = failures.failed("turn", 1);
      context.log.warn({ err: describeError(error), retryInSeconds: seconds }, "looking after replays failed");
      await delay(seconds * 1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}
