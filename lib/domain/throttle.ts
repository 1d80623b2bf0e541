/**
 * The arithmetic of the throttle (R6): a generic cell rate algorithm. A scope is one number, its theoretical arrival
 * time (TAT): the moment until which the set rate has been used up. The database computes the same in `take_permits`.
 *
 * Permits may be collected for COLLECT_MS: whoever asks late gets what became due meanwhile, so that the long-run rate
 * is the set one although the database is asked a few times a second only. A permit then lives PERMIT_LIFE_MS. The two
 * together are J of R6: however grants and sends fall, in t seconds at most rate × (t + J + send delay) + burst go out.
 */
export const COLLECT_MS = 120;
export const PERMIT_LIFE_MS = 130;
export const J_MS = COLLECT_MS + PERMIT_LIFE_MS;

/** Times in ms, rate in sends a second. */
export interface ScopeState {
  readonly tat: number;
  readonly rate: number;
  readonly burst: number;
}

/** Permits that a scope has at `now`, how long until it has one, and its TAT after a grant. */
export function available(scope: ScopeState, now: number): { permits: number; retryMs: number } {
  const base = Math.max(scope.tat, now - COLLECT_MS);
  const permits = Math.max(0, Math.floor(((now - base) * scope.rate) / 1000 + scope.burst));
  const retryMs = permits > 0 ? 0 : base + ((1 - scope.burst) * 1000) / scope.rate - now;
  return { permits, retryMs };
}

export function afterGrant(scope: ScopeState, now: number, granted: number): ScopeState {
  const base = Math.max(scope.tat, now - COLLECT_MS);
  return { ...scope, tat: base + (granted * 1000) / scope.rate };
}

/** The bound of R6: sends that may be seen in any window of `seconds`, given the largest delay of a send. */
export function mostSends(rate: number, burst: number, seconds: number, largestDelaySeconds: number): number {
  return rate * (seconds + J_MS / 1000 + largestDelaySeconds) + burst;
}

/** How many permits are worth asking for at once: what can be collected between two asks, and the burst. */
export function blockSize(rate: number, burst: number, most: number): number {
  return Math.max(1, Math.min(most, Math.ceil((rate * COLLECT_MS) / 1000) + burst));
}

export const namespaceScope = (namespaceId: number): string => `namespace:${namespaceId}`;
export const entityScope = (namespaceId: number, path: string): string => `entity:${namespaceId}:${path.toLowerCase()}`;
export const replayScope = (replayId: string): string => `replay:${replayId}`;
