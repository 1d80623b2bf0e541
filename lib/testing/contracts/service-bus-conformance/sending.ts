import { delay } from "@azure/core-amqp";
import Long from "long";
import { describe, expect } from "vitest";
import {
  type ConformanceTarget,
  codeOf,
  expectNothing,
  message,
  rulesFor,
  sequenceNumbers,
  take,
  takeOne,
} from "./bench";

export function sendingRules(target: ConformanceTarget): void {
  const rule = rulesFor(target);
  describe("Sending", () => {
    rule("a message sent is received with its properties, application properties and body", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(
        queue,
        message(
          { order: 1 },
          {
            messageId: "order-1",
            contentType: "application/json",
            subject: "created",
            correlationId: "corr",
            to: "somewhere",
            replyTo: "back",
            replyToSessionId: "reply-session",
            applicationProperties: { tenant: "a", count: 3, ratio: 1.5, flag: true },
          },
        ),
      );
      const received = await takeOne(bench.receiver(queue));
      expect(received).toMatchObject({
        body: { order: 1 },
        messageId: "order-1",
        contentType: "application/json",
        subject: "created",
        correlationId: "corr",
        to: "somewhere",
        replyTo: "back",
        replyToSessionId: "reply-session",
        applicationProperties: { tenant: "a", count: 3, ratio: 1.5, flag: true },
        deliveryCount: 0,
        state: "active",
      });
      expect(received.enqueuedTimeUtc).toBeInstanceOf(Date);
      expect((received.lockedUntilUtc as Date).getTime()).toBeGreaterThan((received.enqueuedTimeUtc as Date).getTime());
    });

    rule("a batch arrives as single messages in order, with ascending sequence numbers", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1), message(2), message(3));
      const received = await take(bench.receiver(queue), 3);
      expect(received.map(({ body }) => body)).toEqual([1, 2, 3]);
      expect(sequenceNumbers(received)).toEqual(["1", "2", "3"]);
    });

    rule(
      "a scheduled message waits for its time, can be peeked as scheduled, and gets a new sequence number",
      [],
      async (bench) => {
        const queue = await bench.queue();
        const sender = bench.client.createSender(queue);
        const at = new Date(target.now() + 30_000);
        const [number] = await sender.scheduleMessages(message("later"), at);
        expect(number?.toString()).toBe("1");
        const receiver = bench.receiver(queue);
        await expectNothing(receiver);
        const [waiting] = await bench.peek(queue);
        expect(waiting).toMatchObject({ state: "scheduled", scheduledEnqueueTimeUtc: at });
        await target.passTime(31_000);
        const received = await takeOne(receiver);
        expect(received.body).toBe("later");
        expect(received.sequenceNumber?.toString()).toBe("2");
        expect((received.enqueuedTimeUtc as Date).getTime()).toBeGreaterThanOrEqual(at.getTime());
      },
    );

    rule("a message sent with a scheduled time waits as one scheduled by a call", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message("later", { scheduledEnqueueTimeUtc: new Date(target.now() + 20_000) }));
      await expectNothing(bench.receiver(queue));
      await target.passTime(21_000);
      expect((await takeOne(bench.receiver(queue))).body).toBe("later");
    });

    rule("a scheduled message that is cancelled never comes; cancelling it again fails", [], async (bench) => {
      const queue = await bench.queue();
      const sender = bench.client.createSender(queue);
      const numbers = await sender.scheduleMessages([message(1), message(2)], new Date(target.now() + 10_000));
      await sender.cancelScheduledMessages(numbers[0] as Long);
      expect(await codeOf(sender.cancelScheduledMessages(numbers[0] as Long))).toBe("MessageNotFound");
      await target.passTime(11_000);
      expect((await takeOne(bench.receiver(queue))).body).toBe(2);
      await expectNothing(bench.receiver(queue));
    });

    rule(
      "a message larger than the entity takes is refused with MessageSizeExceeded; others still go through",
      [],
      async (bench) => {
        const queue = await bench.queue();
        const sender = bench.client.createSender(queue);
        expect(await codeOf(sender.sendMessages(message(Buffer.alloc(300 * 1024))))).toBe("MessageSizeExceeded");
        await bench.send(queue, message("small"));
        expect(await bench.bodies(queue)).toEqual(["small"]);
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
      expect(await bench.peek(queue)).toHaveLength(added);
    });

    rule("100 sends at once all arrive, each once", [], async (bench) => {
      const queue = await bench.queue();
      const sender = bench.client.createSender(queue);
      await Promise.all(Array.from({ length: 100 }, (_, i) => sender.sendMessages(message(i))));
      const bodies = (await bench.bodies(queue)) as number[];
      expect(bodies.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    });

    rule("an entity that does not exist is MessagingEntityNotFound", [], async (bench) => {
      expect(await codeOf(bench.send(bench.name(), message(1)))).toBe("MessagingEntityNotFound");
    });

    rule("a full entity refuses a send with QuotaExceeded", ["status-changes", "moving-clock"], async (bench) => {
      const queue = await bench.queue({ maxSizeInMegabytes: 1 });
      const sender = bench.client.createSender(queue);
      let code = "no error";
      for (let i = 0; i < 12 && code === "no error"; i++)
        code = await codeOf(sender.sendMessages(message(Buffer.alloc(200_000))));
      expect(code).toBe("QuotaExceeded");
    });

    rule(
      "an entity whose sends are disabled refuses them with MessagingEntityDisabled, and still hands out",
      ["status-changes"],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, message("before"));
        const properties = await target.administration.getQueue(queue);
        await target.administration.updateQueue({ ...properties, status: "SendDisabled" });
        expect(await codeOf(bench.send(queue, message("after")))).toBe("MessagingEntityDisabled");
        expect((await takeOne(bench.receiver(queue))).body).toBe("before");
      },
    );

    rule("a message without an id is taken", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, { body: "no id" });
      const [peeked] = await bench.peek(queue);
      expect(peeked).toMatchObject({ body: "no id" });
      expect(peeked?.messageId).toBeUndefined();
    });

    rule("bodies of every AMQP kind arrive as that kind", [], async (bench) => {
      const queue = await bench.queue();
      const sender = bench.client.createSender(queue);
      await sender.sendMessages({ bodyType: "value", body: { nested: [1, "two"] }, messageId: "value" });
      await sender.sendMessages({ bodyType: "sequence", body: [[1, 2], "x"], messageId: "sequence" } as never);
      await sender.sendMessages({ bodyType: "data", body: Buffer.from([0, 255, 1]), messageId: "data" });
      const received = await take(bench.receiver(queue), 3);
      expect(received.map((each) => each._rawAmqpMessage.bodyType)).toEqual(["value", "sequence", "data"]);
      expect(received[0]?.body).toEqual({ nested: [1, "two"] });
      expect(received[2]?.body).toEqual(Buffer.from([0, 255, 1]));
    });

    rule(
      "a message of about 1 MB arrives whole where the entity allows it",
      ["partitioned-entities"],
      async (bench) => {
        const queue = await bench.queue({ maxMessageSizeInKilobytes: 2048 });
        const body = Buffer.alloc(1_000_000, 7);
        await bench.send(queue, message(body));
        expect(Buffer.compare((await takeOne(bench.receiver(queue))).body, body)).toBe(0);
      },
    );

    rule("the sender of a message can be closed and opened again", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1));
      await bench.send(queue, message(2));
      await delay(1);
      expect(await bench.bodies(queue)).toEqual([1, 2]);
      expect(Long.isLong((await bench.peek(queue))[0]?.sequenceNumber)).toBe(true);
    });
  });
}
