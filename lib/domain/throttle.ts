/**
 * The arithmetic of the throttle (R6): a generic cell rate algorithm. A scope is one number, its theoretical arrival
 * time (TAT): the moment until which the set rate has been used up. The database computes the same in `take_permits`.
 *
 * A permit lives J_MS from the moment that it became due. Whoever asks late gets what became due meanwhile, so that the
 * long-run rate is the set one although the database is asked a few times a second only, and is told how much of that
 * life is left; at least LEAST_LIFE_MS are, what is older is lost. A scope that nobody asked for REST_MS begins with its
 * burst alone, which lives in full. However grants and sends fall, in t seconds at most
 * rate × (t + J + send delay) + burst go out: what is sent in them became due after their begin less J and the delay.
 */
export const J_MS = 250;
export const LEAST_LIFE_MS = 60;
const COLLECT_MS = J_MS - LEAST_LIFE_MS;
const REST_MS = 1_000;

/** Times in ms, rate in sends a second. */
export interface ScopeState {
  readonly tat: number;
  readonly rate: number;
  readonly burst: number;
}

/** Permits that a scope has at `now`, how long they live, how long until it has one, and (see below) its TAT after a grant. */
export function available(scope: ScopeState, now: number): { permits: number; lifeMs: number; retryMs: number } {
  const base = baseOf(scope, now);
  const permits = Math.max(0, Math.floor(((now - base) * scope.rate) / 1000 + scope.burst));
  const lifeMs = permits > 0 ? J_MS - Math.max(0, now - base) : 0;
  const retryMs = permits > 0 ? 0 : base + ((1 - scope.burst) * 1000) / scope.rate - now;
  return { permits, lifeMs, retryMs };
}

function baseOf({ tat }: ScopeState, now: number): number {
  return tat < now - REST_MS ? now : Math.max(tat, now - COLLECT_MS);
}

export function afterGrant(scope: ScopeState, now: number, granted: number): ScopeState {
  const base = baseOf(scope, now);
  return { ...scope, tat: base + (granted * 1000) / scope.rate };
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
