import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import Long from "long";
import { describe, expect } from "vitest";
import type { Bench } from "./bench";
import { because, codeOf, message } from "./expectations";
import type { RuleBook } from "./rule-book";

async function deferOne(bench: Bench, queue: string) {
  await bench.send(queue, message(1));
  const receiver = bench.receiver(queue);
  const first = await bench.takeOne(receiver);
  await receiver.deferMessage(first);
  const number = first.sequenceNumber as Long;
  const again = async () => (await receiver.receiveDeferredMessages(number))[0] as ServiceBusReceivedMessage;
  return { receiver, number, again };
}

export function deferralRules({ rule, target }: RuleBook): void {
  describe("Deferral", () => {
    rule("a deferred message is received by its number only, and can then be settled", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1), message(2));
      const receiver = bench.receiver(queue);
      const first = await bench.takeOne(receiver);
      await receiver.deferMessage(first, { why: "later" });
      expect((await bench.takeOne(receiver)).body).toBe(2);
      await bench.nothing(receiver);
      const [deferred] = await receiver.receiveDeferredMessages(first.sequenceNumber as Long);
      expect(deferred).toMatchObject({ body: 1, state: "deferred", applicationProperties: { why: "later" } });
      await receiver.completeMessage(deferred as ServiceBusReceivedMessage);
      await bench.bodies(queue, [2]);
    });

    rule("an abandoned deferred message stays deferred, with its count raised", [], async (bench) => {
      const queue = await bench.queue();
      const { receiver, again } = await deferOne(bench, queue);
      await receiver.abandonMessage(await again());
      await bench.nothing(receiver);
      expect(await again()).toMatchObject({ state: "deferred", deliveryCount: 1 });
    });

    rule("a deferred message can be deferred again, with properties", [], async (bench) => {
      const queue = await bench.queue();
      const { receiver, again } = await deferOne(bench, queue);
      await receiver.deferMessage(await again(), { round: 2 });
      expect(await again()).toMatchObject({ state: "deferred", applicationProperties: { round: 2 } });
    });

    rule("a deferred message that is dead-lettered moves, and is active there", [], async (bench) => {
      const queue = await bench.queue();
      const { receiver, again } = await deferOne(bench, queue);
      await receiver.deadLetterMessage(await again(), because("done"));
      expect((await bench.arrived(queue, 1, "deadLetter"))[0]).toMatchObject({
        deadLetterReason: "done",
        state: "active",
      });
      await bench.empty(queue);
    });

    rule(
      "a deferred message that is received is locked: nobody else gets it until the lock ends",
      [],
      async (bench) => {
        const queue = await bench.queue({ lockDuration: "PT10S" });
        const { again, number } = await deferOne(bench, queue);
        await again();
        expect(await codeOf(bench.receiver(queue).receiveDeferredMessages(number))).toBe("MessageNotFound");
        await target.passTime(11_000);
        await again();
      },
    );

    rule("the lock of a deferred message can be renewed", [], async (bench) => {
      const queue = await bench.queue({ lockDuration: "PT10S" });
      const { receiver, again } = await deferOne(bench, queue);
      const held = await again();
      await target.passTime(6000);
      await receiver.renewMessageLock(held);
      await target.passTime(6000);
      await receiver.completeMessage(held);
      await bench.empty(queue);
    });

    rule("several deferred messages are received by one call", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1), message(2), message(3));
      const receiver = bench.receiver(queue);
      const received = await bench.take(receiver, 3);
      for (const each of received) await receiver.deferMessage(each);
      const numbers = received.map(({ sequenceNumber }) => sequenceNumber as Long);
      const deferred = await receiver.receiveDeferredMessages(numbers);
      expect(deferred.map(({ body }) => body)).toEqual([1, 2, 3]);
    });

    rule(
      "receiving a message by its number is MessageNotFound when it is active, or gone, or was never there",
      [],
      async (bench) => {
        const queue = await bench.queue();
        const { receiver, again, number } = await deferOne(bench, queue);
        await receiver.completeMessage(await again());
        await bench.send(queue, message(2));
        const [active] = await bench.arrived(queue, 1);
        const byNumber = (each: Long): Promise<string> => codeOf(receiver.receiveDeferredMessages(each));
        expect(await byNumber(active?.sequenceNumber as Long)).toBe("MessageNotFound");
        expect(await byNumber(number)).toBe("MessageNotFound");
        expect(await byNumber(Long.fromNumber(999))).toBe("MessageNotFound");
      },
    );

    rule("a deferred message can be received and deleted", [], async (bench) => {
      const queue = await bench.queue();
      const { number } = await deferOne(bench, queue);
      const deleting = bench.client.createReceiver(queue, { receiveMode: "receiveAndDelete" });
      expect((await deleting.receiveDeferredMessages(number)).map(({ body }) => body)).toEqual([1]);
      await bench.empty(queue);
    });

    rule(
      "a deferred message that expires stays until it is asked for, and is dead-lettered then",
      [],
      async (bench) => {
        const queue = await bench.queue({ deadLetteringOnMessageExpiration: true });
        await bench.send(queue, message(1, { timeToLive: 5000 }));
        const receiver = bench.receiver(queue);
        const first = await bench.takeOne(receiver);
        await receiver.deferMessage(first);
        await target.passTime(10_000);
        await bench.bodies(queue, [1]);
        expect(await codeOf(receiver.receiveDeferredMessages(first.sequenceNumber as Long))).toBe("MessageNotFound");
        expect((await bench.arrived(queue, 1, "deadLetter"))[0]?.deadLetterReason).toBe("TTLExpiredException");
        await bench.empty(queue);
      },
    );
  });
}
