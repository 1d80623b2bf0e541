import { describe, expect } from "vitest";
import { because, type ConformanceTarget, codeOf, message, rulesFor, take, takeOne } from "./bench";

export function movingRules(target: ConformanceTarget): void {
  const rule = rulesFor(target);
  describe("Forwarding", () => {
    rule("messages are moved to the target, also through a topic", ["forwarding"], async (bench) => {
      const last = await bench.queue();
      const first = await bench.queue({ forwardTo: last });
      await bench.send(first, message("x"));
      const moved = await takeOne(bench.receiver(last));
      expect(moved).toMatchObject({ body: "x", deliveryCount: 0 });
      const topic = await bench.topic();
      await target.administration.createSubscription(topic, "f", { forwardTo: last });
      await bench.send(topic, message("y"));
      expect((await takeOne(bench.receiver(last))).body).toBe("y");
    });

    rule("an entity that forwards cannot be received from", ["forwarding"], async (bench) => {
      const last = await bench.queue();
      const first = await bench.queue({ forwardTo: last });
      expect(await codeOf(bench.receiver(first).receiveMessages(1, { maxWaitTimeInMs: 500 }))).not.toBe("no error");
    });

    rule(
      "four hops are made, the fifth ends in the transfer dead-letter queue with MaxTransferHopCountExceeded",
      ["forwarding"],
      async (bench) => {
        const names = [await bench.queue()];
        for (let i = 0; i < 5; i++) names.unshift(await bench.queue({ forwardTo: names[0] as string }));
        const [start, second, , , fifth, last] = names as [string, string, string, string, string, string];
        await bench.send(second, message("four"));
        expect((await takeOne(bench.receiver(last))).body).toBe("four");
        await bench.send(start, message("five"));
        const [dead] = await bench.peek(fifth, "transferDeadLetter");
        expect(dead).toMatchObject({ body: "five", deadLetterReason: "MaxTransferHopCountExceeded" });
        const counts = await target.administration.getQueueRuntimeProperties(fifth);
        expect(counts.transferDeadLetterMessageCount).toBe(1);
      },
    );

    rule("a target that is gone sends messages to the transfer dead-letter queue", ["forwarding"], async (bench) => {
      const last = await bench.queue();
      const first = await bench.queue({ forwardTo: last });
      await target.administration.deleteQueue(last);
      await bench.send(first, message("x"));
      expect(await bench.bodies(first, "transferDeadLetter")).toEqual(["x"]);
    });

    rule(
      "forwarded dead letters name their source and get new numbers; their own queue cannot be opened",
      ["forwarding"],
      async (bench) => {
        const graveyard = await bench.queue();
        await bench.send(graveyard, message("own"));
        const queue = await bench.queue({ forwardDeadLetteredMessagesTo: graveyard });
        await bench.send(queue, message("x"));
        const receiver = bench.receiver(queue);
        await receiver.deadLetterMessage(await takeOne(receiver), because("why"));
        const [, dead] = await take(bench.receiver(graveyard), 2);
        expect(dead).toMatchObject({ body: "x", deadLetterReason: "why", deadLetterSource: queue, deliveryCount: 0 });
        expect(dead?.sequenceNumber?.toString()).toBe("2");
        expect(await codeOf(bench.receiver(queue, "deadLetter").receiveMessages(1, { maxWaitTimeInMs: 500 }))).not.toBe(
          "no error",
        );
      },
    );

    rule("a dead letter whose target is gone stays behind, counted", ["forwarding"], async (bench) => {
      const graveyard = await bench.queue();
      const queue = await bench.queue({ forwardDeadLetteredMessagesTo: graveyard });
      await target.administration.deleteQueue(graveyard);
      await bench.send(queue, message("x"));
      const receiver = bench.receiver(queue);
      await receiver.deadLetterMessage(await takeOne(receiver));
      expect((await target.administration.getQueueRuntimeProperties(queue)).deadLetterMessageCount).toBe(1);
    });
  });

  describe("Duplicate detection", () => {
    rule(
      "a known id succeeds and is dropped within the window, and is taken after it",
      ["duplicate-detection"],
      async (bench) => {
        const queue = await bench.queue({
          requiresDuplicateDetection: true,
          duplicateDetectionHistoryTimeWindow: "PT20S",
        });
        await bench.send(queue, message("first", { messageId: "same" }));
        await bench.send(queue, message("second", { messageId: "same" }), message("other", { messageId: "other" }));
        expect(await bench.bodies(queue)).toEqual(["first", "other"]);
        await target.passTime(21_000);
        await bench.send(queue, message("third", { messageId: "same" }));
        expect(await bench.bodies(queue)).toEqual(["first", "other", "third"]);
      },
    );

    rule(
      "the id stays known after its message was completed or dead-lettered",
      ["duplicate-detection"],
      async (bench) => {
        const queue = await bench.queue({ requiresDuplicateDetection: true });
        await bench.send(queue, message(1, { messageId: "same" }));
        const receiver = bench.receiver(queue);
        await receiver.completeMessage(await takeOne(receiver));
        await bench.send(queue, message(2, { messageId: "same" }));
        expect(await bench.peek(queue)).toEqual([]);
      },
    );

    rule("without detection the same id arrives twice", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1, { messageId: "same" }), message(2, { messageId: "same" }));
      expect(await bench.bodies(queue)).toEqual([1, 2]);
    });

    rule("a topic drops duplicates before its subscriptions see them", ["duplicate-detection"], async (bench) => {
      const topic = await bench.topic({ requiresDuplicateDetection: true });
      const subscription = await bench.subscription(topic);
      await bench.send(topic, message(1, { messageId: "same" }));
      await bench.send(topic, message(2, { messageId: "same" }));
      expect(await bench.bodies(`${topic}|${subscription}`)).toEqual([1]);
    });

    rule(
      "on a partitioned entity the partition key belongs to the id",
      ["duplicate-detection", "partitioned-entities"],
      async (bench) => {
        const queue = await bench.queue({ requiresDuplicateDetection: true, enablePartitioning: true });
        await bench.send(queue, message("a", { messageId: "same", partitionKey: "one" }));
        await bench.send(queue, message("b", { messageId: "same", partitionKey: "two" }));
        await bench.send(queue, message("c", { messageId: "same", partitionKey: "one" }));
        expect((await bench.bodies(queue)).sort()).toEqual(["a", "b"]);
      },
    );
  });

  describe("Partitioned entities", () => {
    rule("the partition stands in the top 16 bits of the sequence number", ["partitioned-entities"], async (bench) => {
      const queue = await bench.queue({ enablePartitioning: true });
      for (let i = 0; i < 40; i++) await bench.send(queue, message(i));
      const numbers = (await bench.peek(queue)).map(({ sequenceNumber }) => BigInt(String(sequenceNumber)));
      expect(numbers).toHaveLength(40);
      expect(new Set(numbers).size).toBe(40);
      expect(new Set(numbers.map((number) => number >> 48n)).size).toBeGreaterThan(1);
      expect(numbers.some((number) => number > 2n ** 53n)).toBe(true);
      expect([...numbers].sort((a, b) => (a < b ? -1 : 1))).toEqual(numbers);
    });

    rule(
      "messages of one partition key share a partition and keep their order",
      ["partitioned-entities"],
      async (bench) => {
        const queue = await bench.queue({ enablePartitioning: true });
        for (let i = 0; i < 5; i++) await bench.send(queue, message(i, { partitionKey: "k" }));
        const received = await take(bench.receiver(queue), 5);
        expect(received.map(({ body }) => body)).toEqual([0, 1, 2, 3, 4]);
        expect(new Set(received.map(({ sequenceNumber }) => BigInt(String(sequenceNumber)) >> 48n)).size).toBe(1);
      },
    );

    rule(
      "a dead letter of a partitioned entity keeps its large number, and can be settled",
      ["partitioned-entities"],
      async (bench) => {
        const queue = await bench.queue({ enablePartitioning: true });
        for (let i = 0; i < 8; i++) await bench.send(queue, message(i));
        const receiver = bench.receiver(queue);
        const received = await take(receiver, 8);
        for (const each of received) await receiver.deadLetterMessage(each);
        const dead = await bench.peek(queue, "deadLetter");
        expect(dead.map(({ sequenceNumber }) => String(sequenceNumber)).sort()).toEqual(
          received.map(({ sequenceNumber }) => String(sequenceNumber)).sort(),
        );
      },
    );

    rule("a batch with different partition keys is refused", ["partitioned-entities"], async (bench) => {
      const queue = await bench.queue({ enablePartitioning: true });
      const mixed = bench.send(queue, message(1, { partitionKey: "a" }), message(2, { partitionKey: "b" }));
      expect(await codeOf(mixed)).not.toBe("no error");
      expect(await bench.peek(queue)).toEqual([]);
    });
  });
}
