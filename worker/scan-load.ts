/** A scan that has read a full page lately is in the middle of many, ms. */
const LATELY_MS = 1_000;

/** Whether scans of this process are reading through a long DLQ: work that may lag behind gives way to them. */
export class ScanLoad {
  readonly #now: () => number;
  #lately = Number.NEGATIVE_INFINITY;

  /** `now`: ms of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A scan has read a page as large as it asked for. */
  readFullPage(): void {
    this.#lately = this.#now();
  }

  get isHigh(): boolean {
    return this.#now() - this.#lately < LATELY_MS;
  }
}
