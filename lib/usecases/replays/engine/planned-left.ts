import { MOST_PLANNED_COUNTED } from "@/lib/store/ports/ledger";

/** When not all was counted that there is, so many more are there at least. */
const SURELY_MORE = 500;

/**
 * How many planned items of a DLQ are still to be locked. The record is looked at a few times a second, and thousands are sent meanwhile: counting
 * these as left would lock messages that nobody wants, and the next replay would wait for these locks to run out. So whatever the lanes had when
 * the look began, and all that they got since, counts as taken, even where the record did not count it as planned any more: an estimate that is
 * too low is put right by the next look, which is asked for once it is used up.
 */
export class PlannedLeft {
  /** Items in the lanes that are planned on record. */
  readonly #plannedHere: () => number;
  readonly #lookSoon: () => void;
  #taken = 0;
  #atLook = { taken: 0, plannedHere: 0 };
  #counted: number;
  #left: { readonly planned: number; readonly taken: number };
  #asked = false;

  constructor(planned: number, options: { plannedHere: () => number; lookSoon: () => void }) {
    this.#plannedHere = options.plannedHere;
    this.#lookSoon = options.lookSoon;
    this.#counted = planned;
    this.#left = { planned, taken: 0 };
  }

  /** So many more are in the lanes, or turned out not to be wanted. */
  take(items: number): void {
    this.#taken += items;
  }

  /** The record is about to be looked at. */
  beforeLook(): void {
    this.#atLook = { taken: this.#taken, plannedHere: this.#plannedHere() };
  }

  /** What that look has counted. */
  update(planned: number): void {
    const { taken, plannedHere } = this.#atLook;
    this.#counted = planned;
    this.#left = { planned: planned - plannedHere, taken };
    this.#asked = false;
  }

  /** Planned items that are not here, as far as it is known. Has the record looked at once more when all of these are taken. */
  count(): number {
    const left = this.#left.planned - (this.#taken - this.#left.taken);
    if (left > 0 || this.#counted === 0) return Math.max(0, left);
    // A look that comes late must not hold these up.
    const isMore = this.#counted >= MOST_PLANNED_COUNTED;
    const isNews = this.#taken > this.#atLook.taken || this.#atLook.plannedHere > 0;
    if (!this.#asked && isNews && (isMore || this.#plannedHere() === 0)) {
      this.#asked = true;
      this.#lookSoon();
    }
    return isMore ? SURELY_MORE : 0;
  }
}
