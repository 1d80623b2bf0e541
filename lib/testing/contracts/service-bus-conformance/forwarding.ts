import { describe, expect } from "vitest";
import { eventually } from "../../eventually";
import { because, codeOf, expectInvalidOperation, message } from "./expectations";
import type { RuleBook } from "./rule-book";

export function forwardingRules({ rule, target }: RuleBook): void {
  const { administration } = target;
  const counts = async (queue: string) => administration.getQueueRuntimeProperties(queue);

  describe("Forwarding", () => {
    rule("messages are moved to the target", ["forwarding"], async (bench) => {
      const last = await bench.queue();
      const first = await bench.queue({ forwardTo: last });
      await bench.send(first, message("x"));
      expect(await bench.takeOne(bench.receiver(last))).toMatchObject({ body: "x", deliveryCount: 0 });
    });

    rule("a subscription forwards to a queue, a queue to a topic", ["forwarding", "topics"], async (bench) => {
      const last = await bench.queue();
      const topic = await bench.topic();
      await bench.subscription(topic, { forwardTo: last });
      const first = await bench.queue({ forwardTo: topic });
      await bench.send(first, message("x"));
      expect((await bench.takeOne(bench.receiver(last))).body).toBe("x");
    });

    rule(
      "a forwarded message gets a new sequence number and keeps the one it was enqueued with first",
      ["forwarding"],
      async (bench) => {
        const last = await bench.queue();
        for (const body of ["own 1", "own 2"]) await bench.send(last, message(body));
        const first = await bench.queue({ forwardTo: last });
        await bench.send(first, message("forwarded"));
        const [, , forwarded] = await bench.arrived(last, 3);
        expect(String(forwarded?.sequenceNumber)).toBe("3");
        expect(String(forwarded?.enqueuedSequenceNumber)).toBe("1");
      },
    );

    rule("an entity that forwards cannot be received from: InvalidOperationError", ["forwarding"], async (bench) => {
      const last = await bench.queue();
      const first = await bench.queue({ forwardTo: last });
      await expectInvalidOperation(bench.open(bench.receiver(first)));
    });

    rule("a target must be there when forwarding to it is set: ServiceError", ["forwarding"], async (bench) => {
      const missing = bench.name();
      expect(await codeOf(bench.queue({ forwardTo: missing }))).toBe("ServiceError");
      expect(await codeOf(bench.queue({ forwardDeadLetteredMessagesTo: missing }))).toBe("ServiceError");
    });

    rule("an entity with sessions cannot forward: ServiceError", ["forwarding", "sessions"], async (bench) => {
      const last = await bench.queue();
      expect(await codeOf(bench.queue({ forwardTo: last, requiresSession: true }))).toBe("ServiceError");
    });

    rule(
      "four hops are made, the fifth ends in the transfer dead-letter queue with MaxTransferHopCountExceeded",
      ["forwarding"],
      async (bench) => {
        const names = [await bench.queue()];
        for (let i = 0; i < 5; i++) names.unshift(await bench.queue({ forwardTo: names[0] as string }));
        const [start, second, , , fifth, last] = names as [string, string, string, string, string, string];
        await bench.send(second, message("four"));
        expect((await bench.takeOne(bench.receiver(last))).body).toBe("four");
        await bench.send(start, message("five"));
        const [dead] = await bench.arrived(fifth, 1, "transferDeadLetter");
        expect(dead).toMatchObject({ body: "five", deadLetterReason: "MaxTransferHopCountExceeded" });
        await eventually(
          "the transfer dead letter counted",
          async () => (await counts(fifth)).transferDeadLetterMessageCount === 1,
          target.patienceMs,
        );
      },
    );

    rule(
      "a target that is gone sends messages to the transfer dead-letter queue, which can be received from and completed",
      ["forwarding"],
      async (bench) => {
        const last = await bench.queue();
        const first = await bench.queue({ forwardTo: last });
        await administration.deleteQueue(last);
        await bench.send(first, message("x"));
        const [peeked] = await bench.arrived(first, 1, "transferDeadLetter");
        expect(peeked?.deadLetterReason).toBeDefined();
        const receiver = bench.receiver(first, "transferDeadLetter");
        await receiver.completeMessage(await bench.takeOne(receiver));
        await bench.empty(first, "transferDeadLetter");
      },
    );

    rule("a subscription has a transfer dead-letter queue too", ["forwarding", "topics"], async (bench) => {
      const last = await bench.queue();
      const topic = await bench.topic();
      const name = await bench.subscription(topic, { forwardTo: last });
      await administration.deleteQueue(last);
      await bench.send(topic, message("x"));
      const receiver = bench.receiver(`${topic}|${name}`, "transferDeadLetter");
      await receiver.completeMessage(await bench.takeOne(receiver));
      await bench.empty(`${topic}|${name}`, "transferDeadLetter");
    });
  });

  describe("Forwarded dead letters", () => {
    rule(
      "forwarded dead letters name their source and get new numbers, and their deliveries count there",
      ["forwarding"],
      async (bench) => {
        const graveyard = await bench.queue({ maxDeliveryCount: 2 });
        await bench.send(graveyard, message("own"));
        const queue = await bench.queue({ forwardDeadLetteredMessagesTo: graveyard });
        await bench.send(queue, message("x"));
        const receiver = bench.receiver(queue);
        await receiver.deadLetterMessage(await bench.takeOne(receiver), because("why"));
        const collecting = bench.receiver(graveyard);
        const [own, dead] = await bench.take(collecting, 2);
        if (!own || !dead) throw new Error("two were received");
        expect(dead).toMatchObject({ body: "x", deadLetterReason: "why", deadLetterSource: queue, deliveryCount: 0 });
        expect(String(dead.sequenceNumber)).toBe("2");
        expect(own.deadLetterSource).toBeUndefined();
        await collecting.abandonMessage(dead);
        await collecting.abandonMessage(await bench.takeOne(collecting));
        expect((await bench.arrived(graveyard, 1, "deadLetter"))[0]?.body).toBe("x");
      },
    );

    rule(
      "a dead-letter queue that forwards cannot be opened, nor peeked: InvalidOperationError",
      ["forwarding"],
      async (bench) => {
        const graveyard = await bench.queue();
        const queue = await bench.queue({ forwardDeadLetteredMessagesTo: graveyard });
        await expectInvalidOperation(bench.open(bench.receiver(queue, "deadLetter")));
        await expectInvalidOperation(bench.receiver(queue, "deadLetter").peekMessages(1));
      },
    );

    rule(
      "an expired message is forwarded as a dead letter, with its source and TTLExpiredException",
      ["forwarding"],
      async (bench) => {
        const graveyard = await bench.queue();
        const queue = await bench.queue({
          forwardDeadLetteredMessagesTo: graveyard,
          deadLetteringOnMessageExpiration: true,
        });
        await bench.send(queue, message("old", { timeToLive: 2000 }));
        await target.passTime(3000);
        expect((await bench.arrived(graveyard, 1))[0]).toMatchObject({
          body: "old",
          deadLetterReason: "TTLExpiredException",
          deadLetterSource: queue,
        });
      },
    );

    rule(
      "a message delivered too often is forwarded as a dead letter, with its source and MaxDeliveryCountExceeded",
      ["forwarding", "topics"],
      async (bench) => {
        const graveyard = await bench.queue();
        const topic = await bench.topic();
        const name = await bench.subscription(topic, { forwardDeadLetteredMessagesTo: graveyard, maxDeliveryCount: 1 });
        await bench.send(topic, message("x"));
        const receiver = bench.receiver(`${topic}|${name}`);
        await receiver.abandonMessage(await bench.takeOne(receiver));
        const [dead] = await bench.arrived(graveyard, 1);
        expect(dead?.deadLetterReason).toBe("MaxDeliveryCountExceeded");
        expect(dead?.deadLetterSource?.toLowerCase()).toBe(`${topic}/subscriptions/${name}`);
      },
    );

    rule("a dead letter keeps its source when it is forwarded further", ["forwarding"], async (bench) => {
      const last = await bench.queue();
      const middle = await bench.queue({ forwardTo: last });
      const queue = await bench.queue({ forwardDeadLetteredMessagesTo: middle });
      await bench.send(queue, message("x"));
      const receiver = bench.receiver(queue);
      await receiver.deadLetterMessage(await bench.takeOne(receiver), because("why"));
      expect((await bench.arrived(last, 1))[0]).toMatchObject({ deadLetterReason: "why", deadLetterSource: queue });
    });

    rule(
      "a dead letter whose target is gone stays behind, counted",
      ["forwarding", "runtime-properties"],
      async (bench) => {
        const graveyard = await bench.queue();
        const queue = await bench.queue({ forwardDeadLetteredMessagesTo: graveyard });
        await administration.deleteQueue(graveyard);
        await bench.send(queue, message("x"));
        const receiver = bench.receiver(queue);
        await receiver.deadLetterMessage(await bench.takeOne(receiver));
        await eventually(
          "the dead letter counted",
          async () => (await counts(queue)).deadLetterMessageCount === 1,
          target.patienceMs,
        );
      },
    );
  });
}
