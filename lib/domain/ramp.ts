import { MOST_RETURNED_SHARE } from "./circuit-breaker";

/**
 * How a replay begins: a few messages first, a wait that is long enough for them to come back dead, a look at how many did, and
 * then one rate after the other until the full one. All of it is derived from rows: which messages are the canary's is fixed by
 * their place in the set, the wait is counted from the last of them, the steps from the moment that the canary passed or
 * sending was taken up again. A worker may die anywhere in between.
 */
export interface Ramp {
  readonly canary: { readonly count: number; readonly waitSeconds: number } | null;
  /** In this order; after them the replay's own rate. */
  readonly steps: readonly RampStep[];
}

export interface RampStep {
  /** Copies a second. */
  readonly rate: number;
  readonly seconds: number;
}

/** How long a canary waits: what was asked for, but at least as long as a copy can take to be dead-lettered (R11). */
export function canaryWait(asked: number | null, secondsToDie: number): number {
  return Math.max(asked ?? 0, Math.ceil(secondsToDie));
}

/** Why what has come back of a canary stops the replay, in words; null: go on. */
export function judgeCanary(canary: {
  readonly sent: number;
  readonly returned: number;
  /** Some of what comes back would have been seen. */
  readonly seen: boolean;
}): string | null {
  const { sent, returned, seen } = canary;
  if (sent === 0)
    return "none of the messages that were to go first could be sent, so there is nothing to see from them";
  if (returned > 0 && returned / sent >= MOST_RETURNED_SHARE)
    return `${returned} of the ${sent} copies sent first came back dead: is the consumer fixed?`;
  // That nothing was seen says nothing where nobody looks.
  if (!seen)
    return `whether ${sent === 1 ? "the copy" : `the ${sent} copies`} sent first came back dead cannot be seen from here: look at the consumer, and resume to let the others go`;
  return null;
}

/** "10 first, 615 s wait, then 5/s for 60 s, 20/s for 60 s, then 50/s" */
export function rampWords(ramp: Ramp, rate: number): string {
  const parts: string[] = [];
  if (ramp.canary !== null) parts.push(`${ramp.canary.count} first`, `${ramp.canary.waitSeconds} s wait`);
  for (const step of ramp.steps) parts.push(`${step.rate}/s for ${step.seconds} s`);
  return [...parts, `then ${rate}/s`].join(", ");
}

/** Which step a ramp is in, counted from 1; null: the full rate. */
export function stepAt(
  ramp: Ramp,
  elapsedSeconds: number,
): { readonly number: number; readonly rate: number; readonly endsAfterSeconds: number } | null {
  let ends = 0;
  for (const [index, step] of ramp.steps.entries()) {
    ends += step.seconds;
    if (elapsedSeconds < ends) return { number: index + 1, rate: step.rate, endsAfterSeconds: ends };
  }
  return null;
}
