import { setTimeout as delay } from "node:timers/promises";

/** A scan that has read a full page lately is in the middle of many, ms. */
const LATELY_MS = 1_000;
/** What may lag behind rests in durations of its work: while scans read through long DLQs, and while they take in what is new there. */
const RESTS_BESIDE_READING = 9;
const RESTS_BESIDE_INTAKE = 49;
/** And so long at most, ms: a slow batch is no reason to stand still. */
const MOST_REST_MS = 10_000;
/** Intake that goes on for longer is no first scan of a long DLQ: it may never end, ms. */
const MOST_INTAKE_MS = 120_000;
/** Between two looks whether the scans are done, ms. */
const LOOK_MS = 250;

/** Whether scans of this process are reading through a long DLQ: work that may lag behind gives way to them. */
export class ScanLoad {
  readonly #now: () => number;
  #readLately = Number.NEGATIVE_INFINITY;
  #intakeSince = Number.NEGATIVE_INFINITY;
  #intakeLately = Number.NEGATIVE_INFINITY;

  /** `now`: ms of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A scan has read a page as large as it asked for. */
  readFullPage(): void {
    this.#readLately = this.#now();
  }

  /** A scan has taken a page of new messages into the index. */
  tookInPage(): void {
    const now = this.#now();
    if (now - this.#intakeLately >= LATELY_MS) this.#intakeSince = now;
    this.#intakeLately = now;
  }

  get isHigh(): boolean {
    return this.#now() - this.#readLately < LATELY_MS;
  }

  /** How long work that took so long, and may lag behind, rests now: ms, 0 while no scan wants its time. */
  restAfter(ms: number): number {
    if (!this.isHigh) return 0;
    return Math.min(MOST_REST_MS, ms * (this.#isTakingIn ? RESTS_BESIDE_INTAKE : RESTS_BESIDE_READING));
  }

  /** Rests after such work; no longer than the scans want its time, and soon over after the signal. */
  async giveWayAfter(ms: number, signal: AbortSignal): Promise<void> {
    const until = this.#now() + this.restAfter(ms);
    while (this.isHigh && !signal.aborted) {
      const left = until - this.#now();
      if (left <= 0) return;
      await delay(Math.min(left, LOOK_MS), undefined, { signal }).catch(() => undefined);
    }
  }

  get #isTakingIn(): boolean {
    const now = this.#now();
    return now - this.#intakeLately < LATELY_MS && now - this.#intakeSince < MOST_INTAKE_MS;
  }
}
