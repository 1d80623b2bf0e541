/**
 * Message ids that an entity has seen within its duplicate-detection window. A send whose id is known succeeds and is dropped.
 * A Map keeps its insertion order, so the oldest ids are forgotten from the front.
 */
export class DuplicateHistory {
  readonly #seenAt = new Map<string, number>();

  /** True when the id was seen within the window. Otherwise notes it; a known id does not renew its window. */
  check(id: string, now: number, windowMs: number): boolean {
    this.#forget(now - windowMs);
    if (this.#seenAt.has(id)) return true;
    this.#seenAt.set(id, now);
    return false;
  }

  restore(id: string, seenAt: number): void {
    this.#seenAt.set(id, seenAt);
  }

  entries(): IterableIterator<[string, number]> {
    return this.#seenAt.entries();
  }

  #forget(before: number): void {
    for (const [id, at] of this.#seenAt) {
      if (at > before) return;
      this.#seenAt.delete(id);
    }
  }
}
