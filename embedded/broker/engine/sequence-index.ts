/** Keys of one block. Blocks are split at twice this; memmove inside a block stays far below a microsecond. */
const BLOCK = 256;

interface Block<T> {
  readonly keys: number[];
  readonly values: T[];
}

/**
 * Values in the order of their sequence keys: look-up, insertion anywhere and removal in O(log n), and walking on from any
 * key. Dead letters come in below newer ones, so appending is the usual case but not the only one.
 */
export class SequenceIndex<T> {
  readonly #blocks: Block<T>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): T | undefined {
    const block = this.#blocks[this.#blockOf(key)];
    if (block === undefined) return undefined;
    const at = lowerBound(block.keys, key);
    return block.keys[at] === key ? block.values[at] : undefined;
  }

  /** Keys are unique; the caller does not insert one twice. */
  insert(key: number, value: T): void {
    this.#size++;
    const index = Math.max(0, this.#blockOf(key));
    const block = this.#blocks[index];
    if (block === undefined) {
      this.#blocks.push({ keys: [key], values: [value] });
      return;
    }
    const at = lowerBound(block.keys, key);
    if (at === block.keys.length) {
      if (index === this.#blocks.length - 1 && at >= BLOCK) {
        // Appending in order fills blocks to the brim; splitting would leave them half empty.
        this.#blocks.push({ keys: [key], values: [value] });
        return;
      }
      block.keys.push(key);
      block.values.push(value);
    } else {
      block.keys.splice(at, 0, key);
      block.values.splice(at, 0, value);
    }
    if (block.keys.length > BLOCK * 2) {
      this.#blocks.splice(index + 1, 0, { keys: block.keys.splice(BLOCK), values: block.values.splice(BLOCK) });
    }
  }

  delete(key: number): boolean {
    const index = this.#blockOf(key);
    const block = this.#blocks[index];
    if (block === undefined) return false;
    const at = lowerBound(block.keys, key);
    if (block.keys[at] !== key) return false;
    this.#size--;
    if (block.keys.length === 1) {
      this.#blocks.splice(index, 1);
    } else if (at === 0) {
      block.keys.shift();
      block.values.shift();
    } else {
      block.keys.splice(at, 1);
      block.values.splice(at, 1);
    }
    return true;
  }

  first(): T | undefined {
    return this.#blocks[0]?.values[0];
  }

  /** Values whose key is `from` or above, in order. The index must not change while it is walked. */
  *walk(from: number): Generator<T> {
    let index = Math.max(0, this.#blockOf(from));
    let at = -1;
    for (; index < this.#blocks.length; index++) {
      const block = this.#blocks[index] as Block<T>;
      at = at === -1 ? lowerBound(block.keys, from) : 0;
      for (; at < block.values.length; at++) yield block.values[at] as T;
    }
  }

  /** Index of the last block whose first key is not above `key`; -1 when all are. */
  #blockOf(key: number): number {
    const blocks = this.#blocks;
    let low = 0;
    let high = blocks.length;
    // The newest block is asked for most.
    const last = blocks[high - 1];
    if (last !== undefined && (last.keys[0] as number) <= key) return high - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (((blocks[middle] as Block<T>).keys[0] as number) <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function lowerBound(keys: readonly number[], key: number): number {
  const last = keys.length - 1;
  if (last < 0 || (keys[last] as number) < key) return keys.length;
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as number) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
