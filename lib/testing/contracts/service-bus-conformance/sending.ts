import type { ServiceBusMessage } from "@azure/service-bus";
import { describe, expect } from "vitest";
import { codeOf, expectArgumentError, message, sequenceNumbers } from "./expectations";
import type { RuleBook } from "./rule-book";

/** The client library checks the id of a plain message itself, but not an annotated one's. */
function withId(messageId: string): ServiceBusMessage {
  return { bodyType: "value", body: 1, properties: { messageId } } as unknown as ServiceBusMessage;
}

export function sendingRules({ rule }: RuleBook): void {
  describe("Sending", () => {
    rule("a message sent is received with its properties, application properties and body", [], async (bench) => {
      const queue = await bench.queue();
      const sent = {
        body: { order: 1 },
        messageId: "order-1",
        contentType: "application/json",
        subject: "created",
        correlationId: "corr",
        to: "somewhere",
        replyTo: "back",
        replyToSessionId: "reply-session",
        applicationProperties: { tenant: "a", count: 3, ratio: 1.5, flag: true },
      };
      await bench.send(queue, sent);
      const received = await bench.takeOne(bench.receiver(queue));
      expect(received).toMatchObject({ ...sent, deliveryCount: 0, state: "active" });
      expect(received.enqueuedTimeUtc).toBeInstanceOf(Date);
      expect((received.lockedUntilUtc as Date).getTime()).toBeGreaterThan((received.enqueuedTimeUtc as Date).getTime());
    });

    rule("a batch arrives as single messages in order, with ascending sequence numbers", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1), message(2), message(3));
      const received = await bench.take(bench.receiver(queue), 3);
      expect(received.map(({ body }) => body)).toEqual([1, 2, 3]);
      expect(sequenceNumbers(received)).toEqual(["1", "2", "3"]);
    });

    rule("a batch is taken or refused as a whole", [], async (bench) => {
      const queue = await bench.queue();
      await expectArgumentError(bench.send(queue, message(1), withId("x".repeat(129)), message(3)));
      await bench.bodies(queue, []);
    });

    rule("a message id of more than 128 characters is an ArgumentError", [], async (bench) => {
      const queue = await bench.queue();
      await expectArgumentError(bench.send(queue, withId("x".repeat(129))));
      await bench.send(queue, withId("y".repeat(128)));
      await bench.arrived(queue, 1);
    });

    rule(
      "a message larger than the entity takes is MessageSizeExceeded; others still go through",
      [],
      async (bench) => {
        const queue = await bench.queue();
        const sender = bench.client.createSender(queue);
        expect(await codeOf(sender.sendMessages(message(Buffer.alloc(300 * 1024))))).toBe("MessageSizeExceeded");
        await sender.sendMessages(message("small"));
        await bench.bodies(queue, ["small"]);
      },
    );

    rule("a batch object takes no more than the link allows", [], async (bench) => {
      const queue = await bench.queue();
      const sender = bench.client.createSender(queue);
      const batch = await sender.createMessageBatch();
      let added = 0;
      while (batch.tryAddMessage(message(Buffer.alloc(20_000)))) added++;
      expect(added).toBeGreaterThan(5);
      expect(batch.sizeInBytes).toBeLessThanOrEqual(262_144);
      await sender.sendMessages(batch);
      await bench.arrived(queue, added);
    });

    rule("a message of about 1 MB arrives whole where the entity allows it", ["large-messages"], async (bench) => {
      const queue = await bench.queue({ maxMessageSizeInKilobytes: 2048 });
      const body = Buffer.alloc(1_000_000, 7);
      await bench.send(queue, message(body));
      expect(Buffer.compare((await bench.takeOne(bench.receiver(queue))).body, body)).toBe(0);
    });

    rule(
      "a batch of more than 1 MB is refused also where the link advertises more; one kept below it is taken",
      ["large-messages"],
      async (bench) => {
        const queue = await bench.queue({ maxMessageSizeInKilobytes: 4096 });
        const sender = bench.client.createSender(queue);
        const tooLarge = await sender.createMessageBatch();
        expect(tooLarge.maxSizeInBytes).toBe(4096 * 1024);
        for (let i = 0; i < 3; i++) expect(tooLarge.tryAddMessage(message(Buffer.alloc(500_000)))).toBe(true);
        expect(await codeOf(sender.sendMessages(tooLarge))).toBe("MessageSizeExceeded");
        const kept = await sender.createMessageBatch({ maxSizeInBytes: 1_048_576 });
        while (kept.tryAddMessage(message(Buffer.alloc(400_000))));
        await sender.sendMessages(kept);
        await bench.arrived(queue, kept.count);
      },
    );

    rule(
      "a message whose headers are larger than 64 KB is dead-lettered with HeaderSizeExceeded",
      ["large-headers"],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message(1, { applicationProperties: { large: "x".repeat(70_000) } }), message(2));
        expect((await bench.arrived(queue, 1, "deadLetter"))[0]).toMatchObject({
          body: 1,
          deadLetterReason: "HeaderSizeExceeded",
        });
        await bench.bodies(queue, [2]);
      },
    );

    rule("100 sends at once all arrive, each once", [], async (bench) => {
      const queue = await bench.queue();
      const sender = bench.client.createSender(queue);
      await Promise.all(Array.from({ length: 100 }, (_, i) => sender.sendMessages(message(i))));
      const bodies = (await bench.arrived(queue, 100)).map(({ body }) => body as number);
      expect(bodies.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    });

    rule("a sender can be closed and opened again", [], async (bench) => {
      const queue = await bench.queue();
      for (const body of [1, 2]) await bench.send(queue, message(body));
      await bench.bodies(queue, [1, 2]);
    });

    rule("sending to an entity that does not exist is MessagingEntityNotFound", [], async (bench) => {
      expect(await codeOf(bench.send(bench.name(), message(1)))).toBe("MessagingEntityNotFound");
    });

    rule("a full entity refuses a send with QuotaExceeded", ["small-entities"], async (bench) => {
      const queue = await bench.queue({ maxSizeInMegabytes: 1 });
      const sender = bench.client.createSender(queue);
      let code = "no error";
      for (let i = 0; i < 12 && code === "no error"; i++)
        code = await codeOf(sender.sendMessages(message(Buffer.alloc(200_000))));
      expect(code).toBe("QuotaExceeded");
    });

    rule("a message without an id is taken, and can be settled", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, { body: "no id" });
      const receiver = bench.receiver(queue);
      const received = await bench.takeOne(receiver);
      expect(received.body).toBe("no id");
      expect(received.messageId).toBeUndefined();
      await receiver.completeMessage(received);
      await bench.empty(queue);
    });
  });
}
