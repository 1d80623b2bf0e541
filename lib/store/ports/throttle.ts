/** One limit: over a namespace, an entity or a replay (R6). */
export interface ThrottleScope {
  readonly scope: string;
  /** Sends a second. */
  readonly rate: number;
  /** Sends at once after a rest. */
  readonly burst: number;
}

export interface Permits {
  readonly granted: number;
  /** Until the next permit of the tightest scope, ms; 0: now. */
  readonly retryMs: number;
  /** How long the first and the last of them live, ms, counted from before the request; 0: none were granted. */
  readonly lifeMs: number;
  readonly lastLifeMs: number;
}

export interface ThrottleStore {
  /** Creates the scopes, or gives them this rate and burst; what they have already granted stays counted. */
  ensure(scopes: readonly ThrottleScope[]): Promise<void>;
  /**
   * Takes up to `want` permits of every scope at once, or of none, on the database's clock. A permit is never
   * given back; see lib/domain/throttle.ts for how long it lives.
   */
  take(scopes: readonly string[], want: number): Promise<Permits>;
}
