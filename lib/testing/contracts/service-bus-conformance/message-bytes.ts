import type { ServiceBusMessage, ServiceBusReceivedMessage } from "@azure/service-bus";
import { describe, expect } from "vitest";
import { message } from "./expectations";
import type { RuleBook } from "./rule-book";

/** A message with something in every section that the client library lets a sender write. */
function annotated(): ServiceBusMessage {
  return {
    bodyType: "data",
    body: Buffer.from([0, 255, 1, 128]),
    header: { durable: true, priority: 7, firstAcquirer: true },
    properties: {
      messageId: "all-of-it",
      userId: "user",
      to: "to",
      subject: "subject",
      replyTo: "reply-to",
      correlationId: "correlation",
      contentType: "application/octet-stream",
      contentEncoding: "gzip",
      groupSequence: 12,
      replyToGroupId: "reply-group",
    },
    applicationProperties: {
      text: "späte Grüße \u0000 ✓",
      empty: "",
      whole: 2_147_483_647,
      negative: -1,
      ratio: 0.1,
      yes: true,
      no: false,
      nothing: null,
      time: new Date(1_700_000_000_123),
    },
    messageAnnotations: { "x-opt-own": "annotation", "x-opt-number": 5 },
    deliveryAnnotations: { "x-opt-delivery": "kept" },
    footer: { checksum: "abc" },
  } as unknown as ServiceBusMessage;
}

/** What the service has no part in. */
function senderPart(received: ServiceBusReceivedMessage | undefined): unknown {
  const raw = received?._rawAmqpMessage;
  const annotations = Object.entries(raw?.messageAnnotations ?? {}).filter(([name]) =>
    ["x-opt-own", "x-opt-number"].includes(name),
  );
  const { durable, priority } = raw?.header ?? {};
  return {
    header: { durable, priority },
    properties: raw?.properties,
    applicationProperties: raw?.applicationProperties,
    annotations: Object.fromEntries(annotations),
    footer: raw?.footer,
    bodyType: raw?.bodyType,
    body: received?.body,
  };
}

export function messageBytesRules({ rule, target }: RuleBook): void {
  describe("Message bytes", () => {
    rule("header, properties, annotations, footer and body arrive as they were sent", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, annotated());
      const raw = (await bench.takeOne(bench.receiver(queue)))._rawAmqpMessage;
      expect(raw.header).toMatchObject({ durable: true, priority: 7 });
      expect(raw.properties).toMatchObject({
        messageId: "all-of-it",
        contentEncoding: "gzip",
        groupSequence: 12,
        replyToGroupId: "reply-group",
      });
      expect(raw.messageAnnotations).toMatchObject({ "x-opt-own": "annotation", "x-opt-number": 5 });
      expect(raw.footer).toEqual({ checksum: "abc" });
      expect(raw.applicationProperties).toMatchObject({
        text: "späte Grüße \u0000 ✓",
        empty: "",
        whole: 2_147_483_647,
        negative: -1,
        ratio: 0.1,
        yes: true,
        no: false,
      });
    });

    rule("a message is the same whether it is peeked, received, deferred or dead-lettered", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, annotated());
      const receiver = bench.receiver(queue);
      const received = await bench.takeOne(receiver);
      const expected = senderPart(received);
      expect(senderPart((await bench.arrived(queue, 1))[0])).toEqual(expected);
      await receiver.deferMessage(received);
      const [deferred] = await receiver.receiveDeferredMessages(received.sequenceNumber as never);
      expect(senderPart(deferred)).toEqual(expected);
      await receiver.deadLetterMessage(deferred as ServiceBusReceivedMessage);
      expect(senderPart((await bench.arrived(queue, 1, "deadLetter"))[0])).toEqual(expected);
    });

    rule("a message is the same whether it was sent alone, in a batch or scheduled", [], async (bench) => {
      const [alone, batched, scheduled] = [await bench.queue(), await bench.queue(), await bench.queue()];
      await bench.send(alone, annotated());
      const sender = bench.client.createSender(batched);
      const batch = await sender.createMessageBatch();
      expect(batch.tryAddMessage(annotated())).toBe(true);
      await sender.sendMessages(batch);
      await bench.client.createSender(scheduled).scheduleMessages(annotated(), new Date(target.now() - 1000));
      const expected = senderPart(await bench.takeOne(bench.receiver(alone)));
      expect(senderPart(await bench.takeOne(bench.receiver(batched)))).toEqual(expected);
      expect(senderPart(await bench.takeOne(bench.receiver(scheduled)))).toEqual(expected);
    });

    rule("a message is the same in every subscription of a topic", ["topics"], async (bench) => {
      const [queue, topic] = [await bench.queue(), await bench.topic()];
      const subscriptions = [await bench.subscription(topic), await bench.subscription(topic)];
      await bench.send(queue, annotated());
      await bench.send(topic, annotated());
      const expected = senderPart(await bench.takeOne(bench.receiver(queue)));
      for (const name of subscriptions)
        expect(senderPart(await bench.takeOne(bench.receiver(`${topic}|${name}`)))).toEqual(expected);
    });

    rule("a message is the same after it was forwarded", ["forwarding"], async (bench) => {
      const last = await bench.queue();
      const [queue, first] = [await bench.queue(), await bench.queue({ forwardTo: last })];
      await bench.send(queue, annotated());
      await bench.send(first, annotated());
      const expected = senderPart(await bench.takeOne(bench.receiver(queue)));
      expect(senderPart(await bench.takeOne(bench.receiver(last)))).toEqual(expected);
    });

    rule(
      "a dead-lettering adds reason and description to the application properties and nothing else",
      [],
      async (bench) => {
        const queue = await bench.queue();
        await bench.send(queue, annotated());
        const receiver = bench.receiver(queue);
        const received = await bench.takeOne(receiver);
        const before = senderPart(received) as { applicationProperties: object };
        await receiver.deadLetterMessage(received, { deadLetterReason: "r", deadLetterErrorDescription: "d" });
        expect(senderPart(await bench.takeOne(bench.receiver(queue, "deadLetter")))).toEqual({
          ...before,
          applicationProperties: {
            ...before.applicationProperties,
            DeadLetterReason: "r",
            DeadLetterErrorDescription: "d",
          },
        });
      },
    );

    rule("bodies of every AMQP kind arrive as that kind", [], async (bench) => {
      const queue = await bench.queue();
      const sender = bench.client.createSender(queue);
      await sender.sendMessages({ bodyType: "value", body: { nested: [1, "two"] }, messageId: "value" });
      await sender.sendMessages({ bodyType: "sequence", body: [[1, 2], "x"], messageId: "sequence" } as never);
      await sender.sendMessages({ bodyType: "data", body: Buffer.from([0, 255, 1]), messageId: "data" });
      const received = await bench.take(bench.receiver(queue), 3);
      expect(received.map((each) => each._rawAmqpMessage.bodyType)).toEqual(["value", "sequence", "data"]);
      expect(received[0]?.body).toEqual({ nested: [1, "two"] });
      expect(received[2]?.body).toEqual(Buffer.from([0, 255, 1]));
    });

    rule("JSON, text, null and empty bodies arrive as they were sent", [], async (bench) => {
      const queue = await bench.queue();
      const bodies = [{ a: [1, { b: null }] }, "text", "", null, 0, false, []];
      for (const body of bodies) await bench.send(queue, message(body));
      const received = await bench.take(bench.receiver(queue), bodies.length);
      expect(received.map(({ body }) => body)).toEqual(bodies);
    });

    rule("message ids that are numbers or UUIDs keep their type", [], async (bench) => {
      const queue = await bench.queue();
      await bench.send(queue, message(1, { messageId: 12 }), message(2, { messageId: Buffer.alloc(16, 7) }));
      const received = await bench.take(bench.receiver(queue), 2);
      expect(received.map(({ messageId }) => messageId)).toEqual([12, Buffer.alloc(16, 7)]);
    });
  });
}
