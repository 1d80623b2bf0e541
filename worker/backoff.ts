/** How long to leave alone what failed: twice as long after each failure in a row, with jitter, up to a limit. */
export class Backoff<Key> {
  readonly #maxSeconds: number;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #failures = new Map<Key, { count: number; until: number }>();

  /** `now` is a monotonic clock in ms. */
  constructor(maxSeconds: number, now: () => number = () => performance.now(), random: () => number = Math.random) {
    this.#maxSeconds = maxSeconds;
    this.#now = now;
    this.#random = random;
  }

  /** Counts a failure; the seconds to wait now. Failures of what was begun before the wait are one with it. */
  failed(key: Key, firstSeconds: number): number {
    const known = this.#failures.get(key);
    const remaining = ((known?.until ?? 0) - this.#now()) / 1000;
    if (remaining > 0) return remaining;
    const count = (known?.count ?? 0) + 1;
    const full = Math.min(this.#maxSeconds, firstSeconds * 2 ** Math.min(count - 1, 20));
    const seconds = full * (0.75 + 0.25 * this.#random());
    this.#failures.set(key, { count, until: this.#now() + seconds * 1000 });
    return seconds;
  }

  succeeded(key: Key): void {
    this.#failures.delete(key);
  }

  isWaiting(key: Key): boolean {
    return (this.#failures.get(key)?.until ?? 0) > this.#now();
  }
}
