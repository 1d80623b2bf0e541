import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import Long from "long";
import { describe, expect } from "vitest";
import { expectArgumentError, message, partitions, sequenceNumbers } from "./expectations";
import type { RuleBook } from "./rule-book";

export function partitionRules({ rule }: RuleBook): void {
  describe("Partitioned entities", () => {
    rule("the partition stands in the top 16 bits of the sequence number", ["partitioned-entities"], async (bench) => {
      const queue = await bench.queue({ enablePartitioning: true });
      for (let i = 0; i < 40; i++) await bench.send(queue, message(i));
      const found = await bench.arrived(queue, 40);
      const numbers = found.map(({ sequenceNumber }) => BigInt(String(sequenceNumber)));
      expect(new Set(numbers).size).toBe(40);
      expect(new Set(partitions(found)).size).toBeGreaterThan(1);
      expect(numbers.some((number) => number > 2n ** 53n)).toBe(true);
      expect([...numbers].sort((a, b) => (a < b ? -1 : 1))).toEqual(numbers);
    });

    rule("a peek from a partition's first number gives its oldest message", ["partitioned-entities"], async (bench) => {
      const queue = await bench.queue({ enablePartitioning: true });
      for (const key of ["a", "b", "c"])
        for (const n of [1, 2]) await bench.send(queue, message(`${key}${n}`, { partitionKey: key }));
      const found = await bench.arrived(queue, 6);
      for (const partition of new Set(partitions(found))) {
        const from = Long.fromString(String(partition << 48n));
        const [oldest] = await bench.receiver(queue).peekMessages(1, { fromSequenceNumber: from });
        const own = found.filter((each) => partitions([each])[0] === partition);
        expect(String(oldest?.sequenceNumber)).toBe(String(own[0]?.sequenceNumber));
        expect(own.every(({ enqueuedTimeUtc }) => Number(enqueuedTimeUtc) >= Number(oldest?.enqueuedTimeUtc))).toBe(
          true,
        );
      }
    });

    rule(
      "messages of one partition key share a partition and keep their order",
      ["partitioned-entities"],
      async (bench) => {
        const queue = await bench.queue({ enablePartitioning: true });
        for (let i = 0; i < 5; i++) await bench.send(queue, message(i, { partitionKey: "k" }));
        const received = await bench.take(bench.receiver(queue), 5);
        expect(received.map(({ body, partitionKey }) => [body, partitionKey])).toEqual(
          [0, 1, 2, 3, 4].map((body) => [body, "k"]),
        );
        expect(new Set(partitions(received)).size).toBe(1);
      },
    );

    rule(
      "a dead letter of a partitioned entity keeps its large number, and can be settled by it",
      ["partitioned-entities"],
      async (bench) => {
        const queue = await bench.queue({ enablePartitioning: true });
        for (let i = 0; i < 8; i++) await bench.send(queue, message(i));
        const receiver = bench.receiver(queue);
        const received = await bench.take(receiver, 8);
        for (const each of received) await receiver.deadLetterMessage(each);
        const dead = await bench.arrived(queue, 8, "deadLetter");
        expect(sequenceNumbers(dead).sort()).toEqual(sequenceNumbers(received).sort());
        const collecting = bench.receiver(queue, "deadLetter");
        const held = await bench.take(collecting, 8);
        await collecting.deferMessage(held[7] as ServiceBusReceivedMessage);
        const [deferred] = await collecting.receiveDeferredMessages(held[7]?.sequenceNumber as Long);
        expect(String(deferred?.sequenceNumber)).toBe(String(held[7]?.sequenceNumber));
        await collecting.completeMessage(deferred as ServiceBusReceivedMessage);
        for (const each of held.slice(0, 7)) await collecting.completeMessage(each);
        await bench.empty(queue, "deadLetter");
      },
    );

    rule(
      "a batch with different partition keys is an ArgumentError, and none of it is taken",
      ["partitioned-entities"],
      async (bench) => {
        const queue = await bench.queue({ enablePartitioning: true });
        await expectArgumentError(
          bench.send(queue, message(1, { partitionKey: "a" }), message(2, { partitionKey: "b" })),
        );
        await bench.empty(queue);
        await bench.send(queue, message(1, { partitionKey: "a" }), message(2, { partitionKey: "a" }));
        await bench.arrived(queue, 2);
      },
    );

    rule(
      "a batch with different sessions is an ArgumentError on a partitioned entity",
      ["partitioned-entities", "sessions"],
      async (bench) => {
        const queue = await bench.sessionQueue({ enablePartitioning: true });
        await expectArgumentError(bench.send(queue, message(1, { sessionId: "a" }), message(2, { sessionId: "b" })));
        await bench.empty(queue);
      },
    );

    rule("a session's messages share a partition", ["partitioned-entities", "sessions"], async (bench) => {
      const queue = await bench.sessionQueue({ enablePartitioning: true });
      for (let i = 0; i < 4; i++) await bench.send(queue, message(i, { sessionId: "a" }));
      expect(new Set(partitions(await bench.arrived(queue, 4))).size).toBe(1);
    });
  });
}
