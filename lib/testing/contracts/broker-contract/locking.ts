import { describe, expect, test } from "vitest";
import type { ContractBench } from "./contract-bench";

/** Locks of the dead-letter queue. */
export function lockingContract(bench: ContractBench): void {
  const { later, dlq, text, kill, lockAll, empty, failure } = bench;
  describe("locking", () => {
    test("a locked message is nobody else's until it is given back; a completed one is gone", async () => {
      const queue = dlq(bench.fixture.entities.queue);
      await kill(queue.entityPath, text("a"), text("b"));
      const one = later(await bench.broker.openReceiver(queue));
      const other = later(await bench.broker.openReceiver(queue));
      const locked = await lockAll(one, 2);
      expect(locked.map(({ lockMs }) => lockMs)).toEqual([30_000, 30_000]);
      expect(await other.lock(5, 100)).toEqual([]);
      const [a, b] = locked;
      if (a === undefined || b === undefined) throw new Error("two were locked");
      await one.abandon(a);
      const [again] = await lockAll(other, 1);
      expect(again?.message.key).toBe(a.message.key);
      await one.complete(b);
      expect((await bench.broker.peek(queue, 0n, 5)).map(({ key }) => key)).toEqual([a.message.key]);
      expect(await failure(one.complete(b))).toMatchObject({ code: "lock-lost" });
      if (again !== undefined) await other.complete(again);
    });

    test("no message comes within the wait: none is returned", async () => {
      const receiver = later(await bench.broker.openReceiver(dlq(bench.fixture.entities.queue)));
      expect(await receiver.lock(5, 50)).toEqual([]);
      expect(receiver.isOpen()).toBe(true);
    });

    test("R1: a lock that ran out cannot complete, and the message stays", async () => {
      const queue = dlq(bench.fixture.entities.shortLocks);
      await kill(queue.entityPath, text("a"));
      const receiver = later(await bench.broker.openReceiver(queue));
      const [locked] = await lockAll(receiver, 1);
      if (locked === undefined) throw new Error("nothing was locked");
      expect(locked.lockMs).toBe(5_000);
      bench.fixture.elapse(6_000);
      expect(await failure(receiver.complete(locked))).toMatchObject({ code: "lock-lost", doubt: false });
      expect(await bench.broker.peek(queue, 0n, 1)).toHaveLength(1);
      await empty(queue);
    });

    test("one link holds no more than its limit, and says so in place of receiving nothing", async () => {
      const queue = dlq(bench.fixture.entities.queue);
      const messages = Array.from({ length: 2_060 }, (_, i) => text(`m${i}`));
      await bench.fixture.pile(queue.entityPath, messages);
      const receiver = later(await bench.broker.openReceiver(queue));
      const locked = await lockAll(receiver, 2_047);
      expect(new Set(locked.map(({ message }) => message.key)).size).toBe(2_047);
      expect(await failure(receiver.lock(1, 100))).toMatchObject({ code: "quota-exceeded", transient: true });
      await Promise.all(locked.map((each) => receiver.complete(each)));
      const rest = await lockAll(receiver, 13);
      await Promise.all(rest.map((each) => receiver.complete(each)));
      expect(await bench.broker.peek(queue, 0n, 1)).toEqual([]);
    });
  });
}
