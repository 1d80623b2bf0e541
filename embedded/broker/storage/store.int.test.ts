import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceBusClient, type ServiceBusReceivedMessage, type ServiceBusReceiver } from "@azure/service-bus";
import type Long from "long";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeValue } from "@/lib/amqp/encode-value";
import { encodeSection, SECTION } from "@/lib/amqp/sections";
import { MovableClock } from "../clock";
import { BrokerNamespace } from "../engine/namespace";
import { DEFAULT_QUEUE_SETTINGS, DEFAULT_SUBSCRIPTION_SETTINGS, DEFAULT_TOPIC_SETTINGS } from "../engine/settings";
import { type EmulatorConfig, type RunningBroker, startBroker } from "../start-broker";
import { openStore, type Store } from "./store";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "broker-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const CONFIG: EmulatorConfig = {
  UserConfig: {
    Namespaces: [
      {
        Name: "kept",
        Queues: [
          { Name: "orders" },
          { Name: "ids", Properties: { RequiresDuplicateDetection: true } },
          { Name: "sessions", Properties: { RequiresSession: true } },
        ],
        Topics: [{ Name: "events", Subscriptions: [{ Name: "all" }] }],
      },
    ],
  },
};

async function withBroker(act: (broker: RunningBroker, client: ServiceBusClient) => Promise<void>): Promise<void> {
  const broker = await startBroker({ config: CONFIG, dataDir: folder, controlPort: 0 });
  const client = new ServiceBusClient(broker.connectionString);
  try {
    await act(broker, client);
  } finally {
    await client.close();
    await broker.close();
  }
}

const describeMessage = ({ sequenceNumber, deliveryCount, state, body }: ServiceBusReceivedMessage): string =>
  `${sequenceNumber} ${deliveryCount} ${state} ${body}`;

describe("What is kept over a restart", () => {
  test("messages with number, state and delivery count; dead letters; counters; schedules", async () => {
    await withBroker(async (_broker, client) => {
      const sender = client.createSender("orders");
      await sender.sendMessages([1, 2, 3, 4, 5].map((body) => ({ body, messageId: `m${body}` })));
      await sender.scheduleMessages({ body: "later", messageId: "later" }, new Date(Date.now() + 3_600_000));
      const receiver = client.createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
      const [a, b, c, d] = await receiver.receiveMessages(4, { maxWaitTimeInMs: 1000 });
      if (!a || !b || !c || !d) throw new Error("four were received");
      await receiver.completeMessage(a);
      await receiver.abandonMessage(b);
      await receiver.deferMessage(c);
      await receiver.deadLetterMessage(d, { deadLetterReason: "why", deadLetterErrorDescription: "so" });
    });
    await withBroker(async (_broker, client) => {
      const receiver = client.createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
      expect((await receiver.peekMessages(10)).map(describeMessage)).toEqual([
        "2 1 active 2",
        "3 0 deferred 3",
        "5 0 active 5",
        "6 0 scheduled later",
      ]);
      const [dead] = await client.createReceiver("orders", { subQueueType: "deadLetter" }).peekMessages(1);
      expect(dead).toMatchObject({ body: 4, deadLetterReason: "why" });
      expect(String(dead?.sequenceNumber)).toBe("4");
      const [deferred] = await receiver.receiveDeferredMessages(
        dead ? ((dead.sequenceNumber as Long).sub(1) as Long) : [],
      );
      expect(deferred?.body).toBe(3);
      await client.createSender("orders").sendMessages({ body: "new" });
      expect(String((await receiver.peekMessages(10)).at(-1)?.sequenceNumber)).toBe("7");
    });
  });

  test("session state, ids seen for duplicate detection, entities and rules made at run time, and deletions", async () => {
    await withBroker(async (broker, client) => {
      await client.createSender("ids").sendMessages({ body: 1, messageId: "same" });
      await client.createSender("sessions").sendMessages({ body: 1, sessionId: "s" });
      const session = await client.acceptSession("sessions", "s");
      await session.setSessionState("step two");
      const rules = client.createRuleManager("events", "all");
      await rules.createRule("only-eu", { sqlExpression: "region = 'eu'" });
      await rules.deleteRule("$Default");
      await fetch(`${broker.controlUrl}/vanish`, { method: "POST", body: JSON.stringify({ entity: "orders" }) });
    });
    await withBroker(async (_broker, client) => {
      await client.createSender("ids").sendMessages({ body: 2, messageId: "same" });
      expect((await client.createReceiver("ids").peekMessages(5)).map(({ body }) => body)).toEqual([1]);
      expect(await (await client.acceptSession("sessions", "s")).getSessionState()).toBe("step two");
      const listed: string[] = [];
      for await (const { name } of client.createRuleManager("events", "all").listRules()) listed.push(name);
      expect(listed).toEqual(["only-eu"]);
      // The configuration still names the queue, so it is made anew, empty.
      expect(await client.createReceiver("orders").peekMessages(1)).toEqual([]);
    });
  });
});

/** The broker as a process of its own, to be killed. */
async function startProcess(data: string): Promise<{ client: ServiceBusClient; kill(): void }> {
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(CONFIG));
  const ports = ["--amqp-port", "0", "--admin-port", "0"];
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "embedded/broker/main.ts", "--config", config, ...ports, "--data", data],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const [ready] = (await once(child.stdout, "data")) as [Buffer];
  const port = /amqp=(\d+)/.exec(ready.toString())?.[1];
  const client = new ServiceBusClient(
    `Endpoint=sb://localhost:${port};SharedAccessKeyName=k;SharedAccessKey=k;UseDevelopmentEmulator=true;`,
    { retryOptions: { maxRetries: 0, timeoutInMs: 1000 } },
  );
  return { client, kill: () => void child.kill("SIGKILL") };
}

/** What a broker that is started anew on the folder has in the queue and in its dead-letter queue. */
async function afterRestart(data: string): Promise<{ active: string[]; dead: ServiceBusReceivedMessage[] }> {
  const broker = await startBroker({ config: CONFIG, dataDir: data });
  const client = new ServiceBusClient(broker.connectionString);
  const all = async (receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage[]> => {
    const found: ServiceBusReceivedMessage[] = [];
    for (let page = await receiver.peekMessages(250); page.length > 0; page = await receiver.peekMessages(250))
      found.push(...page);
    return found;
  };
  try {
    const active = await all(client.createReceiver("orders"));
    const dead = await all(client.createReceiver("orders", { subQueueType: "deadLetter" }));
    return { active: active.map(({ messageId }) => String(messageId)), dead };
  } finally {
    await client.close();
    await broker.close();
  }
}

describe("A kill", () => {
  test("in the middle of sends: what was answered is there, and nothing twice", async () => {
    const data = join(folder, "data");
    const { client, kill } = await startProcess(data);
    const answered = new Set<string>();
    const sender = client.createSender("orders");
    let next = 0;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (;;) {
          const messageId = `k${next++}`;
          try {
            await sender.sendMessages({ body: messageId, messageId });
          } catch {
            return;
          }
          answered.add(messageId);
          if (answered.size === 300) kill();
        }
      }),
    );
    await client.close();
    const { active } = await afterRestart(data);
    expect(new Set(active).size).toBe(active.length);
    expect(active).toEqual(expect.arrayContaining([...answered]));
  }, 30_000);

  for (const outcome of ["complete", "dead-letter"] as const) {
    test(`in the middle of settlements (${outcome}): nothing is lost, and nothing that was settled comes back`, async () => {
      const data = join(folder, "data");
      const { client, kill } = await startProcess(data);
      const ids = Array.from({ length: 800 }, (_, i) => `k${i}`);
      await client.createSender("orders").sendMessages(ids.map((messageId) => ({ body: messageId, messageId })));
      const receiver = client.createReceiver("orders", { maxAutoLockRenewalDurationInMs: 0 });
      const received: ServiceBusReceivedMessage[] = [];
      while (received.length < ids.length)
        received.push(...(await receiver.receiveMessages(ids.length - received.length, { maxWaitTimeInMs: 5000 })));
      const asked = new Set<string>();
      const answered = new Set<string>();
      // Twenty under way at any time, so that the kill finds some asked for and not yet answered.
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          for (let message = received.shift(); message !== undefined; message = received.shift()) {
            const id = String(message.messageId);
            asked.add(id);
            try {
              if (outcome === "complete") await receiver.completeMessage(message);
              else
                await receiver.deadLetterMessage(message, {
                  deadLetterReason: "Killed",
                  deadLetterErrorDescription: "in the middle of it",
                });
            } catch {
              return;
            }
            answered.add(id);
            if (answered.size === 300) kill();
          }
        }),
      );
      await client.close().catch(() => {});
      expect(answered.size).toBeLessThan(ids.length);
      const { active, dead } = await afterRestart(data);
      const deadIds = dead.map(({ messageId }) => String(messageId));
      const found = [...active, ...deadIds];
      expect(new Set(found).size, "none is there twice").toBe(found.length);
      expect(
        active.filter((id) => answered.has(id)),
        "none that was settled is back",
      ).toEqual([]);
      const missing = ids.filter((id) => !found.includes(id));
      if (outcome === "complete") {
        expect(
          missing.filter((id) => !asked.has(id)),
          "none is gone that nobody completed",
        ).toEqual([]);
        expect(deadIds).toEqual([]);
      } else {
        expect(missing, "none is gone").toEqual([]);
        expect(deadIds).toEqual(expect.arrayContaining([...answered]));
        expect(new Set(dead.map(({ deadLetterReason }) => deadLetterReason))).toEqual(new Set(["Killed"]));
      }
    }, 30_000);
  }
});

describe("The log", () => {
  let clock: MovableClock;
  const open = (): { namespace: BrokerNamespace; store: Store } => {
    clock = new MovableClock();
    const namespace = new BrokerNamespace("log", clock);
    return { namespace, store: openStore(folder, namespace) };
  };
  const message = (size: number): Buffer =>
    Buffer.from(encodeSection(SECTION.data, encodeValue({ type: "binary", value: Buffer.alloc(size, 1) })));
  const settings = { ...DEFAULT_QUEUE_SETTINGS, maxSizeInMegabytes: 80_000, maxMessageSizeInKilobytes: 4096 };
  const files = (): string[] => readdirSync(folder).filter((name) => name.endsWith(".bin"));

  test("a block torn by a kill is cut off, and everything before it is there", () => {
    const first = open();
    const queue = first.namespace.createQueue("q", settings);
    for (let i = 0; i < 5; i++) {
      first.namespace.routing.send(queue, [message(100)]);
      first.store.flush();
    }
    clock.stop();
    const newest = join(folder, files().sort().at(-1) as string);
    truncateSync(newest, statSync(newest).size - 40);
    const second = open();
    expect(second.namespace.find("q")?.main.messages.size).toBe(4);
    second.store.close();
    clock.stop();
  });

  test("a batch is one block: all of it or nothing", () => {
    const first = open();
    const queue = first.namespace.createQueue("q", settings);
    first.namespace.routing.send(queue, [message(10)]);
    first.store.flush();
    first.namespace.routing.send(queue, [message(100), message(100), message(100)]);
    first.store.flush();
    clock.stop();
    const newest = join(folder, files().sort().at(-1) as string);
    truncateSync(newest, statSync(newest).size - 5);
    const second = open();
    expect(second.namespace.find("q")?.main.messages.size).toBe(1);
    second.store.close();
    clock.stop();
  });

  test("damage that no kill explains stops the start, and names the file", () => {
    const first = open();
    first.namespace.createQueue("q", settings);
    first.store.close();
    clock.stop();
    const oldest = files().sort()[0] as string;
    open().store.close();
    clock.stop();
    appendFileSync(join(folder, oldest), "garbage that is long enough");
    expect(() => open()).toThrow(oldest);
    clock.stop();
  });

  test("the log stays in proportion: emptied segments go, and old messages are moved on", () => {
    const { namespace, store } = open();
    const queue = namespace.createQueue("q", settings);
    namespace.routing.send(queue, [message(1000)]);
    namespace.routing.send(queue, [message(2000)]);
    store.flush();
    for (let i = 0; i < 400; i++) {
      namespace.routing.send(queue, [message(1_000_000)]);
      const newest = [...queue.main.messages.walk(3)].at(-1);
      if (newest) queue.main.remove(newest);
      store.flush();
    }
    const size = files().reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(size).toBeLessThan(150_000_000);
    store.close();
    clock.stop();
    const again = open();
    const kept = again.namespace.find("q");
    expect([...(kept?.main.messages.walk(0) ?? [])].map(({ bytes }) => bytes.length)).toEqual([1008, 2008]);
    again.store.close();
    clock.stop();
  });

  test("an expired message is dead-lettered at the start", () => {
    const first = open();
    const queue = first.namespace.createQueue("q", {
      ...settings,
      defaultTimeToLiveMs: 20,
      deadLetteringOnMessageExpiration: true,
    });
    first.namespace.routing.send(queue, [message(10)]);
    first.store.flush();
    clock.stop();
    const until = Date.now() + 30;
    while (Date.now() < until) {
      // The message's time runs out while nobody serves.
    }
    const second = open();
    const entity = second.namespace.find("q");
    expect(entity?.kind === "queue" && entity.deadLetter.messages.size).toBe(1);
    second.store.close();
    clock.stop();
  });

  test("subscriptions, their rules and numbers", () => {
    const first = open();
    const topic = first.namespace.createTopic("t", DEFAULT_TOPIC_SETTINGS);
    first.namespace.createSubscription(topic, "s", DEFAULT_SUBSCRIPTION_SETTINGS, [
      {
        name: "r",
        filter: { type: "sql", expression: "1=1", parameters: { "@n": 5n, "@d": new Date(5) } },
        action: null,
        createdAt: 1,
      },
    ]);
    first.namespace.routing.send(topic, [message(10)]);
    first.store.close();
    clock.stop();
    const second = open();
    const subscription = second.namespace.find("t/Subscriptions/s");
    if (subscription?.kind !== "subscription") throw new Error("the subscription is there");
    expect(subscription.main.messages.size).toBe(1);
    expect(subscription.rules.get("r")?.definition.filter).toEqual({
      type: "sql",
      expression: "1=1",
      parameters: { "@n": 5n, "@d": new Date(5) },
    });
    expect(subscription.counters.next(0)).toBe(2);
    second.store.close();
    clock.stop();
  });
});
