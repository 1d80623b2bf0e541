import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import type Long from "long";
import { describe, expect } from "vitest";
import { because, type ConformanceTarget, codeOf, expectNothing, message, rulesFor, take, takeOne } from "./bench";

export function settlingRules(target: ConformanceTarget): void {
  const rule = rulesFor(target);
  describe("Settling", () => {
    rule("complete removes the message", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      await receiver.completeMessage(await takeOne(receiver));
      expect(await bench.peek(queue)).toEqual([]);
    });

    rule(
      "abandon gives it back with its delivery count raised, and sets the properties it is given",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1, { applicationProperties: { kept: "yes", changed: 1 } }));
        const receiver = bench.receiver(queue);
        await receiver.abandonMessage(await takeOne(receiver), { changed: 2, added: "new" });
        const again = await takeOne(receiver);
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
        const [, second] = await take(receiver, 2);
        await receiver.deadLetterMessage(second as ServiceBusReceivedMessage, {
          deadLetterReason: "Unreadable",
          deadLetterErrorDescription: "no such field",
          extra: true,
        });
        const [dead] = await bench.peek(queue, "deadLetter");
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

    rule(
      "dead letters stand in the order of their sequence numbers, not of their dead-lettering",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1), message(2));
        const receiver = bench.receiver(queue);
        const [first, second] = (await take(receiver, 2)) as [ServiceBusReceivedMessage, ServiceBusReceivedMessage];
        await receiver.deadLetterMessage(second);
        await receiver.deadLetterMessage(first);
        expect(await bench.bodies(queue, "deadLetter")).toEqual([1, 2]);
      },
    );

    rule(
      "a dead letter cannot be dead-lettered again, its delivery count does not rise, and it never expires",
      [],
      async (bench) => {
        const queue = await bench.queue({
          maxDeliveryCount: 2,
          lockDuration: "PT5S",
          defaultMessageTimeToLive: "PT40S",
        });
        await bench.send(queue, message(1));
        const receiver = bench.receiver(queue);
        await receiver.deadLetterMessage(await takeOne(receiver));
        const dead = bench.receiver(queue, "deadLetter");
        expect(await codeOf(dead.deadLetterMessage(await takeOne(dead)))).not.toBe("no error");
        for (let i = 0; i < 3; i++) {
          await target.passTime(6000);
          expect((await takeOne(bench.receiver(queue, "deadLetter"))).deliveryCount).toBe(0);
        }
        await target.passTime(60_000);
        expect(await bench.peek(queue, "deadLetter")).toHaveLength(1);
      },
    );

    rule("a dead letter can be completed", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      await receiver.deadLetterMessage(await takeOne(receiver));
      const dead = bench.receiver(queue, "deadLetter");
      await dead.completeMessage(await takeOne(dead));
      expect(await bench.peek(queue, "deadLetter")).toEqual([]);
    });

    rule("the last abandoned delivery dead-letters with MaxDeliveryCountExceeded", [], async (bench) => {
      const queue = await bench.queue({ maxDeliveryCount: 2 });
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      await receiver.abandonMessage(await takeOne(receiver));
      await receiver.abandonMessage(await takeOne(receiver));
      await expectNothing(receiver);
      const [dead] = await bench.peek(queue, "deadLetter");
      expect(dead?.deadLetterReason).toBe("MaxDeliveryCountExceeded");
      expect(dead?.deadLetterErrorDescription).toContain("2 delivery attempts");
      expect(dead?.deliveryCount).toBe(2);
    });

    rule("a lock that runs out counts as a delivery, also towards the maximum", [], async (bench) => {
      const queue = await bench.queue({ maxDeliveryCount: 2, lockDuration: "PT5S" });
      await bench.send(queue, message(1));
      await takeOne(bench.receiver(queue));
      await target.passTime(6000);
      expect((await takeOne(bench.receiver(queue))).deliveryCount).toBe(1);
      await target.passTime(6000);
      expect((await bench.peek(queue, "deadLetter"))[0]?.deadLetterReason).toBe("MaxDeliveryCountExceeded");
    });

    rule("settling after the lock ran out is MessageLockLost, for every settlement", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT5S" });
      await bench.send(queue, ...[1, 2, 3, 4].map((body) => message(body)));
      const receiver = bench.receiver(queue);
      const [a, b, c, d] = (await take(receiver, 4)) as [
        ServiceBusReceivedMessage,
        ServiceBusReceivedMessage,
        ServiceBusReceivedMessage,
        ServiceBusReceivedMessage,
      ];
      await target.passTime(6000);
      expect(await codeOf(receiver.completeMessage(a))).toBe("MessageLockLost");
      expect(await codeOf(receiver.abandonMessage(b))).toBe("MessageLockLost");
      expect(await codeOf(receiver.deferMessage(c))).toBe("MessageLockLost");
      expect(await codeOf(receiver.deadLetterMessage(d))).toBe("MessageLockLost");
      expect(await bench.peek(queue)).toHaveLength(4);
    });

    rule("renewing a lock keeps the message from others and returns the new time", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT10S" });
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      const locked = await takeOne(receiver);
      const before = (locked.lockedUntilUtc as Date).getTime();
      await target.passTime(6000);
      const until = await receiver.renewMessageLock(locked);
      expect(until.getTime()).toBeGreaterThan(before);
      await target.passTime(6000);
      await receiver.completeMessage(locked);
      expect(await bench.peek(queue)).toEqual([]);
    });

    rule("renewing a lock that ran out is MessageLockLost", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT5S" });
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      const locked = await takeOne(receiver);
      await target.passTime(6000);
      expect(await codeOf(receiver.renewMessageLock(locked))).toBe("MessageLockLost");
    });

    // Completes and dead-letterings are not mixed in one turn: the client's AMQP library would send two neighbours with
    // different outcomes as one frame with the outcome of the first.
    rule("two hundred settlements at once on one link all take effect", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, ...Array.from({ length: 200 }, (_, i) => message(i)));
      const receiver = bench.receiver(queue);
      const received = await take(receiver, 200);
      await Promise.all(received.slice(0, 100).map((each) => receiver.completeMessage(each)));
      await Promise.all(received.slice(100).map((each) => receiver.deadLetterMessage(each, because("odd"))));
      expect(await bench.peek(queue)).toEqual([]);
      expect(await bench.peek(queue, "deadLetter")).toHaveLength(100);
    });

    rule("2,048 messages can be held unsettled on one receiver, and settled", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT5M" });
      for (let i = 0; i < 4; i++)
        await bench.send(queue, ...Array.from({ length: 512 }, (_, n) => message(i * 512 + n)));
      const receiver = bench.receiver(queue);
      const received = await take(receiver, 2047);
      await Promise.all(received.map((each) => receiver.completeMessage(each)));
      expect(await bench.peek(queue)).toHaveLength(1);
    });
  });

  describe("Deferral", () => {
    rule("a deferred message is received by its number only, and can then be settled", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1), message(2));
      const receiver = bench.receiver(queue);
      const first = await takeOne(receiver);
      await receiver.deferMessage(first, { why: "later" });
      expect((await takeOne(receiver)).body).toBe(2);
      await expectNothing(receiver);
      const [deferred] = await receiver.receiveDeferredMessages(first.sequenceNumber as Long);
      expect(deferred).toMatchObject({ body: 1, state: "deferred", applicationProperties: { why: "later" } });
      await receiver.completeMessage(deferred as ServiceBusReceivedMessage);
      expect(await bench.bodies(queue)).toEqual([2]);
    });

    rule("an abandoned deferred message stays deferred; a dead-lettered one moves", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      const first = await takeOne(receiver);
      const number = first.sequenceNumber as Long;
      await receiver.deferMessage(first);
      await receiver.abandonMessage((await receiver.receiveDeferredMessages(number))[0] as ServiceBusReceivedMessage);
      await expectNothing(receiver);
      const [again] = (await receiver.receiveDeferredMessages(number)) as [ServiceBusReceivedMessage];
      expect(again.deliveryCount).toBe(1);
      await receiver.deadLetterMessage(again, because("done"));
      expect((await bench.peek(queue, "deadLetter"))[0]).toMatchObject({ deadLetterReason: "done", state: "active" });
    });

    rule("receiving an active message by its number is MessageNotFound", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      const [active] = await bench.peek(queue);
      expect(await codeOf(bench.receiver(queue).receiveDeferredMessages(active?.sequenceNumber as Long))).toBe(
        "MessageNotFound",
      );
    });

    rule("a deferred message can be received and deleted", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      const first = await takeOne(receiver);
      await receiver.deferMessage(first);
      const deleting = bench.client.createReceiver(queue, { receiveMode: "receiveAndDelete" });
      expect((await deleting.receiveDeferredMessages(first.sequenceNumber as Long)).map(({ body }) => body)).toEqual([
        1,
      ]);
      expect(await bench.peek(queue)).toEqual([]);
    });
  });

  describe("Time to live", () => {
    rule("an expired message is dropped where expiry does not dead-letter", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1, { timeToLive: 2000 }), message(2));
      await target.passTime(3000);
      expect((await takeOne(bench.receiver(queue))).body).toBe(2);
      expect(await bench.peek(queue, "deadLetter")).toEqual([]);
    });

    rule("an expired message is dead-lettered with TTLExpiredException where expiry does", [], async (bench) => {
      const queue = await bench.queue({ deadLetteringOnMessageExpiration: true });
      await bench.send(queue, message(1, { timeToLive: 2000 }));
      await target.passTime(3000);
      await expectNothing(bench.receiver(queue));
      expect((await bench.peek(queue, "deadLetter"))[0]).toMatchObject({
        body: 1,
        deadLetterReason: "TTLExpiredException",
      });
    });

    rule("the entity's time to live is an upper bound of the message's", [], async (bench) => {
      const queue = await bench.queue({ defaultMessageTimeToLive: "PT3S", deadLetteringOnMessageExpiration: true });
      await bench.send(queue, message(1, { timeToLive: 3_600_000 }), message(2));
      await target.passTime(4000);
      await expectNothing(bench.receiver(queue));
      expect(await bench.peek(queue, "deadLetter")).toHaveLength(2);
    });

    rule("a locked message can be completed after its time to live", [], async (bench) => {
      const queue = await bench.queue({ deadLetteringOnMessageExpiration: true, lockDuration: "PT1M" });
      await bench.send(queue, message(1, { timeToLive: 3000 }));
      const receiver = bench.receiver(queue);
      const locked = await takeOne(receiver);
      await target.passTime(5000);
      await receiver.completeMessage(locked);
      expect(await bench.peek(queue, "deadLetter")).toEqual([]);
    });

    rule("a locked message given back after its time to live expires at once", [], async (bench) => {
      const queue = await bench.queue({ deadLetteringOnMessageExpiration: true, lockDuration: "PT1M" });
      await bench.send(queue, message(1, { timeToLive: 3000 }));
      const receiver = bench.receiver(queue);
      const locked = await takeOne(receiver);
      await target.passTime(5000);
      await receiver.abandonMessage(locked);
      expect((await bench.peek(queue, "deadLetter"))[0]?.deadLetterReason).toBe("TTLExpiredException");
    });
  });
}
