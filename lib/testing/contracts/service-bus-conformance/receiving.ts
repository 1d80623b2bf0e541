import { describe, expect } from "vitest";
import { codeOf, message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function receivingRules({ rule, target }: RuleBook): void {
  describe("Receiving", () => {
    rule("peek-lock: a message is handed to one receiver until its lock ends", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      await bench.takeOne(bench.receiver(queue));
      await bench.nothing(bench.receiver(queue));
    });

    rule(
      "a received message has a lock token and the time that its lock ends, a minute unless set otherwise",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1));
        const before = target.now();
        const received = await bench.takeOne(bench.receiver(queue));
        expect(received.lockToken).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        const lockedFor = (received.lockedUntilUtc as Date).getTime() - before;
        expect(lockedFor).toBeGreaterThan(55_000);
        expect(lockedFor).toBeLessThan(70_000);
      },
    );

    rule("receive-and-delete: what was handed over is gone, and carries no lock", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1), message(2));
      const receiver = bench.client.createReceiver(queue, { receiveMode: "receiveAndDelete" });
      const received = await bench.take(receiver, 2);
      expect(received.map(({ body, lockToken }) => [body, lockToken])).toEqual([
        [1, undefined],
        [2, undefined],
      ]);
      await bench.empty(queue);
    });

    rule(
      "a receive that finds fewer than it asked for returns what there is, and the rest can be had later",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1), message(2));
        const receiver = bench.receiver(queue);
        const first = await receiver.receiveMessages(10, { maxWaitTimeInMs: target.nothingMs });
        expect(first.map(({ body }) => body)).toEqual([1, 2]);
        await bench.send(queue, message(3));
        expect((await bench.takeOne(receiver)).body).toBe(3);
      },
    );

    rule("a receive on an empty queue returns nothing and leaves no credit behind", [], async (bench) => {
      const queue = await bench.queue();
      const idle = bench.receiver(queue);
      await bench.nothing(idle);
      await bench.send(queue, message(1));
      expect((await bench.takeOne(bench.receiver(queue))).body).toBe(1);
    });

    rule("a receiver that waits gets a message as soon as it is sent", [], async (bench) => {
      const queue = await bench.queue();
      const waiting = bench.takeOne(bench.receiver(queue));
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
        await receiver.abandonMessage(await bench.takeOne(receiver));
        expect((await bench.take(receiver, 3)).map(({ body }) => body)).toEqual([1, 2, 3]);
      },
    );

    rule("two receivers of one queue share its messages, each to one of them", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...Array.from({ length: 20 }, (_, i) => message(i)));
      const [one, two] = [bench.receiver(queue), bench.receiver(queue)];
      const received = [...(await bench.take(one, 10)), ...(await bench.take(two, 10))];
      expect(received.map(({ body }) => body as number).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, i) => i),
      );
    });

    rule("500 messages are received and completed in parallel", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...Array.from({ length: 500 }, (_, i) => message(i)));
      const receiver = bench.receiver(queue);
      const received = await bench.take(receiver, 500);
      await Promise.all(received.map((each) => receiver.completeMessage(each)));
      await bench.empty(queue);
    });

    rule("an iterator hands out messages one by one", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1), message(2));
      const receiver = bench.receiver(queue);
      const bodies: unknown[] = [];
      for await (const each of receiver.getMessageIterator()) {
        bodies.push(each.body);
        await receiver.completeMessage(each);
        if (bodies.length === 2) break;
      }
      expect(bodies).toEqual([1, 2]);
      await bench.empty(queue);
    });

    rule("a topic cannot be received from: MessagingEntityNotFound", ["topics"], async (bench) => {
      const topic = await bench.topic();
      expect(await codeOf(bench.open(bench.receiver(topic)))).toBe("MessagingEntityNotFound");
    });

    rule(
      "an entity that does not exist is MessagingEntityNotFound, to receive, to peek and in its sub-queue",
      [],
      async (bench) => {
        const missing = bench.name();
        expect(await codeOf(bench.open(bench.receiver(missing)))).toBe("MessagingEntityNotFound");
        expect(await codeOf(bench.receiver(missing).peekMessages(1))).toBe("MessagingEntityNotFound");
        expect(await codeOf(bench.open(bench.receiver(missing, "deadLetter")))).toBe("MessagingEntityNotFound");
        expect(await codeOf(bench.open(bench.receiver(`${missing}|none`)))).toBe("MessagingEntityNotFound");
      },
    );

    rule("entity names are compared without regard to case", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue.toUpperCase(), message(1));
      expect((await bench.takeOne(bench.receiver(queue))).body).toBe(1);
    });
  });
}
