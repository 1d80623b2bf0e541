/**
 * The arithmetic of the throttle (R6): a generic cell rate algorithm. A scope is one number, its theoretical arrival
 * time (TAT): the moment until which the set rate has been used up. The database computes the same in `take_permits`.
 *
 * A permit lives J_MS from the moment that it became due; those of one grant became due one after another. Whoever asks late
 * gets what became due meanwhile, so that the long-run rate is the set one although the database is asked a few times a
 * second only, and is told how much of that life is left; at least LEAST_LIFE_MS are, what is older is lost. A scope that
 * nobody asked for REST_MS begins with its burst alone, which lives in full. However grants and sends fall, in t seconds at
 * most rate × (t + J + send delay) + burst go out: what is sent in them became due after their begin less J and the delay.
 *
 * Permits are of all scopes at once. A scope that has more than the tightest one gives its younger ones, as young as the
 * tightest one's where it has such: its older ones would shorten the lives of all, and are lost. So does the tightest one where it
 * has more than is wanted: what became due in the last SPARE_MS it keeps for the next that asks, or the youngest SPARE_PERMITS where
 * these are more: of several workers that begin on one replay each wants few, and together they want all.
 */
export const J_MS = 250;
export const LEAST_LIFE_MS = 60;
const COLLECT_MS = J_MS - LEAST_LIFE_MS;
const REST_MS = 1_000;
const SPARE_MS = 60;
const SPARE_PERMITS = 100;

/** Times in ms, rate in sends a second. */
export interface ScopeState {
  readonly tat: number;
  readonly rate: number;
  readonly burst: number;
}

export interface Grant {
  readonly granted: number;
  /** Until there is one, ms; 0: now. */
  readonly retryMs: number;
  /** What is left of the first and of the last one's life, ms; the others lie between them, in even steps at the least. */
  readonly lifeMs: number;
  readonly lastLifeMs: number;
}

/** Takes up to `want` permits of all scopes or of none; answers the scopes as they are after it. */
export function takePermits(
  scopes: readonly ScopeState[],
  want: number,
  now: number,
): Grant & { after: readonly ScopeState[] } {
  const based = scopes.map((scope) => {
    const base = scope.tat < now - REST_MS ? now : Math.max(scope.tat, now - COLLECT_MS);
    return { scope, base, free: Math.floor(((now - base) * scope.rate) / 1000 + scope.burst) };
  });
  const granted = Math.max(0, Math.min(want, ...based.map(({ free }) => free)));
  if (granted === 0) {
    const waits = based.map(({ scope, base }) => base + ((1 - scope.burst) * 1000) / scope.rate - now);
    return { granted, retryMs: Math.max(0, ...waits), lifeMs: 0, lastLifeMs: 0, after: scopes };
  }
  const [tightest] = based.toSorted((a, b) => a.free - b.free || a.base - b.base || a.scope.rate - b.scope.rate);
  const tight = tightest as (typeof based)[number];
  const spareMs = Math.max(SPARE_MS, (SPARE_PERMITS * 1000) / tight.scope.rate);
  const unspent = now - Math.max(0, ((granted - tight.scope.burst) * 1000) / tight.scope.rate) - spareMs;
  const tightBase = Math.max(tight.base, unspent);
  const due = based.map(({ scope, base }) => {
    const youngest = now - ((granted - scope.burst) * 1000) / scope.rate;
    const closer = Math.max(0, (granted - 1) * (1000 / tight.scope.rate - 1000 / scope.rate));
    const first = Math.max(base, Math.min(now, youngest, tightBase + closer));
    return { scope, first, last: first + ((granted - 1) * 1000) / scope.rate };
  });
  const lifeFrom = (times: readonly number[]): number => J_MS - Math.max(0, now - Math.min(...times));
  return {
    granted,
    retryMs: 0,
    lifeMs: lifeFrom(due.map(({ first }) => first)),
    lastLifeMs: lifeFrom(due.map(({ last }) => last)),
    after: due.map(({ scope, last }) => ({ ...scope, tat: last + 1000 / scope.rate })),
  };
}

/** Permits of one grant, with the moments when the first and the last of them die; at each moment between, one more has died. */
export interface LivePermits {
  readonly count: number;
  readonly firstUntil: number;
  readonly lastUntil: number;
}

/** How many of them may be used at `now`. */
export function permitsAlive({ count, firstUntil, lastUntil }: LivePermits, now: number): number {
  if (now < firstUntil) return count;
  if (now >= lastUntil) return 0;
  return count - 1 - Math.floor(((now - firstUntil) * (count - 1)) / (lastUntil - firstUntil));
}

/** The bound of R6: sends that may be seen in any window of `seconds`, given the largest delay of a send. */
export function mostSends(rate: number, burst: number, seconds: number, largestDelaySeconds: number): number {
  return rate * (seconds + J_MS / 1000 + largestDelaySeconds) + burst;
}

/**
 * How many permits are worth asking for at once: what can be collected, and the burst; `sinceShortMs` after an answer that
 * was short only what has become due since, with some room for the way of the request. Null: no answer was short.
 */
export function blockSize(rate: number, burst: number, most: number, sinceShortMs: number | null): number {
  const collected = Math.ceil((rate * COLLECT_MS) / 1000) + burst;
  const since = sinceShortMs === null ? collected : Math.ceil((rate * (sinceShortMs * 1.25 + 20)) / 1000) + 1;
  return Math.max(1, Math.min(most, collected, since));
}

export const namespaceScope = (namespaceId: number): string => `namespace:${namespaceId}`;
export const entityScope = (namespaceId: number, path: string): string => `entity:${namespaceId}:${path.toLowerCase()}`;
export const replayScope = (replayId: string): string => `replay:${replayId}`;
