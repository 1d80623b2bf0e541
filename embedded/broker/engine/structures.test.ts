import { describe, expect, test } from "vitest";
import { ReadyQueue } from "./ready-queue";
import { SequenceIndex } from "./sequence-index";
import { keyFromSequenceNumber, keyOf, sequenceNumberOf } from "./sequence-number";
import { type Timed, TimerHeap } from "./timer-heap";

/** The same pseudo-random numbers each time. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

describe("SequenceIndex", () => {
  test("agrees with a sorted list through 20,000 insertions and removals in any order", () => {
    const random = randoms(1);
    const index = new SequenceIndex<number>();
    const model = new Map<number, number>();
    for (let i = 0; i < 20_000; i++) {
      const key = Math.floor(random() * 5000);
      if (model.has(key)) {
        expect(index.get(key)).toBe(model.get(key));
        index.delete(key);
        model.delete(key);
      } else {
        index.insert(key, i);
        model.set(key, i);
      }
    }
    const expected = [...model].sort(([a], [b]) => a - b);
    expect([...index.walk(0)]).toEqual(expected.map(([, value]) => value));
    expect([...index.walk(2500)]).toEqual(expected.filter(([key]) => key >= 2500).map(([, value]) => value));
    expect(index.size).toBe(model.size);
    expect(index.first()).toBe(expected[0]?.[1]);
    expect(index.get(-1)).toBeUndefined();
    expect(index.delete(-1)).toBe(false);
  });

  test("walks from a key below, between and beyond all", () => {
    const index = new SequenceIndex<string>();
    for (const key of [10, 20, 30]) index.insert(key, String(key));
    expect([...index.walk(0)]).toEqual(["10", "20", "30"]);
    expect([...index.walk(15)]).toEqual(["20", "30"]);
    expect([...index.walk(31)]).toEqual([]);
  });
});

describe("ReadyQueue", () => {
  test("hands out lowest first, whatever comes back late, and skips what has gone", () => {
    const random = randoms(2);
    const ready = new Set<number>();
    const queue = new ReadyQueue<{ key: number }>(({ key }) => ready.has(key));
    let next = 0;
    for (let round = 0; round < 5000; round++) {
      const choice = random();
      if (choice < 0.5) {
        ready.add(next);
        queue.push({ key: next++ });
      } else if (choice < 0.75) {
        const lowest = ready.size === 0 ? undefined : Math.min(...ready);
        expect(queue.peek()?.key).toBe(lowest);
        const taken = queue.shift();
        expect(taken?.key).toBe(lowest);
        if (taken) {
          ready.delete(taken.key);
          if (random() < 0.4) {
            ready.add(taken.key);
            queue.push(taken);
          }
        }
      } else {
        const gone = [...ready][Math.floor(random() * ready.size)];
        if (gone !== undefined) ready.delete(gone);
      }
    }
  });
});

describe("TimerHeap", () => {
  test("runs what is due in order, and nothing that was cancelled or moved on", () => {
    const random = randoms(3);
    const heap = new TimerHeap(() => {});
    const ran: number[] = [];
    const items: Timed[] = Array.from({ length: 500 }, () => {
      const item: Timed = { dueAt: 0, heapIndex: -1, onDue: () => ran.push(item.dueAt) };
      return item;
    });
    for (const item of items) heap.schedule(item, Math.floor(random() * 1000));
    for (const item of items.slice(0, 100)) heap.schedule(item, Math.floor(random() * 1000));
    for (const item of items.slice(100, 200)) heap.cancel(item);
    for (const item of items.slice(200, 250)) heap.schedule(item, Number.POSITIVE_INFINITY);
    heap.run(500);
    expect(ran).toEqual([...ran].sort((a, b) => a - b));
    expect(Math.max(...ran)).toBeLessThanOrEqual(500);
    expect(heap.earliest).toBeGreaterThan(500);
    heap.run(1000);
    expect(ran).toHaveLength(350);
    expect(heap.size).toBe(0);
    expect(heap.earliest).toBe(Number.POSITIVE_INFINITY);
  });

  test("tells when the earliest time changes", () => {
    let told = 0;
    const heap = new TimerHeap(() => told++);
    const item: Timed = { dueAt: 0, heapIndex: -1, onDue: () => {} };
    heap.schedule(item, 50);
    expect(told).toBe(1);
    heap.schedule({ dueAt: 0, heapIndex: -1, onDue: () => {} }, 90);
    expect(told).toBe(1);
    heap.schedule(item, 100);
    expect(told).toBeGreaterThan(1);
    expect(heap.earliest).toBe(90);
  });
});

describe("Sequence numbers", () => {
  test.each([keyOf(0, 1), keyOf(0, 2 ** 40), keyOf(1, 7), keyOf(15, 3)])("key %d goes to the wire and back", (key) => {
    expect(keyFromSequenceNumber(sequenceNumberOf(key))).toBe(key);
  });

  test("partitions stand in the top 16 bits and pass 2^53 early", () => {
    expect(sequenceNumberOf(keyOf(2, 1)) >> 48n).toBe(32n);
    expect(sequenceNumberOf(keyOf(3, 1))).toBeGreaterThan(2n ** 53n);
  });

  test("a number between partitions, or beyond all, is the next key above it", () => {
    expect(keyFromSequenceNumber((1n << 48n) + 5n)).toBe(keyOf(1, 0));
    expect(keyFromSequenceNumber(0n)).toBe(0);
    expect(keyFromSequenceNumber(-5n)).toBe(0);
    expect(keyFromSequenceNumber(2n ** 63n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
  });
});
