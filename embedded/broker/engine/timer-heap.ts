/** Something that comes due. The heap keeps its place in the thing itself, so that taking it out costs O(log n). */
export interface Timed {
  /** Broker time in ms at which it comes due; only the heap writes it. */
  dueAt: number;
  /** Place in the heap; -1 when it is not in it. */
  heapIndex: number;
  /** Called when it has come due and has left the heap. */
  onDue(now: number): void;
}

/** The one heap of everything that waits for a time: locks, expiries, schedules, sessions, idle entities. */
export class TimerHeap {
  readonly #items: Timed[] = [];
  readonly #onEarliestChanged: () => void;

  /** `onEarliestChanged` is called when the earliest due time may have become another. */
  constructor(onEarliestChanged: () => void) {
    this.#onEarliestChanged = onEarliestChanged;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Infinity when nothing waits. */
  get earliest(): number {
    return this.#items[0]?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  /** Puts or moves an item; Infinity takes it out. */
  schedule(item: Timed, dueAt: number): void {
    if (item.heapIndex === -1) {
      if (dueAt === Number.POSITIVE_INFINITY) return;
      item.dueAt = dueAt;
      this.#items.push(item);
      item.heapIndex = this.#items.length - 1;
      this.#up(item);
    } else {
      if (dueAt === Number.POSITIVE_INFINITY) {
        this.cancel(item);
        return;
      }
      const wasFirst = item.heapIndex === 0;
      const later = dueAt > item.dueAt;
      item.dueAt = dueAt;
      if (later) this.#down(item);
      else this.#up(item);
      if (wasFirst) this.#onEarliestChanged();
    }
    if (item.heapIndex === 0) this.#onEarliestChanged();
  }

  cancel(item: Timed): void {
    const index = item.heapIndex;
    if (index === -1) return;
    item.heapIndex = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#items[index] = last;
    last.heapIndex = index;
    this.#up(last);
    this.#down(last);
  }

  /** Runs what has come due by `now`, earliest first. */
  run(now: number): void {
    for (;;) {
      const first = this.#items[0];
      if (first === undefined || first.dueAt > now) break;
      this.cancel(first);
      first.onDue(now);
    }
    this.#onEarliestChanged();
  }

  #up(item: Timed): void {
    const items = this.#items;
    let index = item.heapIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex] as Timed;
      if (parent.dueAt <= item.dueAt) break;
      items[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    items[index] = item;
    item.heapIndex = index;
  }

  #down(item: Timed): void {
    const items = this.#items;
    let index = item.heapIndex;
    for (;;) {
      let childIndex = index * 2 + 1;
      let child = items[childIndex];
      if (child === undefined) break;
      const right = items[childIndex + 1];
      if (right !== undefined && right.dueAt < child.dueAt) {
        child = right;
        childIndex++;
      }
      if (child.dueAt >= item.dueAt) break;
      items[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    items[index] = item;
    item.heapIndex = index;
  }
}
