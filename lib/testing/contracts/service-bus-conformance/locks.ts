import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import { describe, expect } from "vitest";
import { codeOf, message } from "./expectations";
import type { RuleBook } from "./rule-book";

type Four = [
  ServiceBusReceivedMessage,
  ServiceBusReceivedMessage,
  ServiceBusReceivedMessage,
  ServiceBusReceivedMessage,
];

export function lockRules({ rule, target }: RuleBook): void {
  describe("Locks", () => {
    rule("a lock that runs out counts as a delivery, also towards the maximum", [], async (bench) => {
      const queue = await bench.queue({ maxDeliveryCount: 2, lockDuration: "PT5S" });
      await bench.send(queue, message(1));
      await bench.takeOne(bench.receiver(queue));
      await target.passTime(6000);
      expect((await bench.takeOne(bench.receiver(queue))).deliveryCount).toBe(1);
      await target.passTime(6000);
      expect((await bench.arrived(queue, 1, "deadLetter"))[0]?.deadLetterReason).toBe("MaxDeliveryCountExceeded");
    });

    rule("settling after the lock ran out is MessageLockLost, for every settlement", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT5S" });
      await bench.send(queue, ...[1, 2, 3, 4].map((body) => message(body)));
      const receiver = bench.receiver(queue);
      const [a, b, c, d] = (await bench.take(receiver, 4)) as Four;
      await target.passTime(6000);
      expect(await codeOf(receiver.completeMessage(a))).toBe("MessageLockLost");
      expect(await codeOf(receiver.abandonMessage(b))).toBe("MessageLockLost");
      expect(await codeOf(receiver.deferMessage(c))).toBe("MessageLockLost");
      expect(await codeOf(receiver.deadLetterMessage(d))).toBe("MessageLockLost");
      await bench.arrived(queue, 4);
    });

    rule(
      "settling through $management after the lock ran out is MessageLockLost, for every settlement",
      [],
      async (bench) => {
        const queue = await bench.queue({ lockDuration: "PT5S" });
        await bench.send(queue, ...[1, 2, 3, 4].map((body) => message(body)));
        const closed = bench.receiver(queue);
        const [a, b, c, d] = (await bench.take(closed, 4)) as Four;
        await closed.close();
        await target.passTime(6000);
        const receiver = bench.receiver(queue);
        expect(await codeOf(receiver.completeMessage(a))).toBe("MessageLockLost");
        expect(await codeOf(receiver.abandonMessage(b))).toBe("MessageLockLost");
        expect(await codeOf(receiver.deferMessage(c))).toBe("MessageLockLost");
        expect(await codeOf(receiver.deadLetterMessage(d))).toBe("MessageLockLost");
        await bench.arrived(queue, 4);
      },
    );

    rule("a lock that ran out is lost also when the message was locked anew by another", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT5S" });
      await bench.send(queue, message(1));
      const first = bench.receiver(queue);
      const stale = await bench.takeOne(first);
      await target.passTime(6000);
      const second = bench.receiver(queue);
      const held = await bench.takeOne(second);
      expect(await codeOf(first.completeMessage(stale))).toBe("MessageLockLost");
      await second.completeMessage(held);
      await bench.empty(queue);
    });

    rule("renewing a lock keeps the message from others and returns the new time", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT10S" });
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      const locked = await bench.takeOne(receiver);
      const before = (locked.lockedUntilUtc as Date).getTime();
      await target.passTime(6000);
      const until = await receiver.renewMessageLock(locked);
      expect(until.getTime()).toBeGreaterThan(before);
      await target.passTime(6000);
      await bench.nothing(bench.receiver(queue));
      await receiver.completeMessage(locked);
      await bench.empty(queue);
    });

    rule("a lock can be renewed again and again, far beyond its duration", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT10S", maxDeliveryCount: 1 });
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      const locked = await bench.takeOne(receiver);
      for (let i = 0; i < 4; i++) {
        await target.passTime(7000);
        await receiver.renewMessageLock(locked);
      }
      await receiver.completeMessage(locked);
      await bench.empty(queue, "deadLetter");
    });

    rule("renewing a lock that ran out is MessageLockLost", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT5S" });
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      const locked = await bench.takeOne(receiver);
      await target.passTime(6000);
      expect(await codeOf(receiver.renewMessageLock(locked))).toBe("MessageLockLost");
    });

    rule("locks outlive the receiver that was closed, and end at their time", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT10S" });
      await bench.send(queue, message(1));
      const receiver = bench.receiver(queue);
      await bench.takeOne(receiver);
      await receiver.close();
      await bench.nothing(bench.receiver(queue));
      await target.passTime(11_000);
      expect((await bench.takeOne(bench.receiver(queue))).deliveryCount).toBe(1);
    });

    rule(
      "a window of locked dead letters is kept over closed receivers, so that the next link reads on behind it",
      [],
      async (bench) => {
        const queue = await bench.queue({ lockDuration: "PT1M" });
        await bench.send(queue, ...[1, 2, 3, 4].map((body) => message(body)));
        const receiver = bench.receiver(queue);
        for (const each of await bench.take(receiver, 4)) await receiver.deadLetterMessage(each);
        const first = bench.receiver(queue, "deadLetter");
        const window = await bench.take(first, 2);
        await first.close();
        const second = bench.receiver(queue, "deadLetter");
        expect((await bench.take(second, 2)).map(({ body }) => body)).toEqual([3, 4]);
        await second.completeMessage(window[0] as ServiceBusReceivedMessage);
        await target.passTime(61_000);
        await bench.bodies(queue, [2, 3, 4], "deadLetter");
      },
    );

    rule("locks outlive the connection they were taken on", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT10S" });
      await bench.send(queue, message(1));
      const other = bench.newClient();
      await bench.takeOne(other.createReceiver(queue, { maxAutoLockRenewalDurationInMs: 0 }));
      await other.close();
      await bench.nothing(bench.receiver(queue));
      await target.passTime(11_000);
      await bench.takeOne(bench.receiver(queue));
    });

    rule("an entity that vanishes closes the links to it, and is not found from then on", [], async (bench) => {
      const queue = await bench.queue();
      const receiver = bench.receiver(queue);
      await bench.nothing(receiver);
      const waiting = codeOf(receiver.receiveMessages(1, { maxWaitTimeInMs: 5000 }));
      await target.administration.deleteQueue(queue);
      expect(await waiting).toBe("MessagingEntityNotFound");
      expect(await codeOf(bench.open(bench.receiver(queue)))).toBe("MessagingEntityNotFound");
      expect(await codeOf(bench.send(queue, message(1)))).toBe("MessagingEntityNotFound");
    });
  });
}
