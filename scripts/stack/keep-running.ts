import { setTimeout as delay } from "node:timers/promises";
import type { Child } from "./child";

export interface KeptChild {
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** A child that ran this long was well; the next pause is short again. */
const WELL_AFTER_MS = 60_000;

/**
 * Starts a child again when it ends by itself, each time after a longer pause. For the parts that the rest can do without
 * for a while: the worker, whose work is all in the database, and the sample.
 */
export function keepRunning(
  first: Child,
  again: () => Promise<Child>,
  tell: (line: string) => void,
  now: () => number = () => performance.now(),
): KeptChild {
  let child = first;
  let startedAt = now();
  let pause = FIRST_PAUSE_MS;
  let starting: Promise<Child> | null = null;
  const stopping = new AbortController();

  const watch = async () => {
    for (;;) {
      const how = await child.ended;
      if (stopping.signal.aborted) return;
      if (now() - startedAt > WELL_AFTER_MS) pause = FIRST_PAUSE_MS;
      tell(
        `The ${child.name} ended (${how}) and is started again in ${pause / 1000} s. Its last lines:\n${child.tail()}`,
      );
      for (;;) {
        await delay(pause, undefined, { signal: stopping.signal }).catch(() => {});
        if (stopping.signal.aborted) return;
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        try {
          startedAt = now();
          starting = again();
          child = await starting;
          tell(`The ${child.name} runs again.`);
          break;
        } catch (error) {
          tell(error instanceof Error ? error.message : String(error));
        }
      }
    }
  };
  const watched = watch();
  return {
    stop: async (graceMs) => {
      stopping.abort();
      // One that is just being started is stopped too.
      await starting?.catch(() => {});
      await child.stop(graceMs);
      await watched;
    },
    kill: () => {
      stopping.abort();
      child.kill();
    },
  };
}
