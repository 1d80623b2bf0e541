/** A figure of the rollups that is not what the rows say. */
export interface RollupDifference {
  readonly causeId: string;
  /** "present", "returned", an age ("older_24h") or an hour of one of the clocks ("enqueued 2026-01-31T10:00:00.000Z"). */
  readonly figure: string;
  readonly rollup: number;
  readonly rows: number;
}

/** Upkeep of the figures that pages read (lib/store/rollups.ts). */
export interface RollupStore {
  /**
   * In a transaction of its own: folds what was written into the rollups and lets them grow older, unless that was done within `everySeconds`, or another worker
   * is at it ("busy"). `more`: deltas are left over.
   */
  fold(
    everySeconds: number,
  ): Promise<{ readonly kind: "folded"; readonly deltas: number; readonly more: boolean } | { readonly kind: "busy" }>;
  /** Frees the space of folded deltas, which every reader would go through; not within a transaction. */
  tidy(): Promise<void>;
  /** Holds the rollups against the rows, all from one snapshot: what differs, 100 at most. Reads every row. */
  differences(): Promise<RollupDifference[]>;
  /** In a transaction of its own: counts the rollups anew from the rows. Reads every row; writers go on beside it. */
  recount(): Promise<void>;
}
