/** Sets of up to so many rows are better counted whenever they are asked for. */
export const FEW = 20_000;
/** Counts of larger sets are kept for a time that grows with them, ms: 200,000 rows take some 200 ms to count. */
const KEPT_MS_PER_ROW = 0.01;
const MOST_KEPT_MS = 5_000;
const MOST_KEPT = 500;

/**
 * Counts of large sets, kept for a moment and shared by all who ask this process meanwhile: a page that is open asks every second or
 * two, and each of them would cost the database as much as the first.
 */
export class KeptCounts<Counts> {
  readonly #now: () => number;
  readonly #kept = new Map<string, { readonly until: number; readonly counts: Promise<Counts> }>();

  /** `now`: milliseconds of a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** What was counted of the set lately, or what is counted now. `size`: its rows, about. */
  async of(id: string, size: number, count: () => Promise<Counts>): Promise<Counts> {
    const kept = this.#kept.get(id);
    if (kept !== undefined && this.#now() < kept.until) return kept.counts;
    const counts = count();
    this.#kept.delete(id);
    const until = this.#now() + Math.min(MOST_KEPT_MS, size * KEPT_MS_PER_ROW);
    this.#kept.set(id, { until, counts });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
    // A failure is told to those who wait for it, and kept for nobody else.
    counts.catch(() => this.#kept.get(id)?.counts === counts && this.#kept.delete(id));
    return counts;
  }
}
