import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeValue } from "@/lib/amqp/encode-value";
import { encodeSection, joinSections, SECTION } from "@/lib/amqp/sections";
import { amqpString, NULL } from "@/lib/amqp/values";
import { MovableClock } from "../clock";
import type { QueueEntity } from "./entity";
import { BrokerNamespace } from "./namespace";
import { SequenceIndex } from "./sequence-index";
import { DEFAULT_QUEUE_SETTINGS } from "./settings";

let clock: MovableClock;
let namespace: BrokerNamespace;
beforeEach(() => {
  clock = new MovableClock();
  namespace = new BrokerNamespace("queues", clock);
});
afterEach(() => clock.stop());

function messageOf(sessionId: string): Buffer {
  const properties = [...new Array(10).fill(NULL), amqpString(sessionId)];
  return Buffer.from(
    joinSections([
      encodeSection(SECTION.properties, encodeValue({ type: "list", items: properties })),
      encodeSection(SECTION.value, encodeValue(amqpString(sessionId))),
    ]),
  );
}

describe("A session's messages", () => {
  let queue: QueueEntity;
  beforeEach(() => {
    queue = namespace.createQueue("talks", { ...DEFAULT_QUEUE_SETTINGS, requiresSession: true });
  });
  const keysOf = (sessionId: string, from = 0): number[] =>
    queue.main.peek(from, 100, 1_000_000, sessionId).map(({ key }) => key);

  test("are peeked in order from a number on, also those that came between others'", () => {
    namespace.routing.send(queue, ["a", "b", "a", "b", "a"].map(messageOf));
    expect(keysOf("a")).toEqual([1, 3, 5]);
    expect(keysOf("a", 2)).toEqual([3, 5]);
    expect(keysOf("b")).toEqual([2, 4]);
    expect(keysOf("c")).toEqual([]);
  });

  test("that have gone, by whatever way, are not peeked any more", () => {
    namespace.routing.send(queue, ["a", "a", "a"].map(messageOf));
    const second = queue.main.messages.get(2);
    if (second === undefined) throw new Error("the second is there");
    queue.main.remove(second);
    expect(keysOf("a")).toEqual([1, 3]);
    queue.main.deleteBatch(10, clock.now() + 1);
    expect(keysOf("a")).toEqual([]);
    expect(queue.main.sessions.find("a")).toBeNull();
  });

  test("are found without walking over those of other sessions", () => {
    namespace.routing.send(queue, [messageOf("mine")]);
    for (let i = 0; i < 100; i++) namespace.routing.send(queue, new Array(100).fill(messageOf("other")));
    namespace.routing.send(queue, [messageOf("mine")]);
    const walk = SequenceIndex.prototype.walk;
    let steps = 0;
    SequenceIndex.prototype.walk = function* (from: number) {
      for (const value of walk.call(this, from)) {
        steps++;
        yield value;
      }
    };
    try {
      expect(keysOf("mine")).toEqual([1, 10_002]);
    } finally {
      SequenceIndex.prototype.walk = walk;
    }
    expect(steps).toBe(2);
  });
});

test("a queue of which a session is held and renewed does not delete itself for idleness", () => {
  const settings = { requiresSession: true, lockDurationMs: 300_000, autoDeleteOnIdleMs: 300_000 };
  const { sessions } = namespace.createQueue("talks", { ...DEFAULT_QUEUE_SETTINGS, ...settings }).main;
  const holder = { receiveAndDelete: false, capacity: () => 0, deliver: () => {}, sessionLost: () => {} };
  const session = sessions.accept("s", holder);
  for (let i = 0; i < 4; i++) {
    clock.advance(200_000);
    sessions.renew("s");
  }
  expect(namespace.find("talks")).not.toBeNull();
  sessions.leave(session, holder);
  clock.advance(600_000);
  expect(namespace.find("talks")).toBeNull();
});

describe("What a queue holds", () => {
  test("a scheduled message counts as such until it is cancelled or its time has come", () => {
    const queue = namespace.createQueue("later", { ...DEFAULT_QUEUE_SETTINGS });
    const fields = { bytes: messageOf("x"), sessionId: null, annotations: null, hops: 0, enqueuedAt: clock.now() };
    const at = { expiresAt: Number.POSITIVE_INFINITY, scheduledAt: clock.now() + 60_000 };
    for (const key of [1, 2]) queue.main.add({ ...fields, ...at, key });
    expect(queue.main.counts).toEqual({ active: 0, deferred: 0, scheduled: 2 });
    queue.main.cancelScheduled([1]);
    expect(queue.main.counts).toEqual({ active: 0, deferred: 0, scheduled: 1 });
    clock.advance(60_000);
    expect(queue.main.counts).toEqual({ active: 1, deferred: 0, scheduled: 0 });
  });

  test("a number that a call names twice is one message, received, taken or cancelled once", () => {
    const queue = namespace.createQueue("twice", { ...DEFAULT_QUEUE_SETTINGS });
    const fields = { bytes: messageOf("x"), sessionId: null, annotations: null, hops: 0, enqueuedAt: clock.now() };
    const scheduled = { scheduledAt: clock.now() + 60_000, expiresAt: Number.POSITIVE_INFINITY };
    for (const key of [1, 2, 3]) queue.main.add({ ...fields, ...scheduled, key });
    queue.main.cancelScheduled([1, 1]);
    expect(queue.main.counts).toEqual({ active: 0, deferred: 0, scheduled: 2 });
    clock.advance(60_000);
    const keys: number[] = [];
    const consumer = {
      receiveAndDelete: false,
      capacity: () => 2 - keys.length,
      deliver: (record: { key: number }, lock: Parameters<typeof queue.main.defer>[0] | null) => {
        keys.push(record.key);
        if (lock) queue.main.defer(lock);
      },
      sessionLost: () => {},
    };
    queue.main.addConsumer(consumer);
    queue.main.wants(consumer);
    const [locked, taken] = keys as [number, number];
    const received = queue.main.receiveDeferred([locked, locked], false, null);
    expect(received.map(({ record }) => record.key)).toEqual([locked]);
    for (const { lock } of received) if (lock) queue.main.complete(lock);
    expect(queue.main.receiveDeferred([taken, taken], true, null)).toHaveLength(1);
    expect(queue.main.counts).toEqual({ active: 0, deferred: 0, scheduled: 0 });
    expect(queue.main.sizeInBytes).toBe(0);
  });

  test("its size and counts follow messages that come, are deferred, rewritten and gone", () => {
    const queue = namespace.createQueue("orders", { ...DEFAULT_QUEUE_SETTINGS });
    const one = messageOf("x");
    namespace.routing.send(queue, [one, one, one]);
    expect(queue.main.sizeInBytes).toBe(3 * one.length);
    const taken: Parameters<typeof queue.main.complete>[0][] = [];
    const consumer = {
      receiveAndDelete: false,
      capacity: () => 3 - taken.length,
      deliver: (_record: unknown, lock: (typeof taken)[number] | null) => void (lock && taken.push(lock)),
      sessionLost: () => {},
    };
    queue.main.addConsumer(consumer);
    queue.main.wants(consumer);
    const [a, b, c] = taken as [(typeof taken)[number], (typeof taken)[number], (typeof taken)[number]];
    queue.main.complete(a);
    queue.main.defer(b, { apply: (bytes) => Buffer.concat([bytes, Buffer.alloc(10)]) });
    queue.main.deadLetter(c, { reason: null, description: null });
    expect(queue.main.counts).toEqual({ active: 0, deferred: 1, scheduled: 0 });
    expect(queue.main.sizeInBytes).toBe(one.length + 10);
    expect(queue.deadLetter.counts.active).toBe(1);
    expect(queue.main.deleteBatch(10, clock.now() + 1)).toBe(1);
    expect(queue.main.counts).toEqual({ active: 0, deferred: 0, scheduled: 0 });
    expect(queue.main.sizeInBytes).toBe(0);
    expect(() => queue.main.complete(a)).toThrow(/lock supplied is invalid/);
    expect(() => queue.main.findLock(b.token)).toThrow(/lock supplied is invalid/);
  });
});
