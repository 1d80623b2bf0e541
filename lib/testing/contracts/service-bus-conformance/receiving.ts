import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import Long from "long";
import { describe, expect } from "vitest";
import {
  type ConformanceTarget,
  codeOf,
  expectNothing,
  message,
  newClient,
  rulesFor,
  sequenceNumbers,
  take,
  takeOne,
} from "./bench";

export function receivingRules(target: ConformanceTarget): void {
  const rule = rulesFor(target);
  describe("Receiving", () => {
    rule("peek-lock: a message is handed to one receiver until its lock ends", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      await takeOne(bench.receiver(queue));
      await expectNothing(bench.receiver(queue));
    });

    rule("receive-and-delete: what was handed over is gone", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1), message(2));
      const receiver = bench.client.createReceiver(queue, { receiveMode: "receiveAndDelete" });
      expect((await take(receiver, 2)).map(({ body }) => body)).toEqual([1, 2]);
      expect(await bench.peek(queue)).toEqual([]);
    });

    rule(
      "a receive that finds fewer than it asked for returns what there is, and the rest can be had later",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1), message(2));
        const receiver = bench.receiver(queue);
        const first = await receiver.receiveMessages(10, { maxWaitTimeInMs: 300 });
        expect(first.map(({ body }) => body)).toEqual([1, 2]);
        await bench.send(queue, message(3));
        expect((await takeOne(receiver)).body).toBe(3);
      },
    );

    rule("a receive on an empty queue returns nothing and leaves no credit behind", [], async (bench) => {
      const queue = await bench.queue();
      const idle = bench.receiver(queue);
      await expectNothing(idle);
      await bench.send(queue, message(1));
      expect((await takeOne(bench.receiver(queue))).body).toBe(1);
    });

    rule("a receiver that waits gets a message as soon as it is sent", [], async (bench) => {
      const queue = await bench.queue();
      const waiting = takeOne(bench.receiver(queue));
      await bench.send(queue, message("now"));
      expect((await waiting).body).toBe("now");
    });

    rule(
      "messages come in the order of their sequence numbers; an abandoned one comes again first",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, ...[1, 2, 3].map((body) => message(body)));
        const receiver = bench.receiver(queue);
        const first = await takeOne(receiver);
        await receiver.abandonMessage(first);
        expect((await take(receiver, 3)).map(({ body }) => body)).toEqual([1, 2, 3]);
      },
    );

    rule("500 messages are received and completed in parallel", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...Array.from({ length: 500 }, (_, i) => message(i)));
      const receiver = bench.receiver(queue);
      const received = await take(receiver, 500);
      await Promise.all(received.map((each) => receiver.completeMessage(each)));
      expect(await bench.peek(queue)).toEqual([]);
    });

    rule("a topic cannot be received from", [], async (bench) => {
      const topic = await bench.topic();
      expect(await codeOf(bench.receiver(topic).receiveMessages(1, { maxWaitTimeInMs: 500 }))).toBe(
        "MessagingEntityNotFound",
      );
    });

    rule(
      "an entity that does not exist is MessagingEntityNotFound, to receive, to peek and in its sub-queue",
      [],
      async (bench) => {
        const missing = bench.name();
        expect(await codeOf(bench.receiver(missing).receiveMessages(1, { maxWaitTimeInMs: 500 }))).toBe(
          "MessagingEntityNotFound",
        );
        expect(await codeOf(bench.receiver(missing).peekMessages(1))).toBe("MessagingEntityNotFound");
        expect(await codeOf(bench.receiver(missing, "deadLetter").receiveMessages(1, { maxWaitTimeInMs: 500 }))).toBe(
          "MessagingEntityNotFound",
        );
      },
    );

    rule("entity names are compared without regard to case", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue.toUpperCase(), message(1));
      expect((await takeOne(bench.receiver(queue))).body).toBe(1);
    });
  });

  describe("Peeking", () => {
    rule("peek returns messages from a sequence number on, in order, and locks none", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...[1, 2, 3, 4].map((body) => message(body)));
      const receiver = bench.receiver(queue);
      expect(sequenceNumbers(await receiver.peekMessages(2, { fromSequenceNumber: Long.fromNumber(2) }))).toEqual([
        "2",
        "3",
      ]);
      expect((await take(receiver, 4)).map(({ deliveryCount }) => deliveryCount)).toEqual([0, 0, 0, 0]);
    });

    rule("peek goes on where it stopped when no number is given", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...[1, 2, 3].map((body) => message(body)));
      const receiver = bench.receiver(queue);
      expect((await receiver.peekMessages(2)).map(({ body }) => body)).toEqual([1, 2]);
      expect((await receiver.peekMessages(2)).map(({ body }) => body)).toEqual([3]);
      expect(await receiver.peekMessages(2)).toEqual([]);
    });

    rule("peek returns locked and deferred messages too, and says their state", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...[1, 2, 3].map((body) => message(body)));
      const receiver = bench.receiver(queue);
      const [first] = await take(receiver, 2);
      await receiver.deferMessage(first as ServiceBusReceivedMessage);
      expect((await bench.peek(queue)).map(({ body, state }) => [body, state])).toEqual([
        [1, "deferred"],
        [2, "active"],
        [3, "active"],
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
        expect(await bench.bodies(queue)).toEqual(Array.from({ length: 600 }, (_, i) => i));
      },
    );

    rule("a page of large messages is shorter than asked for, and is not the end", ["large-peeks"], async (bench) => {
      const queue = await bench.queue();
      for (let i = 0; i < 20; i++) await bench.send(queue, message(Buffer.alloc(200_000, i)));
      const page = await bench.receiver(queue).peekMessages(20, { fromSequenceNumber: Long.ZERO });
      expect(page.length).toBeGreaterThan(0);
      expect(page.length).toBeLessThan(20);
      expect(await bench.peek(queue)).toHaveLength(20);
    });

    rule("peek beyond the last number is empty", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      expect(await bench.receiver(queue).peekMessages(5, { fromSequenceNumber: Long.fromNumber(99) })).toEqual([]);
    });
  });

  describe("Links", () => {
    rule("locks outlive the link they were taken on, and end at their time", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT10S" });
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      await takeOne(receiver);
      await receiver.close();
      await expectNothing(bench.receiver(queue));
      await target.passTime(11_000);
      expect((await takeOne(bench.receiver(queue))).deliveryCount).toBe(1);
    });

    rule("locks outlive the connection they were taken on", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT10S" });
      await bench.send(queue, message(1));
      const other = newClient(target);
      await takeOne(other.createReceiver(queue, { maxAutoLockRenewalDurationInMs: 0 }));
      await other.close();
      await expectNothing(bench.receiver(queue));
      await target.passTime(11_000);
      await takeOne(bench.receiver(queue));
    });

    rule("an entity that vanishes closes the links to it, and is not found from then on", [], async (bench) => {
      const queue = await bench.queue();
      const receiver = bench.receiver(queue);
      await expectNothing(receiver);
      await target.administration.deleteQueue(queue);
      expect(await codeOf(receiver.receiveMessages(1, { maxWaitTimeInMs: 2000 }))).toBe("MessagingEntityNotFound");
    });
  });
}
