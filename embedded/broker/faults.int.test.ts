import { ServiceBusClient, ServiceBusError } from "@azure/service-bus";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../lib/testing/eventually";
import { type RunningBroker, startBroker } from "./start-broker";

/** What tests can make the broker do wrong, as a client meets it. */

const broker: RunningBroker = await startBroker({
  config: {
    UserConfig: {
      Namespaces: [
        {
          Name: "faulty",
          Queues: [{ Name: "orders" }, { Name: "other" }, { Name: "vanishing" }],
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
  test("server-busy refuses sends, peeks and settings of the named entity only, as ServiceBusy", async () => {
    await control("POST", "/faults", { fault: "server-busy", entity: "orders" });
    expect(await codeOf(client.createSender("orders").sendMessages(message()))).toBe("ServiceBusy");
    expect(await codeOf(client.createReceiver("orders").peekMessages(1))).toBe("ServiceBusy");
    expect(await codeOf(client.createSender("other").sendMessages(message()))).toBe("no error");
  });

  test("a fault with a number of times is over after them", async () => {
    await control("POST", "/faults", { fault: "server-busy", entity: "orders", times: 2 });
    const sender = client.createSender("orders");
    const codes: string[] = [];
    for (let i = 0; i < 3; i++) codes.push(await codeOf(sender.sendMessages(message())));
    expect(codes).toEqual(["ServiceBusy", "ServiceBusy", "no error"]);
  });

  test("credits: a topic send costs one and one per filter, management 10, a peek one per message; beyond them ServiceBusy", async () => {
    const used = async (): Promise<number> => (await control("GET", "/credits")).used as unknown as number;
    let before = await used();
    await client.createSender("events").sendMessages(message());
    expect((await used()) - before).toBe(2);
    before = await used();
    const receiver = client.createReceiver("events", "s");
    await receiver.peekMessages(10);
    expect((await used()) - before).toBe(1);
    await control("POST", "/credits", { perSecond: 5 });
    const sender = client.createSender("orders");
    const codes = await Promise.all(Array.from({ length: 30 }, () => codeOf(sender.sendMessages(message()))));
    expect(codes).toContain("ServiceBusy");
    await eventually(
      "credits of a new second",
      async () => (await codeOf(sender.sendMessages(message()))) === "no error",
    );
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

  test("lag-counts: counts stay behind, or read zero", async () => {
    const counts = async (): Promise<string> =>
      /ActiveMessageCount>(\d+)</.exec(await (await fetch(`${broker.administrationUrl}/other`)).text())?.[1] ?? "";
    const before = await counts();
    await control("POST", "/faults", { fault: "lag-counts", read: "frozen", entity: "other" });
    await client.createSender("other").sendMessages(message());
    expect(await counts()).toBe(before);
    await control("DELETE", "/faults");
    expect(await counts()).toBe(String(Number(before) + 1));
    await control("POST", "/faults", { fault: "lag-counts", read: "zero" });
    expect(await counts()).toBe("0");
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

  test("the clock moves locks and schedules, and never goes back", async () => {
    const sent = message("locked");
    await client.createSender("orders").sendMessages(sent);
    const first = client.createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
    const locked = await first.receiveMessages(100, { maxWaitTimeInMs: 500 });
    expect(locked.map(({ messageId }) => messageId)).toContain(sent.messageId);
    const { now } = (await control("POST", "/clock", { advanceMs: 61_000 })) as unknown as { now: number };
    expect(now).toBeGreaterThan(Date.now() + 60_000);
    const second = client.createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
    const again = await second.receiveMessages(100, { maxWaitTimeInMs: 500 });
    expect(again.find(({ messageId }) => messageId === sent.messageId)?.deliveryCount).toBe(1);
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
