import { describe, expect, test } from "vitest";
import type { BrokerMessage, QueueAddress } from "../../../brokers/broker";
import { eventually } from "../../eventually";
import type { ContractBench } from "./contract-bench";
import { factsOf } from "./message-facts";

/** Peeking and counting. */
export function readingContract(bench: ContractBench): void {
  const { later, dlq, text, kill, empty, failure, codec } = bench;
  describe("reading", () => {
    test("peeks in ascending order from a position, without a trace, and counts", async () => {
      const queue = dlq(bench.fixture.entities.queue);
      await kill(queue.entityPath, text("a"), text("b"), text("c"));
      const all = await bench.broker.peek(queue, 0n, 10);
      expect(all.map(({ messageId }) => messageId)).toEqual(["a", "b", "c"]);
      expect(all.map(({ reason, description }) => `${reason}: ${description}`)).toEqual(Array(3).fill("Bad: because"));
      const second = all[1]?.position ?? 0n;
      expect((await bench.broker.peek(queue, second, 1)).map(({ messageId }) => messageId)).toEqual(["b"]);
      expect((await bench.broker.peek(queue, second + 1n, 10)).map(({ messageId }) => messageId)).toEqual(["c"]);
      expect(await bench.broker.peek(queue, (all[2]?.position ?? 0n) + 1n, 10)).toEqual([]);
      expect((await bench.broker.peek(queue, 0n, 10)).map(factsOf)).toEqual(all.map(factsOf));
      expect((await bench.broker.countDeadLetters(queue))?.count).toBe(3n);
      await empty(queue);
    });

    test("R9: a message has the same facts and content hash peeked and locked, locked or not", async () => {
      const queue = dlq(bench.fixture.entities.queue);
      await kill(queue.entityPath, text("a"));
      const [peeked] = await bench.broker.peek(queue, 0n, 1);
      const receiver = later(await bench.broker.openReceiver(queue));
      const [locked] = await receiver.lock(1, 2_000);
      const [whileLocked] = await bench.broker.peek(queue, 0n, 1);
      const facts = (message: BrokerMessage | undefined) => message && { ...factsOf(message), encoded: null };
      expect(facts(peeked)).toBeDefined();
      expect(facts(locked?.message)).toEqual(facts(peeked));
      expect(facts(whileLocked)).toEqual(facts(peeked));
      if (locked !== undefined) await receiver.complete(locked);
    });

    test("positions above 2^53 are exact", async () => {
      if (bench.fixture.entities.partitioned === null) return;
      const queue = dlq(bench.fixture.entities.partitioned);
      await kill(queue.entityPath, ...Array.from({ length: 8 }, (_, i) => text(`p${i}`)));
      const all = await bench.broker.peek(queue, 0n, 10);
      expect(all).toHaveLength(8);
      const high = all.filter(({ position }) => position > 2n ** 53n);
      expect(high.length).toBeGreaterThan(0);
      for (const { key, position, messageId } of high) {
        expect(key).toBe(position.toString());
        expect((await bench.broker.peek(queue, position, 1)).map((message) => message.messageId)).toEqual([messageId]);
      }
      await empty(queue);
    });

    test("forwarded dead letters are read where they went, and say where they died", async () => {
      const { forwarding, graves } = bench.fixture.entities;
      if (forwarding === null || graves === null) return;
      await kill(forwarding, text("f"));
      const queue: QueueAddress = { entityPath: graves, subQueue: "forwarded" };
      const [message] = await eventually("the forwarded message", async () => {
        const messages = await bench.broker.peek(queue, 0n, 10);
        return messages.length > 0 && messages;
      });
      expect(message).toMatchObject({ messageId: "f", reason: "Bad", deadLetterSource: forwarding });
      expect((await bench.broker.countDeadLetters(queue))?.count).toBe(1n);
      await empty(queue);
    });

    test("R5: what the target itself holds is counted and peeked at, copies by their stamp", async () => {
      const { queue } = bench.fixture.entities;
      const sender = later(await bench.broker.openSender(queue));
      const stamp = { itemId: "4b5c6d00-0000-4000-8000-000000000002", attempt: 1, originalKey: "5" };
      await sender.send([codec.prepareCopy(text("copy"), { stamp })], 5_000);
      expect((await bench.broker.countActive(queue))?.count).toBe(1n);
      expect(await bench.broker.peekActive(queue, 0n, 10)).toMatchObject([{ messageId: "copy", stamp, reason: "" }]);
      await bench.fixture.consume(queue, 1);
      expect(await bench.broker.peekActive(queue, 0n, 10)).toEqual([]);
    });

    test("an entity that does not exist is told as such", async () => {
      const error = await failure(bench.broker.peek(dlq("nowhere"), 0n, 1));
      expect(error).toMatchObject({ code: "entity-not-found", doubt: false, transient: false });
      expect(error.message).toContain("nowhere");
      expect(await failure(bench.broker.openSender("nowhere"))).toMatchObject({
        code: "entity-not-found",
        doubt: false,
      });
      expect(await failure(bench.broker.countDeadLetters(dlq("nowhere")))).toMatchObject({ code: "entity-not-found" });
    });
  });
}
