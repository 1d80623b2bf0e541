/** Something with a place in a queue's order. */
export interface Sequenced {
  readonly key: number;
}

/**
 * What can be delivered now, lowest sequence key first. New messages arrive in order and stand in a ring; what is given back
 * (abandoned, lock run out) stands in a heap beside it. Items that have left the queue meanwhile are skipped by `isReady`,
 * so that removal from the middle costs nothing here.
 */
export class ReadyQueue<T extends Sequenced> {
  #ring: (T | undefined)[] = [];
  #head = 0;
  #lastKey = Number.NEGATIVE_INFINITY;
  readonly #heap: T[] = [];
  readonly #isReady: (item: T) => boolean;

  constructor(isReady: (item: T) => boolean) {
    this.#isReady = isReady;
  }

  push(item: T): void {
    if (item.key > this.#lastKey || this.#head === this.#ring.length) {
      if (this.#head === this.#ring.length) {
        this.#ring = [];
        this.#head = 0;
      }
      this.#ring.push(item);
      this.#lastKey = item.key;
      return;
    }
    this.#heapPush(item);
  }

  peek(): T | undefined {
    const inRing = this.#ringFirst();
    const inHeap = this.#heapFirst();
    if (inHeap === undefined) return inRing;
    if (inRing === undefined || inHeap.key < inRing.key) return inHeap;
    return inRing;
  }

  shift(): T | undefined {
    const item = this.peek();
    if (item === undefined) return undefined;
    if (this.#heap[0] === item) this.#heapPop();
    else this.#ringDrop();
    return item;
  }

  #ringFirst(): T | undefined {
    while (this.#head < this.#ring.length) {
      const item = this.#ring[this.#head] as T;
      if (this.#isReady(item)) return item;
      this.#ringDrop();
    }
    return undefined;
  }

  #ringDrop(): void {
    this.#ring[this.#head++] = undefined;
    if (this.#head > 1024 && this.#head * 2 > this.#ring.length) {
      this.#ring = this.#ring.slice(this.#head);
      this.#head = 0;
    }
  }

  #heapFirst(): T | undefined {
    for (;;) {
      const item = this.#heap[0];
      if (item === undefined || this.#isReady(item)) return item;
      this.#heapPop();
    }
  }

  #heapPush(item: T): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(item);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as T;
      if (parent.key <= item.key) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = item;
  }

  #heapPop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = index * 2 + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && right.key < child.key) {
        child = right;
        childIndex++;
      }
      if (child.key >= last.key) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}
