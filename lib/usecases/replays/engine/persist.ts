import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "@/lib/domain/describe-error";
import type { EngineContext } from "./context";

const FIRST_MS = 50;
const MOST_MS = 2_000;

/**
 * Writes what has already happened, as often as it takes: the database may be away for a minute, and what was sent must
 * be recorded when it is back. A statement that finds no valid lease writes nothing and fails at nothing, so an answer counts when the lease
 * has held all the while, or when `isDone` sees in it that all was written. `write` must bear being repeated. Ends without a record only
 * when another worker has taken over, which then shows the doubt.
 */
export async function persist<T>(
  context: EngineContext,
  what: string,
  write: () => Promise<T>,
  isDone: (answer: T) => boolean = () => false,
): Promise<T | null> {
  for (let wait = FIRST_MS; ; wait = Math.min(MOST_MS, wait * 2)) {
    const { lease } = context;
    if (lease.isLost()) return null;
    // Without a valid lease the statement would write nothing: wait for the renewal.
    if (lease.isValid()) {
      const { lapses } = lease;
      try {
        const answer = await write();
        if (isDone(answer) || (lease.isValid() && lease.lapses === lapses)) return answer;
      } catch (error) {
        context.log.warn({ what, err: describeError(error) }, "ledger not written, trying again");
      }
    }
    await delay(wait);
  }
}
