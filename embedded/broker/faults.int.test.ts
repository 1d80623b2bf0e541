import { ServiceBusClient, ServiceBusError } from "@azure/service-bus";
import Long from "long";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { administrationOverHttp } from "../../lib/testing/administration-client";
import { eventually } from "../../lib/testing/eventually";
import { type RunningBroker, startBroker } from "./start-broker";

/** What tests can make the broker do wrong, as a client meets it. */

const broker: RunningBroker = await startBroker({
  config: {
    UserConfig: {
      Namespaces: [
        {
          Name: "faulty",
          Queues: [{ Name: "orders" }, { Name: "other" }, { Name: "timed" }, { Name: "vanishing" }],
          Topics: [{ Name: "events", Subscriptions: [{ Name: "s" }] }],
        },
      ],
    },
  },
  controlPort: 0,
});
afterAll(() => broker.close());

let client: ServiceBusClient;
beforeEach(() => {
  client = new ServiceBusClient(broker.connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 1500 } });
});
afterEach(async () => {
  await control("DELETE", "/faults");
  await control("POST", "/credits", { perSecond: null });
  await client.close();
});

async function control(method: string, path: string, body?: object): Promise<Record<string, never>> {
  const answer = await fetch(`${broker.controlUrl}${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, never>;
}

interface RecordAnswer {
  readonly entries: readonly {
    readonly event: string;
    readonly entity: string;
    readonly messageId: string;
    readonly sha256: string;
  }[];
}

async function recorded(messageId: string): Promise<string[]> {
  const { entries } = (await control("GET", "/record")) as unknown as RecordAnswer;
  return entries.filter((entry) => entry.messageId === messageId).map(({ event }) => event);
}

async function codeOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => "no error",
    (error: unknown) => (error instanceof ServiceBusError ? error.code : String(error)),
  );
}

let count = 0;
const message = (body: unknown = "x"): { body: unknown; messageId: string } => ({ body, messageId: `f${++count}` });

describe("Faults on command", () => {
  test("server-busy refuses sends, peeks, receives and settings of the named entity only, as ServiceBusy", async () => {
    await control("POST", "/faults", { fault: "server-busy", entity: "orders" });
    const receiver = client.createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
    expect(await codeOf(client.createSender("orders").sendMessages(message()))).toBe("ServiceBusy");
    expect(await codeOf(receiver.peekMessages(1))).toBe("ServiceBusy");
    expect(await codeOf(receiver.receiveMessages(1, { maxWaitTimeInMs: 100 }))).toBe("ServiceBusy");
    expect(await codeOf(client.createSender("other").sendMessages(message()))).toBe("no error");
  });

  test("refuse-send answers with the condition and the words that were asked for, of that entity, so often", async () => {
    await control("POST", "/faults", {
      fault: "refuse-send",
      condition: "amqp:resource-limit-exceeded",
      description: "full for today",
      entity: "orders",
      times: 1,
    });
    const sender = client.createSender("orders");
    expect(await codeOf(client.createSender("other").sendMessages(message()))).toBe("no error");
    const refused = message("refused");
    await expect(sender.sendMessages(refused)).rejects.toMatchObject({
      code: "QuotaExceeded",
      message: expect.stringContaining("full for today"),
    });
    expect(await recorded(refused.messageId)).toEqual([]);
    expect(await codeOf(sender.sendMessages(refused))).toBe("no error");
  });

  test("lose-management-reply: the named operation is carried out although the client was never told; others are answered", async () => {
    const sender = client.createSender("other");
    await control("POST", "/faults", {
      fault: "lose-management-reply",
      operation: "com.microsoft:schedule-message",
      entity: "other",
      times: 1,
    });
    const receiver = client.createReceiver("other");
    expect(await codeOf(receiver.peekMessages(1))).toBe("no error");
    const sent = message("scheduled unseen");
    expect(await codeOf(sender.scheduleMessages(sent, new Date(Date.now() + 3_600_000)))).toBe("ServiceTimeout");
    const found = await receiver.peekMessages(250, { fromSequenceNumber: Long.ZERO });
    expect(found.filter(({ messageId }) => messageId === sent.messageId)).toHaveLength(1);
    expect(await codeOf(sender.scheduleMessages(message(), new Date(Date.now() + 3_600_000)))).toBe("no error");
  });

  test("a fault with a number of times is over after them", async () => {
    await control("POST", "/faults", { fault: "server-busy", entity: "orders", times: 2 });
    const sender = client.createSender("orders");
    const codes: string[] = [];
    for (let i = 0; i < 3; i++) codes.push(await codeOf(sender.sendMessages(message())));
    expect(codes).toEqual(["ServiceBusy", "ServiceBusy", "no error"]);
  });

  test("cut-after-send: the message is there although the sender was never told", async () => {
    await control("POST", "/faults", { fault: "cut-after-send", entity: "orders", times: 1 });
    const sent = message("cut");
    expect(await codeOf(client.createSender("orders").sendMessages(sent))).not.toBe("no error");
    expect(await recorded(sent.messageId)).toEqual(["accepted"]);
  });

  test("lose-settlement-reply: the message is gone although the receiver was never told", async () => {
    const sent = message("lost reply");
    await client.createSender("other").sendMessages(sent);
    const receiver = client.createReceiver("other", { maxAutoLockRenewalDurationInMs: 0 });
    const received = (await receiver.receiveMessages(20, { maxWaitTimeInMs: 500 })).find(
      ({ messageId }) => messageId === sent.messageId,
    );
    if (!received) throw new Error("the message was received");
    await control("POST", "/faults", { fault: "lose-settlement-reply", entity: "other", times: 1 });
    expect(await codeOf(receiver.completeMessage(received))).toBe("ServiceTimeout");
    expect(await recorded(sent.messageId)).toEqual(["accepted", "completed"]);
  });

  test("lose-lock: settling is MessageLockLost and the message stays", async () => {
    const sent = message("lose lock");
    await client.createSender("orders").sendMessages(sent);
    const receiver = client.createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
    const received = (await receiver.receiveMessages(50, { maxWaitTimeInMs: 500 })).find(
      ({ messageId }) => messageId === sent.messageId,
    );
    if (!received) throw new Error("the message was received");
    await control("POST", "/faults", { fault: "lose-lock", entity: "orders", times: 1 });
    expect(await codeOf(receiver.completeMessage(received))).toBe("MessageLockLost");
    expect(await recorded(sent.messageId)).toEqual(["accepted"]);
  });

  test("short-peek: a page is shorter than asked for, and the next goes on behind it", async () => {
    const sender = client.createSender("other");
    await sender.sendMessages([message(1), message(2), message(3)]);
    await control("POST", "/faults", { fault: "short-peek", messages: 1, times: 1 });
    const receiver = client.createReceiver("other");
    expect(await receiver.peekMessages(50)).toHaveLength(1);
    expect((await receiver.peekMessages(50)).length).toBeGreaterThan(1);
  });

  describe("lag-counts", () => {
    const administration = administrationOverHttp(broker.connectionString, broker.administrationUrl);
    const counted: Record<string, { send(): Promise<unknown>; read(): Promise<number | undefined> }> = {
      other: {
        send: () => client.createSender("other").sendMessages(message()),
        read: async () => (await administration.getQueueRuntimeProperties("other")).activeMessageCount,
      },
      "events/Subscriptions/s": {
        send: () => client.createSender("events").sendMessages(message()),
        read: async () => (await administration.getSubscriptionRuntimeProperties("events", "s")).activeMessageCount,
      },
      events: {
        send: () => client.createSender("events").scheduleMessages(message(), new Date(Date.now() + 3_600_000)),
        read: async () => (await administration.getTopicRuntimeProperties("events")).scheduledMessageCount,
      },
    };
    for (const [entity, { send, read }] of Object.entries(counted)) {
      test(`${entity}: counts stay behind, or read zero, and are true again when it is over`, async () => {
        await send();
        const before = (await read()) as number;
        expect(before).toBeGreaterThan(0);
        await control("POST", "/faults", { fault: "lag-counts", read: "frozen", entity, times: 2 });
        await send();
        expect([await read(), await read(), await read()]).toEqual([before, before, before + 1]);
        expect((await control("GET", "/faults")).faults, "it is used up").toEqual([]);
        await control("POST", "/faults", { fault: "lag-counts", read: "zero" });
        const struck = async () =>
          ((await control("GET", "/faults")).faults as { struck: number }[] | undefined)?.[0]?.struck;
        expect(await struck()).toBe(0);
        expect(await read()).toBe(0);
        expect(await struck()).toBe(1);
        await control("DELETE", "/faults");
        expect(await read()).toBe(before + 1);
      });
    }
  });

  test("slow-links: answers come late, but come", async () => {
    await control("POST", "/faults", { fault: "slow-links", delayMs: 120 });
    const start = performance.now();
    await client.createSender("orders").sendMessages(message());
    expect(performance.now() - start).toBeGreaterThan(240);
  });

  test("cut-connections: the client connects again and goes on", async () => {
    const sender = client.createSender("orders");
    await sender.sendMessages(message());
    await control("POST", "/cut-connections");
    await eventually("a send after the cut", async () => (await codeOf(sender.sendMessages(message()))) === "no error");
  });

  test("vanish: the entity is gone for everybody", async () => {
    const sender = client.createSender("vanishing");
    await sender.sendMessages(message());
    await control("POST", "/vanish", { entity: "vanishing" });
    await eventually(
      "the entity not found",
      async () => (await codeOf(sender.sendMessages(message()))) === "MessagingEntityNotFound",
    );
  });

  test("the clock moves locks, times to live and schedules", async () => {
    const [locks, dies, waits] = [message("locked"), message("dies"), message("scheduled")];
    const sender = client.createSender("timed");
    await sender.sendMessages(locks);
    const first = client.createReceiver("timed", { maxAutoLockRenewalDurationInMs: 0 });
    expect(await first.receiveMessages(1, { maxWaitTimeInMs: 2000 })).toHaveLength(1);
    await sender.sendMessages({ ...dies, timeToLive: 50_000 });
    const { now: before } = (await control("GET", "/clock")) as unknown as { now: number };
    await sender.scheduleMessages(waits, new Date(before + 55_000));
    const peeker = client.createReceiver("timed");
    const peeked = async () =>
      (await peeker.peekMessages(250, { fromSequenceNumber: Long.ZERO })).map(({ messageId, state }) => [
        messageId,
        state,
      ]);
    expect(await peeked()).toEqual([
      [locks.messageId, "active"],
      [dies.messageId, "active"],
      [waits.messageId, "scheduled"],
    ]);
    const { now } = (await control("POST", "/clock", { advanceMs: 61_000 })) as unknown as { now: number };
    expect(now).toBeGreaterThanOrEqual(before + 61_000);
    expect(await peeked()).toEqual([
      [locks.messageId, "active"],
      [waits.messageId, "active"],
    ]);
    const second = client.createReceiver("timed", { maxAutoLockRenewalDurationInMs: 0 });
    const [again] = await second.receiveMessages(1, { maxWaitTimeInMs: 2000 });
    expect(again).toMatchObject({ messageId: locks.messageId, deliveryCount: 1 });
  });

  test("the clock is not moved back, nor by nothing", async () => {
    const { now } = (await control("GET", "/clock")) as unknown as { now: number };
    for (const advanceMs of [-1, -3_600_000, 0, 1.5]) {
      await expect(control("POST", "/clock", { advanceMs })).rejects.toThrow(/advanceMs/);
    }
    expect((await control("GET", "/clock")).now as unknown as number).toBeGreaterThanOrEqual(now);
  });

  test("the clock is not moved beyond the dates that the protocol can say, however far it is asked to", async () => {
    const { now } = (await control("GET", "/clock")) as unknown as { now: number };
    const end = Date.parse("9999-12-31T23:59:59.999Z");
    for (const advanceMs of [end - now + 1_000, Number.MAX_SAFE_INTEGER]) {
      await expect(control("POST", "/clock", { advanceMs })).rejects.toThrow(/year 9999/);
    }
    expect((await control("GET", "/clock")).now as unknown as number).toBeLessThan(now + 60_000);
  });

  test("an unknown fault is refused with what was expected", async () => {
    await expect(control("POST", "/faults", { fault: "everything" })).rejects.toThrow(/fault/);
  });
});

describe("Seeding", () => {
  test("dead letters are put in with their own times, counts and reasons", async () => {
    // header absent; properties { message-id "seed-1" }; one data section "hi"
    const encoded = Buffer.from("005373c00901a106736565642d31005375a0026869", "hex");
    const seeded = await control("POST", "/seed", {
      entity: "orders",
      messages: [
        {
          message: encoded.toString("base64"),
          enqueuedAt: "2026-11-18T03:00:00Z",
          deliveryCount: 10,
          deadLetter: { reason: "MaxDeliveryCountExceeded", description: "gave up" },
        },
      ],
    });
    expect(seeded.sequenceNumbers).toHaveLength(1);
    const [dead] = await client.createReceiver("orders", { subQueueType: "deadLetter" }).peekMessages(1);
    expect(dead).toMatchObject({
      messageId: "seed-1",
      deliveryCount: 10,
      deadLetterReason: "MaxDeliveryCountExceeded",
      deadLetterErrorDescription: "gave up",
      enqueuedTimeUtc: new Date("2026-11-18T03:00:00Z"),
    });
  });

  test("what is no message, or no entity, is refused by name", async () => {
    await expect(control("POST", "/seed", { entity: "orders", messages: [{ message: "AAAA" }] })).rejects.toThrow(
      /decode-error/,
    );
    await expect(control("POST", "/seed", { entity: "nowhere", messages: [] })).rejects.toThrow(/not-found/);
  });
});
