import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits until the probe answers something other than undefined, null or false, and returns it. Use it in place of a
 * sleep. Rejects after the time with what was waited for, and with the probe's last error.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 10_000,
  everyMs = 20,
): Promise<Exclude<T, undefined | null | false>> {
  let cause: unknown;
  for (const deadline = performance.now() + timeoutMs; ; await delay(everyMs)) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== null && answer !== false) {
        return answer as Exclude<T, undefined | null | false>;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for: ${what}`, { cause });
  }
}
