import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceBusClient, type ServiceBusReceivedMessage, type ServiceBusReceiver } from "@azure/service-bus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningBroker, startBroker } from "../broker/start-broker";
import { CONFIG_FILE, type Entity, loadEntities } from "./entities";
import { SCENARIOS } from "./traffic/scenarios";

const HOUR_MS = 3_600_000;
const entities = loadEntities();
const config = JSON.parse(readFileSync(CONFIG_FILE, "utf8"));

let folder: string;
let broker: RunningBroker;
let client: ServiceBusClient;
let sample: Sample;

interface Sample {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  readonly url: string;
  readonly seeded: number;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sample-"));
  broker = await startOwnBroker(0, 0);
  client = new ServiceBusClient(broker.connectionString);
  sample = await startSample();
}, 60_000);

afterAll(async () => {
  sample?.child.kill("SIGKILL");
  await client?.close();
  await broker?.close();
  rmSync(folder, { recursive: true, force: true });
});

function startOwnBroker(amqpPort: number, controlPort: number): Promise<RunningBroker> {
  return startBroker({ config, amqpPort, controlPort, dataDir: join(folder, "broker") });
}

function spawnSample(controlUrl: string): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
  const args = ["--broker-control-url", controlUrl, "--data", join(folder, "sample"), "--scale", "small"];
  const child = spawn(process.execPath, ["--import", "tsx", "embedded/sample/main.ts", ...args], {
    env: { ...process.env, SAMPLE_CONNECTION_STRING: broker.connectionString },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, output: () => output, ended };
}

async function startSample(): Promise<Sample> {
  const started = spawnSample(broker.controlUrl ?? "");
  const ready = await until("the sample to be ready", () =>
    /sample ready control=(\d+) seeded=(\d+)/.exec(started.output()),
  );
  return { ...started, url: `http://127.0.0.1:${ready[1]}`, seeded: Number(ready[2]) };
}

async function until<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  ms = 20_000,
): Promise<T> {
  for (const deadline = Date.now() + ms; ; ) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline)
      throw new Error(`waited ${ms} ms for ${what}; the sample said:\n${sample?.output() ?? ""}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function openDeadLetters(own: ServiceBusClient, entity: Entity): ServiceBusReceiver {
  const options = { subQueueType: "deadLetter", skipParsingBodyAsJson: true } as const;
  const subscription = entity.path.split("/Subscriptions/")[1];
  return subscription === undefined
    ? own.createReceiver(entity.path, options)
    : own.createReceiver(entity.sendTo, subscription, options);
}

/** All dead letters of an entity, over a connection of its own: receivers of one client share where their peeks stand. */
async function peekAll(entity: Entity): Promise<ServiceBusReceivedMessage[]> {
  const own = new ServiceBusClient(broker.connectionString);
  const receiver = openDeadLetters(own, entity);
  const all: ServiceBusReceivedMessage[] = [];
  for (;;) {
    const last = all.at(-1)?.sequenceNumber;
    const page = await receiver.peekMessages(250, last === undefined ? {} : { fromSequenceNumber: last.add(1) });
    if (page.length === 0) break;
    all.push(...page);
  }
  await own.close();
  return all;
}

function entityOf(path: string): Entity {
  const entity = entities.find((candidate) => candidate.path === path);
  if (!entity) throw new Error(path);
  return entity;
}

/** Sends a copy of one dead letter of this reason to where it came from. */
async function resend(
  entity: Entity,
  reason: string,
  messageId: string,
  change = (body: string) => body,
): Promise<void> {
  const original = (await peekAll(entity)).find((message) => message.deadLetterReason === reason);
  if (!original) throw new Error(`no dead letter with ${reason} in ${entity.path}`);
  const sender = client.createSender(entity.sendTo);
  await sender.sendMessages({
    body: Buffer.from(change(Buffer.from(original.body).toString("utf8")), "utf8"),
    messageId,
    ...(original.sessionId === undefined ? {} : { sessionId: original.sessionId }),
    ...(original.subject === undefined ? {} : { subject: original.subject }),
    ...(original.applicationProperties === undefined ? {} : { applicationProperties: original.applicationProperties }),
  });
  await sender.close();
}

async function endOf(entity: Entity, messageId: string, ms = 20_000): Promise<"completed" | "dead-lettered"> {
  const look = async () => {
    const response = await fetch(`${broker.controlUrl}/record`);
    const { entries } = (await response.json()) as {
      entries: { event: string; entity: string; messageId: string | null }[];
    };
    const events = entries.filter((entry) => entry.messageId === messageId && entry.entity.startsWith(entity.path));
    const end = events.find((entry) => entry.event === "completed" || entry.event === "dead-lettered");
    return end?.event as "completed" | "dead-lettered" | undefined;
  };
  return until(`the end of ${messageId}`, look, ms);
}

const post = (path: string) => fetch(`${sample.url}${path}`, { method: "POST" });

describe("the sample on the embedded broker", () => {
  it("seeds every promised cause, at several ages, with its descriptions", async () => {
    expect(sample.seeded).toBeGreaterThan(350);
    for (const { entity, reason } of SCENARIOS) {
      const found = (await peekAll(entityOf(entity))).filter((message) => message.deadLetterReason === reason);
      expect([entity, reason, found.length >= 6]).toEqual([entity, reason, true]);
      const ages = found.map((message) => (Date.now() - (message.enqueuedTimeUtc?.getTime() ?? 0)) / HOUR_MS);
      expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(3);
      expect(found[0]?.deadLetterErrorDescription).toMatch(/\S/);
    }
  }, 30_000);

  it("keeps dead letters in the order of their enqueue times", async () => {
    const times = (await peekAll(entityOf("orders")))
      .slice(0, 40)
      .map((message) => message.enqueuedTimeUtc?.getTime() ?? 0);
    expect(times).toEqual([...times].sort((one, other) => one - other));
  });

  it.each([
    { consumer: "order-intake", path: "orders", reason: "ValidationFailed" },
    { consumer: "payment-capture", path: "payments", reason: "CURRENCY_SCALE_ERROR" },
    { consumer: "shipment-planner", path: "shipments", reason: "System.NullReferenceException" },
    { consumer: "notification-sender", path: "notifications", reason: "TemplateNotFound" },
    { consumer: "webhook-indexer", path: "github-webhooks", reason: "UnsupportedEvent" },
    { consumer: "stock-keeper", path: "inventory-events/Subscriptions/warehouse", reason: "SkuNotFound" },
    { consumer: "payment-capture", path: "payments", reason: "MaxDeliveryCountExceeded" },
  ])("$reason of $path comes back dead without the fix, and is consumed with it", async ({
    consumer,
    path,
    reason,
  }) => {
    const entity = entityOf(path);
    await resend(entity, reason, `broken-${consumer}-${reason}`);
    expect(await endOf(entity, `broken-${consumer}-${reason}`)).toBe("dead-lettered");
    expect((await post(`/consumers/${consumer}/deploy-fix`)).status).toBe(200);
    await resend(entity, reason, `fixed-${consumer}-${reason}`);
    expect(await endOf(entity, `fixed-${consumer}-${reason}`)).toBe("completed");
    expect((await post(`/consumers/${consumer}/break-again`)).status).toBe(200);
  }, 60_000);

  it("consumes an edited payload without the fix", async () => {
    const orders = entityOf("orders");
    const edit = (body: string) => body.replace('"phone":', '"email":"till@mail.example","phone":');
    await resend(orders, "ValidationFailed", "edited-order", edit);
    expect(await endOf(orders, "edited-order")).toBe("completed");
  }, 30_000);

  it("settles neighbours that end differently each as it should be", async () => {
    const webhooks = entityOf("github-webhooks");
    const ids = Array.from({ length: 60 }, (_, number) => `${number % 2 === 0 ? "whole" : "cut"}-neighbour-${number}`);
    const sender = client.createSender(webhooks.path);
    await sender.sendMessages(
      ids.map((messageId) => ({
        messageId,
        body: Buffer.from(messageId.startsWith("whole") ? '{"action":"opened","sender":{"login":"octo"}}' : "{"),
        applicationProperties: { "x-github-event": "issues" },
      })),
    );
    await sender.close();
    const ends = await Promise.all(ids.map((id) => endOf(webhooks, id)));
    expect(ends).toEqual(ids.map((id) => (id.startsWith("whole") ? "completed" : "dead-lettered")));
  }, 30_000);

  it("consumes what failed in an outage that is over", async () => {
    const analytics = entityOf("order-events/Subscriptions/analytics");
    await resend(analytics, "MaxDeliveryCountExceeded", "after-the-outage");
    expect(await endOf(analytics, "after-the-outage")).toBe("completed");
  }, 30_000);

  it("refuses a control port that is not the embedded broker's", async () => {
    const other = createServer((_request, response) => response.end('{"status":"healthy"}'));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const refused = spawnSample(`http://127.0.0.1:${(other.address() as AddressInfo).port}`);
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toContain("embedded broker only");
    other.close();
  }, 30_000);

  it("goes on receiving while the answers to its sends are lost", async () => {
    const orders = entityOf("orders");
    const response = await fetch(`${broker.controlUrl}/faults`, {
      method: "POST",
      body: JSON.stringify({ fault: "cut-after-send", entity: "payments", times: 1 }),
    });
    expect(response.ok, await response.text()).toBe(true);
    // Its payment is asked for on the connection that is cut. Were the order received on the same one, it could only
    // be completed after its lock of a minute has run out.
    await resend(orders, "ValidationFailed", "cut-at-its-payment", (body) =>
      body.replace('"phone":', '"email":"a@b.example","phone":'),
    );
    expect(await endOf(orders, "cut-at-its-payment", 40_000)).toBe("completed");
    const { faults } = (await (await fetch(`${broker.controlUrl}/faults`)).json()) as { faults: unknown[] };
    expect(faults).toEqual([]);
  }, 60_000);

  it("goes on by itself when the broker was started anew", async () => {
    const orders = entityOf("orders");
    const { amqpPort, controlPort } = broker;
    await client.close();
    await broker.close();
    broker = await startOwnBroker(amqpPort, controlPort ?? 0);
    client = new ServiceBusClient(broker.connectionString);
    await resend(orders, "ValidationFailed", "after-the-restart", (body) =>
      body.replace('"phone":', '"email":"a@b.example","phone":'),
    );
    expect(await endOf(orders, "after-the-restart")).toBe("completed");
  }, 60_000);

  it("ends within three seconds when told to, and seeds nothing at the next start", async () => {
    await post("/consumers/invoice-writer/deploy-fix");
    const began = Date.now();
    sample.child.kill("SIGTERM");
    expect(await sample.ended).toBe(0);
    expect(Date.now() - began).toBeLessThan(3_000);
    sample = await startSample();
    expect(sample.seeded).toBe(0);
    const consumers = (await (await fetch(`${sample.url}/consumers`)).json()) as { name: string; fixed: boolean }[];
    expect(consumers.filter((consumer) => consumer.fixed).map((consumer) => consumer.name)).toEqual(["invoice-writer"]);
  }, 60_000);
});
