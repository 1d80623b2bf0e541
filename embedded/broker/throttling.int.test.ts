import {
  type ServiceBusAdministrationClient,
  ServiceBusClient,
  ServiceBusError,
  type ServiceBusReceivedMessage,
} from "@azure/service-bus";
import Long from "long";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { administrationOverHttp } from "../../lib/testing/administration-client";
import { StandingClock } from "../../lib/testing/standing-clock";
import { startBroker } from "./start-broker";

/** Credits and server-busy. The broker's clock stands still, so that a second's credits do not come back by themselves. */

const clock = new StandingClock(Date.UTC(2026, 10, 21, 12));
const broker = await startBroker({
  config: {
    UserConfig: {
      Namespaces: [
        {
          Name: "metered",
          Queues: [{ Name: "orders" }, { Name: "other" }, { Name: "talks", Properties: { RequiresSession: true } }],
          Topics: [
            {
              Name: "events",
              Subscriptions: [
                {
                  Name: "s",
                  Rules: ["a", "b"].map((Name) => ({
                    Name,
                    Properties: { FilterType: "Sql", SqlFilter: { SqlExpression: "1=1" } },
                  })),
                },
              ],
            },
          ],
        },
      ],
    },
  },
  controlPort: 0,
  clock,
});
afterAll(() => broker.close());

let client: ServiceBusClient;
let administration: ServiceBusAdministrationClient;
beforeEach(() => {
  client = new ServiceBusClient(broker.connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 3000 } });
  administration = administrationOverHttp(broker.connectionString, broker.administrationUrl);
});
afterEach(async () => {
  await control("DELETE", "/faults");
  await limit(null);
  await client.close();
});

async function control(method: string, path: string, body?: object): Promise<Record<string, number>> {
  const answer = await fetch(`${broker.controlUrl}${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, number>;
}

const limit = (perSecond: number | null): Promise<object> => control("POST", "/credits", { perSecond });

async function costOf(act: () => Promise<unknown>): Promise<number> {
  const before = (await control("GET", "/credits")).used as number;
  await act();
  return ((await control("GET", "/credits")).used as number) - before;
}

/** The client's code, or the status of an administration request. */
async function codeOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => "no error",
    (error: { statusCode?: number }) =>
      error instanceof ServiceBusError ? error.code : String(error.statusCode ?? error),
  );
}

const receiverOf = (entity: string) => client.createReceiver(entity, { maxAutoLockRenewalDurationInMs: 0 });

describe("Credits", () => {
  test("a send costs 1 per message of the batch, a topic send 1 more per filter for each", async () => {
    expect(await costOf(() => client.createSender("other").sendMessages({ body: 1 }))).toBe(1);
    expect(await costOf(() => client.createSender("other").sendMessages([{ body: 1 }, { body: 2 }]))).toBe(2);
    expect(await costOf(() => client.createSender("events").sendMessages({ body: 1 }))).toBe(3);
    expect(await costOf(() => client.createSender("events").sendMessages([{ body: 1 }, { body: 2 }]))).toBe(6);
  });

  test("a receive costs 1 per message, and settling it on its link nothing, even when no credits are left", async () => {
    await client.createSender("orders").sendMessages([1, 2, 3].map((body) => ({ body })));
    const receiver = receiverOf("orders");
    const received: ServiceBusReceivedMessage[] = [];
    const cost = await costOf(async () => {
      while (received.length < 3)
        received.push(...(await receiver.receiveMessages(3 - received.length, { maxWaitTimeInMs: 1000 })));
    });
    expect(cost).toBe(3);
    await limit(1);
    await client.createSender("other").sendMessages({ body: 1 });
    expect(await costOf(() => Promise.all(received.map((each) => receiver.completeMessage(each))))).toBe(0);
  });

  test("a peek costs 1 per message, and 1 when there is none", async () => {
    const receiver = client.createReceiver("events", "s");
    const peek = () => receiver.peekMessages(100, { fromSequenceNumber: Long.ZERO });
    const { length } = await peek();
    expect(length).toBeGreaterThan(1);
    expect(await costOf(peek)).toBe(length);
    const empty = client.createReceiver("events", "s", { subQueueType: "deadLetter" });
    expect(await costOf(() => empty.peekMessages(100))).toBe(1);
  });

  test("a management call costs 10, over AMQP and over HTTP", async () => {
    const sender = client.createSender("other");
    expect(await costOf(() => sender.scheduleMessages({ body: 1 }, new Date(clock.now() + 3_600_000)))).toBe(10);
    const receiver = receiverOf("other");
    const [locked] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 1000 });
    if (locked === undefined) throw new Error("one was received");
    expect(await costOf(() => receiver.renewMessageLock(locked))).toBe(10);
    expect(await costOf(() => client.createRuleManager("events", "s").createRule("c", { messageId: "x" }))).toBe(10);
    expect(await costOf(() => administration.getQueueRuntimeProperties("orders"))).toBe(10);
  });

  test("when they are used up, every kind of request is ServiceBusy, receives on open links too, until the next second", async () => {
    const opened = receiverOf("orders");
    await client.createSender("orders").sendMessages([1, 2, 3, 4].map((body) => ({ body })));
    const [locked] = await opened.receiveMessages(1, { maxWaitTimeInMs: 1000 });
    if (locked === undefined) throw new Error("one was received");
    await client.createSender("talks").sendMessages({ body: 1, sessionId: "s" });
    const requests: Record<string, () => Promise<unknown>> = {
      "a send": () => client.createSender("other").sendMessages({ body: 1 }),
      "a topic send": () => client.createSender("events").sendMessages({ body: 1 }),
      "a peek": () => receiverOf("orders").peekMessages(1),
      "a receive on an open link": () => opened.receiveMessages(1, { maxWaitTimeInMs: 1000 }),
      "a receive on a new link": () => receiverOf("orders").receiveMessages(1, { maxWaitTimeInMs: 1000 }),
      "a session": async () => (await client.acceptNextSession("talks")).close(),
      "a schedule": () => client.createSender("other").scheduleMessages({ body: 1 }, new Date(clock.now() + 60_000)),
      "a lock renewal": () => opened.renewMessageLock(locked),
      rules: () => client.createRuleManager("events", "s").deleteRule("b"),
    };
    await limit(1);
    await client.createSender("other").sendMessages({ body: 1 });
    const codes = async (): Promise<Record<string, string>> => {
      const found: Record<string, string> = {};
      for (const [name, act] of Object.entries(requests)) found[name] = await codeOf(act());
      return found;
    };
    const all = (code: string): Record<string, string> =>
      Object.fromEntries(Object.keys(requests).map((name) => [name, code]));
    expect(await codes()).toEqual(all("ServiceBusy"));
    expect(await codeOf(administration.getQueue("orders"))).toBe("503");
    expect((await control("GET", "/credits")).refused).toBeGreaterThanOrEqual(10);
    clock.advance(1000);
    await limit(1000);
    delete requests["a lock renewal"];
    expect(await codes()).toEqual(all("no error"));
    expect(await codeOf(administration.getQueue("orders"))).toBe("no error");
  });
});

describe("server-busy on command", () => {
  test("refuses receives of the named entity and of its sub-queues, and no other's", async () => {
    await control("POST", "/faults", { fault: "server-busy", entity: "orders" });
    const receive = (entity: string, subQueueType?: "deadLetter"): Promise<unknown> =>
      client
        .createReceiver(entity, { maxAutoLockRenewalDurationInMs: 0, ...(subQueueType ? { subQueueType } : {}) })
        .receiveMessages(1, { maxWaitTimeInMs: 100 });
    expect(await codeOf(receive("orders"))).toBe("ServiceBusy");
    expect(await codeOf(receive("orders", "deadLetter"))).toBe("ServiceBusy");
    expect(await codeOf(receive("other"))).toBe("no error");
  });

  test("a sub-queue can be named alone", async () => {
    await control("POST", "/faults", { fault: "server-busy", entity: "orders/$DeadLetterQueue" });
    const dead = client.createReceiver("orders", { subQueueType: "deadLetter" });
    expect(await codeOf(dead.receiveMessages(1, { maxWaitTimeInMs: 100 }))).toBe("ServiceBusy");
    expect(await codeOf(receiverOf("orders").receiveMessages(1, { maxWaitTimeInMs: 100 }))).toBe("no error");
  });

  test("a receiver that waits for messages is told, and comes back by itself when the fault is over", async () => {
    const errors: string[] = [];
    const retrying = new ServiceBusClient(broker.connectionString, {
      retryOptions: { maxRetries: 5, retryDelayInMs: 20 },
    });
    await client.createSender("other").sendMessages({ body: "waiting" });
    await control("POST", "/faults", { fault: "server-busy", entity: "other", times: 2 });
    try {
      // What it was told until the message came: a client that is closed while it still sets up a link says so as well.
      const told = await new Promise<string[]>((resolve) => {
        retrying.createReceiver("other", { receiveMode: "receiveAndDelete" }).subscribe({
          processMessage: async () => resolve([...errors]),
          processError: async ({ error }) =>
            void errors.push(error instanceof ServiceBusError ? error.code : `${error}`),
        });
      });
      expect(new Set(told)).toEqual(new Set(["ServiceBusy"]));
    } finally {
      await retrying.close();
    }
    expect((await control("GET", "/faults")).faults).toEqual([]);
  });

  test("refuses management calls and administration of the named entity, and all administration without a name", async () => {
    await control("POST", "/faults", { fault: "server-busy", entity: "events/Subscriptions/s" });
    const rules = client.createRuleManager("events", "s");
    expect(await codeOf(rules.createRule("d", { messageId: "x" }))).toBe("ServiceBusy");
    expect(await codeOf(administration.getSubscriptionRuntimeProperties("events", "s"))).toBe("503");
    expect(await codeOf(administration.createRule("events", "s", "d", { sqlExpression: "1=1" }))).toBe("503");
    expect(await codeOf(administration.getTopic("events"))).toBe("no error");
    await control("POST", "/faults", { fault: "server-busy" });
    expect(await codeOf(administration.getTopic("events"))).toBe("503");
    expect(await codeOf(administration.listQueues().next())).toBe("503");
  });
});
