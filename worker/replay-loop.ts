import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "@/lib/domain/describe-error";
import type { EngineContext } from "@/lib/usecases/replays/engine/context";
import { ReplayEngine } from "@/lib/usecases/replays/engine/replay-engine";
import { upkeep } from "@/lib/usecases/replays/engine/upkeep";
import { expirePlans } from "@/lib/usecases/replays/expire-plans";
import { Backoff } from "./backoff";

/** Between two looks for work at most, ms: start, pause and resume must take effect within two seconds. */
const LOOK_MS = 250;
const UPKEEP_MS = 1_000;
const EXPIRE_MS = 30_000;

/**
 * Runs this worker's replays until the signal, then hands back what is not sent and ends what is. While the database fails
 * it waits and tries again: nothing is sent then, since no intent can be committed.
 */
export async function replayLoop(
  context: EngineContext,
  options: { planHours: number; signal: AbortSignal },
): Promise<void> {
  const { signal } = options;
  const engine = new ReplayEngine(context);
  const failures = new Backoff<"database">(5);
  let keptAt = Number.NEGATIVE_INFINITY;
  let expiredAt = Number.NEGATIVE_INFINITY;
  while (!signal.aborted && !context.lease.isLost()) {
    try {
      await engine.look();
      if (context.now() - keptAt >= UPKEEP_MS) {
        await upkeep(context);
        keptAt = context.now();
      }
      if (context.now() - expiredAt >= EXPIRE_MS) {
        const expired = await expirePlans(context, options);
        if (expired > 0) context.log.info({ plans: expired }, "plans expired");
        expiredAt = context.now();
      }
      failures.succeeded("database");
      await engine.untilNextLook(LOOK_MS, signal);
    } catch (error) {
      const seconds = failures.failed("database", 0.5);
      context.log.warn({ err: describeError(error), retryInSeconds: seconds }, "the replays wait for the database");
      await wait(seconds * 1000, signal);
    }
  }
  await engine.end();
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
