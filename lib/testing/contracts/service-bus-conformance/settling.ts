import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import { describe, expect } from "vitest";
import { because, message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function settlingRules({ rule }: RuleBook): void {
  describe("Settling", () => {
    rule("complete removes the message", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      await receiver.completeMessage(await bench.takeOne(receiver));
      await bench.empty(queue);
    });

    rule(
      "abandon gives it back with its delivery count raised, and sets the properties it is given",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1, { applicationProperties: { kept: "yes", changed: 1 } }));
        const receiver = bench.receiver(queue);
        await receiver.abandonMessage(await bench.takeOne(receiver), { changed: 2, added: "new" });
        const again = await bench.takeOne(receiver);
        expect(again.deliveryCount).toBe(1);
        expect(again.applicationProperties).toEqual({ kept: "yes", changed: 2, added: "new" });
      },
    );

    rule(
      "dead-letter moves it, with reason, description and properties, and it keeps its sequence number",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message("first"), message("second", { applicationProperties: { kept: 1 } }));
        const receiver = bench.receiver(queue);
        const [, second] = await bench.take(receiver, 2);
        await receiver.deadLetterMessage(second as ServiceBusReceivedMessage, {
          deadLetterReason: "Unreadable",
          deadLetterErrorDescription: "no such field",
          extra: true,
        });
        const [dead] = await bench.arrived(queue, 1, "deadLetter");
        expect(dead).toMatchObject({
          body: "second",
          deadLetterReason: "Unreadable",
          deadLetterErrorDescription: "no such field",
          applicationProperties: {
            kept: 1,
            extra: true,
            DeadLetterReason: "Unreadable",
            DeadLetterErrorDescription: "no such field",
          },
        });
        expect(dead?.sequenceNumber?.toString()).toBe("2");
        expect(dead?.enqueuedTimeUtc).toEqual(second?.enqueuedTimeUtc);
        expect(dead?.deadLetterSource).toBeUndefined();
      },
    );

    rule("dead-letter without a reason moves it without one", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      await receiver.deadLetterMessage(await bench.takeOne(receiver));
      const [dead] = await bench.arrived(queue, 1, "deadLetter");
      expect(dead?.body).toBe(1);
      expect(dead?.deadLetterReason).toBeUndefined();
    });

    // Completes and dead-letterings are not mixed in one turn: the client's AMQP library would send two neighbours with
    // different outcomes as one frame with the outcome of the first.
    rule("two hundred settlements at once on one link all take effect", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...Array.from({ length: 200 }, (_, i) => message(i)));
      const receiver = bench.receiver(queue);
      const received = await bench.take(receiver, 200);
      await Promise.all(received.slice(0, 100).map((each) => receiver.completeMessage(each)));
      await Promise.all(received.slice(100).map((each) => receiver.deadLetterMessage(each, because("odd"))));
      await bench.empty(queue);
      await bench.arrived(queue, 100, "deadLetter");
    });

    rule(
      "2,048 messages can be held unsettled on one receiver; a receive beyond them returns nothing, and locks nothing",
      [],
      async (bench) => {
        const queue = await bench.queue({ lockDuration: "PT5M" });
        for (let i = 0; i < 5; i++)
          await bench.send(queue, ...Array.from({ length: 420 }, (_, n) => message(i * 420 + n)));
        const receiver = bench.receiver(queue);
        const held = await bench.take(receiver, 2048);
        await bench.nothing(receiver);
        await Promise.all(held.map((each) => receiver.completeMessage(each)));
        await bench.take(receiver, 52);
      },
    );
  });

  describe("Settling through $management", () => {
    /** A message whose receiver has been closed, and another receiver, which settles it by its lock token. */
    const orphan = async (bench: Parameters<Parameters<typeof rule>[2]>[0], body: unknown) => {
      const queue = await bench.queue();
      await bench.send(queue, message(body));
      const closed = bench.receiver(queue);
      const held = await bench.takeOne(closed);
      await closed.close();
      return { queue, held, receiver: bench.receiver(queue) };
    };

    rule("a message whose receiver is gone can be completed", [], async (bench) => {
      const { queue, held, receiver } = await orphan(bench, 1);
      await receiver.completeMessage(held);
      await bench.empty(queue);
      await bench.empty(queue, "deadLetter");
    });

    rule("a message whose receiver is gone can be abandoned, with properties", [], async (bench) => {
      const { held, receiver } = await orphan(bench, 1);
      await receiver.abandonMessage(held, { why: "again" });
      expect(await bench.takeOne(receiver)).toMatchObject({
        deliveryCount: 1,
        applicationProperties: { why: "again" },
      });
    });

    rule("a message whose receiver is gone can be deferred, with properties", [], async (bench) => {
      const { queue, held, receiver } = await orphan(bench, 1);
      await receiver.deferMessage(held, { why: "later" });
      expect((await bench.arrived(queue, 1))[0]).toMatchObject({
        state: "deferred",
        applicationProperties: { why: "later" },
      });
      expect(await receiver.receiveDeferredMessages(held.sequenceNumber as never)).toHaveLength(1);
    });

    rule(
      "a message whose receiver is gone can be dead-lettered, with reason, description and properties",
      [],
      async (bench) => {
        const { queue, held, receiver } = await orphan(bench, 1);
        await receiver.deadLetterMessage(held, {
          deadLetterReason: "orphaned",
          deadLetterErrorDescription: "its receiver went",
          extra: 5,
        });
        expect((await bench.arrived(queue, 1, "deadLetter"))[0]).toMatchObject({
          deadLetterReason: "orphaned",
          deadLetterErrorDescription: "its receiver went",
          applicationProperties: { extra: 5 },
        });
      },
    );

    rule("a lock is renewed when its receiver is gone", [], async (bench) => {
      const { held, receiver } = await orphan(bench, 1);
      const before = (held.lockedUntilUtc as Date).getTime();
      await bench.target.passTime(5000);
      expect((await receiver.renewMessageLock(held)).getTime()).toBeGreaterThan(before);
    });
  });
}
