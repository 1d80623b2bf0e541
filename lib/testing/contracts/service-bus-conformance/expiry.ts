import type { ServiceBusMessage } from "@azure/service-bus";
import { describe, expect } from "vitest";
import { message } from "./expectations";
import type { RuleBook } from "./rule-book";

/** A message whose properties carry an absolute expiry, which the client library writes for annotated messages only. */
function expiringAt(body: string, time: number): ServiceBusMessage {
  return {
    bodyType: "value",
    body,
    properties: { messageId: `absolute-${body}`, absoluteExpiryTime: time },
  } as unknown as ServiceBusMessage;
}

export function expiryRules({ rule, target }: RuleBook): void {
  describe("Time to live", () => {
    rule("an expired message is dropped where expiry does not dead-letter", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1, { timeToLive: 2000 }), message(2));
      await target.passTime(3000);
      expect((await bench.takeOne(bench.receiver(queue))).body).toBe(2);
      await bench.arrived(queue, 1);
      await bench.empty(queue, "deadLetter");
    });

    rule(
      "an expired message is dead-lettered with TTLExpiredException where expiry does, its number and time kept",
      [],
      async (bench) => {
        const queue = await bench.queue({ deadLetteringOnMessageExpiration: true });
        await bench.send(queue, message(1, { timeToLive: 2000 }));
        const [sent] = await bench.arrived(queue, 1);
        await target.passTime(3000);
        await bench.nothing(bench.receiver(queue));
        const [dead] = await bench.arrived(queue, 1, "deadLetter");
        expect(dead).toMatchObject({ body: 1, deadLetterReason: "TTLExpiredException", deliveryCount: 0 });
        expect(String(dead?.sequenceNumber)).toBe("1");
        expect(dead?.enqueuedTimeUtc).toEqual(sent?.enqueuedTimeUtc);
      },
    );

    rule("the entity's time to live is an upper bound of the message's", [], async (bench) => {
      const queue = await bench.queue({ defaultMessageTimeToLive: "PT3S", deadLetteringOnMessageExpiration: true });
      await bench.send(queue, message(1, { timeToLive: 3_600_000 }), message(2));
      await target.passTime(4000);
      await bench.nothing(bench.receiver(queue));
      await bench.arrived(queue, 2, "deadLetter");
    });

    rule("a message says when it expires", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1, { timeToLive: 60_000 }));
      const [sent] = await bench.arrived(queue, 1);
      expect(sent?.timeToLive).toBe(60_000);
      expect((sent?.expiresAtUtc as Date).getTime()).toBe((sent?.enqueuedTimeUtc as Date).getTime() + 60_000);
    });

    rule("a locked message can be completed after its time to live", [], async (bench) => {
      const queue = await bench.queue({ deadLetteringOnMessageExpiration: true, lockDuration: "PT1M" });
      await bench.send(queue, message(1, { timeToLive: 3000 }));
      const receiver = bench.receiver(queue);
      const locked = await bench.takeOne(receiver);
      await target.passTime(5000);
      await receiver.completeMessage(locked);
      await bench.empty(queue);
      await bench.empty(queue, "deadLetter");
    });

    rule("a locked message given back after its time to live expires", [], async (bench) => {
      const queue = await bench.queue({ deadLetteringOnMessageExpiration: true, lockDuration: "PT1M" });
      await bench.send(queue, message(1, { timeToLive: 3000 }));
      const receiver = bench.receiver(queue);
      const locked = await bench.takeOne(receiver);
      await target.passTime(5000);
      await receiver.abandonMessage(locked);
      expect((await bench.arrived(queue, 1, "deadLetter"))[0]?.deadLetterReason).toBe("TTLExpiredException");
    });

    rule("the time to live of a scheduled message begins when it becomes active", [], async (bench) => {
      const queue = await bench.queue({ deadLetteringOnMessageExpiration: true });
      const sender = bench.client.createSender(queue);
      await sender.scheduleMessages(message(1, { timeToLive: 10_000 }), new Date(target.now() + 20_000));
      await target.passTime(21_000);
      expect((await bench.takeOne(bench.receiver(queue))).body).toBe(1);
    });

    rule(
      "a message whose absolute expiry has passed dies on arrival; one that has not is delivered",
      [],
      async (bench) => {
        const queue = await bench.queue({ deadLetteringOnMessageExpiration: true });
        await bench.send(queue, expiringAt("dead", target.now() - 60_000));
        await bench.send(queue, expiringAt("alive", target.now() + 3_600_000));
        expect((await bench.takeOne(bench.receiver(queue))).body).toBe("alive");
        expect((await bench.arrived(queue, 1, "deadLetter"))[0]).toMatchObject({
          body: "dead",
          deadLetterReason: "TTLExpiredException",
        });
      },
    );

    rule("the shortest time to live of message, topic and subscription counts", ["topics"], async (bench) => {
      const topic = await bench.topic({ defaultMessageTimeToLive: "PT5S" });
      const subscription = await bench.subscription(topic, {
        deadLetteringOnMessageExpiration: true,
        defaultMessageTimeToLive: "PT1H",
      });
      await bench.send(topic, message(1));
      await target.passTime(6000);
      const [dead] = await bench.arrived(`${topic}|${subscription}`, 1, "deadLetter");
      expect(dead?.deadLetterReason).toBe("TTLExpiredException");
    });
  });
}
