/** The broker's one source of time. Everything that waits (locks, time to live, schedules, windows) asks it. */
export interface BrokerClock {
  /** Milliseconds since 1970-01-01T00:00:00Z; never goes back. */
  now(): number;
  /** Calls `wake` once, at about `at`; replaces what was asked for before. Infinity: nothing to wait for. */
  wakeAt(at: number, wake: () => void): void;
  stop(): void;
}

/** setTimeout takes 31 bits of milliseconds; a longer wait is cut into pieces. */
const LONGEST_TIMEOUT_MS = 2_000_000_000;

/** Real time, plus what a test has moved it forward by. */
export class MovableClock implements BrokerClock {
  readonly #machineTime: () => number;
  #offset = 0;
  #latest = 0;
  #timer: NodeJS.Timeout | null = null;
  #at = Number.POSITIVE_INFINITY;
  #wake: (() => void) | null = null;

  constructor(machineTime: () => number = Date.now) {
    this.#machineTime = machineTime;
  }

  now(): number {
    const now = this.#machineTime() + this.#offset;
    // The machine's clock can be set back; sequence and expiry must not follow it.
    if (now > this.#latest) this.#latest = now;
    return this.#latest;
  }

  wakeAt(at: number, wake: () => void): void {
    this.#wake = wake;
    if (at === this.#at && this.#timer !== null) return;
    this.#at = at;
    this.#arm();
  }

  /** Moves the clock forward by `ms` and runs at once whatever has come due. Throws RangeError for a step back. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`The clock only moves forward, not by ${ms} ms.`);
    this.#offset += ms;
    if (this.#at <= this.now()) this.#ring();
    else this.#arm();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#at = Number.POSITIVE_INFINITY;
    this.#wake = null;
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#at === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(Math.max(0, this.#at - this.now()), LONGEST_TIMEOUT_MS);
    this.#timer = setTimeout(() => (this.#at <= this.now() ? this.#ring() : this.#arm()), wait);
  }

  #ring(): void {
    const wake = this.#wake;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#at = Number.POSITIVE_INFINITY;
    wake?.();
  }
}
