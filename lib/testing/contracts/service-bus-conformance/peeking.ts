import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import Long from "long";
import { describe, expect } from "vitest";
import { message, sequenceNumbers } from "./expectations";
import type { RuleBook } from "./rule-book";

export function peekingRules({ rule, target }: RuleBook): void {
  describe("Peeking", () => {
    rule("peek returns messages from a sequence number on, in order, and locks none", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...[1, 2, 3, 4].map((body) => message(body)));
      const receiver = bench.receiver(queue);
      const page = await receiver.peekMessages(2, { fromSequenceNumber: Long.fromNumber(2) });
      expect(sequenceNumbers(page)).toEqual(["2", "3"]);
      expect((await bench.take(receiver, 4)).map(({ deliveryCount }) => deliveryCount)).toEqual([0, 0, 0, 0]);
    });

    rule("peek goes on where it stopped when no number is given", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...[1, 2, 3].map((body) => message(body)));
      const receiver = bench.receiver(queue);
      expect((await receiver.peekMessages(2)).map(({ body }) => body)).toEqual([1, 2]);
      expect((await receiver.peekMessages(2)).map(({ body }) => body)).toEqual([3]);
      expect(await receiver.peekMessages(2)).toEqual([]);
    });

    rule(
      "the place where a peek without a number goes on is shared by all receivers of an entity on one client",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, ...[1, 2, 3].map((body) => message(body)));
        expect((await bench.receiver(queue).peekMessages(2)).map(({ body }) => body)).toEqual([1, 2]);
        expect((await bench.receiver(queue).peekMessages(2)).map(({ body }) => body)).toEqual([3]);
        const elsewhere = bench.newClient().createReceiver(queue);
        expect((await elsewhere.peekMessages(3)).map(({ body }) => body)).toEqual([1, 2, 3]);
      },
    );

    rule("peek returns locked, deferred and scheduled messages too, and says their state", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...[1, 2, 3].map((body) => message(body)));
      const receiver = bench.receiver(queue);
      const [first] = await bench.take(receiver, 2);
      await receiver.deferMessage(first as ServiceBusReceivedMessage);
      await bench.client.createSender(queue).scheduleMessages(message(4), new Date(target.now() + 3_600_000));
      expect((await bench.arrived(queue, 4)).map(({ body, state }) => [body, state])).toEqual([
        [1, "deferred"],
        [2, "active"],
        [3, "active"],
        [4, "scheduled"],
      ]);
    });

    rule(
      "one peek returns about 250 messages at most, however many are asked for; the pages together are complete",
      ["large-peeks"],
      async (bench) => {
        const queue = await bench.queue();
        for (let i = 0; i < 3; i++)
          await bench.send(queue, ...Array.from({ length: 200 }, (_, n) => message(i * 200 + n)));
        const page = await bench.receiver(queue).peekMessages(1000, { fromSequenceNumber: Long.ZERO });
        expect(page.length).toBeGreaterThan(0);
        expect(page.length).toBeLessThanOrEqual(256);
        await bench.bodies(
          queue,
          Array.from({ length: 600 }, (_, i) => i),
        );
      },
    );

    rule("a page of large messages is shorter than asked for, and is not the end", ["large-peeks"], async (bench) => {
      const queue = await bench.queue();
      for (let i = 0; i < 20; i++) await bench.send(queue, message(Buffer.alloc(200_000, i)));
      const page = await bench.receiver(queue).peekMessages(20, { fromSequenceNumber: Long.ZERO });
      expect(page.length).toBeGreaterThan(0);
      expect(page.length).toBeLessThan(20);
      await bench.arrived(queue, 20);
    });

    rule("peek beyond the last number is empty", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      expect(await bench.receiver(queue).peekMessages(5, { fromSequenceNumber: Long.fromNumber(99) })).toEqual([]);
    });

    rule("peek from a number that is gone goes on with the next one that is there", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...[1, 2, 3].map((body) => message(body)));
      const receiver = bench.receiver(queue);
      for (const each of await bench.take(receiver, 2)) await receiver.completeMessage(each);
      const [next] = await receiver.peekMessages(1, { fromSequenceNumber: Long.ONE });
      expect(next?.body).toBe(3);
    });

    rule("the first message of a peek is the oldest that was enqueued", [], async (bench) => {
      const queue = await bench.queue();
      for (const body of [1, 2]) await bench.send(queue, message(body));
      const [oldest] = await bench.receiver(queue).peekMessages(1, { fromSequenceNumber: Long.ZERO });
      const all = await bench.arrived(queue, 2);
      expect(oldest?.enqueuedTimeUtc).toEqual(
        new Date(Math.min(...all.map(({ enqueuedTimeUtc }) => (enqueuedTimeUtc as Date).getTime()))),
      );
    });
  });
}
