/** Arithmetic of locks: how long one still holds, and how many messages are worth locking. Times in ms, on one monotonic clock. */

/** The shortest lock that Service Bus allows: assumed where the entity's own may not be read. */
export const SHORTEST_LOCK_SECONDS = 5;

/** Lock time left; the lock began after `receivedAt`, so this never says too much. */
export function lockLeft(lock: { readonly receivedAt: number; readonly lockMs: number }, now: number): number {
  return lock.lockMs - (now - lock.receivedAt);
}

/** R1: enough time for the send to end and the original to be settled. */
export function mayStillSend(
  lock: { readonly receivedAt: number; readonly lockMs: number },
  now: number,
  timing: { readonly sendTimeoutMs: number; readonly settleMs: number },
): boolean {
  return lockLeft(lock, now) > timing.sendTimeoutMs + timing.settleMs;
}

/**
 * The timing that a queue's lock allows: with short locks a send gets less time, so that a lock can cover it at all.
 * Never more than `timing`, which is what recovery waits for.
 */
export function timingFor<T extends { readonly sendTimeoutMs: number; readonly settleMs: number }>(
  timing: T,
  lockMs: number,
): T {
  return {
    ...timing,
    sendTimeoutMs: Math.min(timing.sendTimeoutMs, Math.floor(lockMs / 4)),
    settleMs: Math.min(timing.settleMs, Math.floor(lockMs / 8)),
  };
}

/** Messages are held for so long at their rate, s: many calls of the broker, and no more than a pause or a death leaves locked. */
const HOLD_SECONDS = 2;

/**
 * Messages to hold locked at a worker's share of a rate: what is sent in two seconds, and never more than half of what
 * can be sent while a lock is good for sending, since a worker may get less than its share. One that holds more sends it
 * too late: what is dropped then is out of everybody's reach until its lock ends.
 */
export function windowSize(
  rate: number,
  lockMs: number,
  timing: { readonly sendTimeoutMs: number; readonly settleMs: number },
  most: number,
): number {
  const usableSeconds = Math.max(0, lockMs - timing.sendTimeoutMs - timing.settleMs) / 1000;
  return Math.max(1, Math.min(most, Math.floor(rate * Math.min(usableSeconds / 2, HOLD_SECONDS))));
}
