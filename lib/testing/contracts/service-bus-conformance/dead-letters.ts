import type { ServiceBusReceivedMessage } from "@azure/service-bus";
import { describe, expect } from "vitest";
import type { Bench } from "./bench";
import { because, expectInvalidOperation, message } from "./expectations";
import type { RuleBook } from "./rule-book";

/** Dead-letters messages with these bodies; they must be all that the queue holds. */
async function deadLetter(bench: Bench, queue: string, ...bodies: unknown[]): Promise<void> {
  await bench.send(queue, ...bodies.map((body) => message(body)));
  const receiver = bench.receiver(queue);
  for (const each of await bench.take(receiver, bodies.length)) await receiver.deadLetterMessage(each, because("r"));
}

export function deadLetterRules({ rule, target }: RuleBook): void {
  describe("Dead-letter queues", () => {
    rule(
      "dead letters stand in the order of their sequence numbers, not of their dead-lettering",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1), message(2));
        const receiver = bench.receiver(queue);
        const [first, second] = (await bench.take(receiver, 2)) as [
          ServiceBusReceivedMessage,
          ServiceBusReceivedMessage,
        ];
        await receiver.deadLetterMessage(second);
        await receiver.deadLetterMessage(first);
        await bench.bodies(queue, [1, 2], "deadLetter");
      },
    );

    rule(
      "the last abandoned delivery dead-letters with MaxDeliveryCountExceeded, its number and time kept",
      [],
      async (bench) => {
        const queue = await bench.queue({ maxDeliveryCount: 2 });
        await bench.send(queue, message(1));
        const receiver = bench.receiver(queue);
        const first = await bench.takeOne(receiver);
        await receiver.abandonMessage(first);
        await receiver.abandonMessage(await bench.takeOne(receiver));
        await bench.nothing(receiver);
        const [dead] = await bench.arrived(queue, 1, "deadLetter");
        expect(dead?.deadLetterReason).toBe("MaxDeliveryCountExceeded");
        expect(dead?.deadLetterErrorDescription).toContain("2 delivery attempts");
        expect(dead?.deliveryCount).toBe(2);
        expect(dead?.sequenceNumber?.toString()).toBe("1");
        expect(dead?.enqueuedTimeUtc).toEqual(first.enqueuedTimeUtc);
      },
    );

    rule("a dead letter cannot be dead-lettered again: InvalidOperationError", [], async (bench) => {
      const queue = await bench.queue();
      await deadLetter(bench, queue, 1);
      const dead = bench.receiver(queue, "deadLetter");
      await expectInvalidOperation(dead.deadLetterMessage(await bench.takeOne(dead)));
      await bench.bodies(queue, [1], "deadLetter");
    });

    rule("a dead letter's delivery count does not rise when its lock runs out", [], async (bench) => {
      const queue = await bench.queue({ maxDeliveryCount: 2, lockDuration: "PT5S" });
      await deadLetter(bench, queue, 1);
      for (let i = 0; i < 3; i++) {
        expect((await bench.takeOne(bench.receiver(queue, "deadLetter"))).deliveryCount).toBe(0);
        await target.passTime(6000);
      }
      await bench.bodies(queue, [1], "deadLetter");
    });

    rule("a dead letter never expires, whatever the time to live of message and entity", [], async (bench) => {
      const queue = await bench.queue({ defaultMessageTimeToLive: "PT30S" });
      await bench.send(queue, message(1, { timeToLive: 20_000 }));
      const receiver = bench.receiver(queue);
      await receiver.deadLetterMessage(await bench.takeOne(receiver));
      await target.passTime(40_000);
      expect((await bench.takeOne(bench.receiver(queue, "deadLetter"))).body).toBe(1);
    });

    rule("a dead letter can be completed", [], async (bench) => {
      const queue = await bench.queue();
      await deadLetter(bench, queue, 1);
      const dead = bench.receiver(queue, "deadLetter");
      await dead.completeMessage(await bench.takeOne(dead));
      await bench.empty(queue, "deadLetter");
    });

    rule("a dead letter that is abandoned can be received again", [], async (bench) => {
      const queue = await bench.queue();
      await deadLetter(bench, queue, 1);
      const dead = bench.receiver(queue, "deadLetter");
      await dead.abandonMessage(await bench.takeOne(dead));
      expect((await bench.takeOne(dead)).body).toBe(1);
    });

    rule("a dead letter can be deferred, and received by its number", [], async (bench) => {
      const queue = await bench.queue();
      await deadLetter(bench, queue, 1);
      const dead = bench.receiver(queue, "deadLetter");
      const held = await bench.takeOne(dead);
      await dead.deferMessage(held);
      const [deferred] = await dead.receiveDeferredMessages(held.sequenceNumber as never);
      await dead.completeMessage(deferred as ServiceBusReceivedMessage);
      await bench.empty(queue, "deadLetter");
    });

    rule("dead letters can be received and deleted", [], async (bench) => {
      const queue = await bench.queue();
      await deadLetter(bench, queue, 1, 2);
      const purge = bench.client.createReceiver(queue, { subQueueType: "deadLetter", receiveMode: "receiveAndDelete" });
      expect((await bench.take(purge, 2)).map(({ body }) => body)).toEqual([1, 2]);
      await bench.empty(queue, "deadLetter");
    });

    rule("a chosen dead letter is reached only by locking the way to it", [], async (bench) => {
      const queue = await bench.queue();
      await deadLetter(bench, queue, 1, 2, 3);
      const dead = bench.receiver(queue, "deadLetter");
      const window = await bench.take(dead, 2);
      await dead.completeMessage(window[1] as ServiceBusReceivedMessage);
      await bench.bodies(queue, [1, 3], "deadLetter");
    });

    rule("a subscription has a dead-letter queue of its own", ["topics"], async (bench) => {
      const topic = await bench.topic();
      const [one, two] = [await bench.subscription(topic), await bench.subscription(topic)];
      await bench.send(topic, message(1));
      const receiver = bench.receiver(`${topic}|${one}`);
      await receiver.deadLetterMessage(await bench.takeOne(receiver), because("r"));
      const dead = bench.receiver(`${topic}|${one}`, "deadLetter");
      expect(await bench.takeOne(dead)).toMatchObject({ body: 1, deadLetterReason: "r" });
      await bench.empty(`${topic}|${two}`, "deadLetter");
    });

    rule("nothing can be sent to a dead-letter queue: InvalidOperationError", [], async (bench) => {
      const queue = await bench.queue();
      await expectInvalidOperation(bench.send(`${queue}/$DeadLetterQueue`, message(1)));
    });
  });
}
