import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ServiceBusClient } from "@azure/service-bus";
import { amqpString } from "../lib/amqp/values";
import type { Broker } from "../lib/brokers/broker";
import { codecFor } from "../lib/brokers/codecs";
import { openBroker } from "../lib/brokers/open-broker";
import { dataBody, encodeMessage, messageProperties, named } from "../lib/testing/messages";

/**
 * What the broker adapter costs, without ledger and database: moves dead letters of 1 KB from two dead-letter queues to
 * their queues on the embedded broker, once with the plain SDK in its fastest form and once through the port, in windows
 * of 500. Run: `npx tsx bench/copy-path.ts [messages]`.
 */

const COUNT = Number(process.argv[2] ?? 20_000);
const WINDOW = 500;
const QUEUES = ["plain", "port"] as const;

interface Result {
  readonly perSecond: number;
  /** Processor time of this process, broker excluded. */
  readonly microsecondsEach: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "copy-path-"));
  const { process: broker, amqp, admin, control } = await startBroker(folder);
  try {
    const connectionString = `Endpoint=sb://localhost:${amqp};SharedAccessKeyName=bench;SharedAccessKey=bench;UseDevelopmentEmulator=true`;
    for (const queue of QUEUES) await seed(control, queue);
    const plain = await measure(() => movePlain(connectionString));
    const port = openBroker({
      name: "bench",
      broker: "service-bus",
      connectionString,
      administrationUrl: `http://localhost:${admin}`,
      include: ["*"],
      exclude: [],
      entities: [],
    });
    const through = await measure(() => moveThroughPort(port));
    await port.close();
    print("plain SDK, windows of 500", plain);
    print("broker port", through);
    process.stdout.write(`port / plain: ${(through.perSecond / plain.perSecond).toFixed(2)}\n`);
  } finally {
    broker.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function movePlain(connectionString: string): Promise<void> {
  const client = new ServiceBusClient(connectionString);
  const receiver = client.createReceiver("plain", { subQueueType: "deadLetter", maxAutoLockRenewalDurationInMs: 0 });
  const sender = client.createSender("plain");
  for (let moved = 0; moved < COUNT; ) {
    const messages = await receiver.receiveMessages(WINDOW, { maxWaitTimeInMs: 5_000 });
    let batch = await sender.createMessageBatch();
    for (const { body, messageId, subject, contentType, applicationProperties } of messages) {
      const copy = { body, messageId, subject, contentType, applicationProperties } as Parameters<
        typeof batch.tryAddMessage
      >[0];
      if (batch.tryAddMessage(copy)) continue;
      await sender.sendMessages(batch);
      batch = await sender.createMessageBatch();
      batch.tryAddMessage(copy);
    }
    await sender.sendMessages(batch);
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    moved += messages.length;
  }
  await client.close();
}

async function moveThroughPort(broker: Broker): Promise<void> {
  const codec = codecFor("service-bus");
  const queue = { entityPath: "port", subQueue: "dead-letter" } as const;
  const sender = await broker.openSender("port");
  let receiver = await broker.openReceiver(queue);
  for (let moved = 0, held = 0; moved < COUNT; ) {
    const locked = await receiver.lock(WINDOW, 5_000);
    let copies = locked.map(({ message }, i) =>
      codec.prepareCopy(message.encoded, {
        stamp: { itemId: "00000000-0000-4000-8000-000000000000", attempt: i, originalKey: message.key },
      }),
    );
    while (copies.length > 0) {
      const length = sender.batchLength(copies);
      await sender.send(copies.slice(0, length), 10_000);
      copies = copies.slice(length);
    }
    await Promise.all(locked.map((message) => receiver.complete(message)));
    moved += locked.length;
    held += locked.length;
    if (held < 1_500) continue;
    held = 0;
    await receiver.close();
    receiver = await broker.openReceiver(queue);
  }
}

async function measure(run: () => Promise<void>): Promise<Result> {
  const begun = performance.now();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return { perSecond: (COUNT / (performance.now() - begun)) * 1_000, microsecondsEach: (user + system) / COUNT };
}

function print(name: string, { perSecond, microsecondsEach }: Result): void {
  process.stdout.write(
    `${name.padEnd(28)} ${perSecond.toFixed(0).padStart(7)}/s ${microsecondsEach.toFixed(0).padStart(5)} µs each\n`,
  );
}

async function seed(control: string, entity: string): Promise<void> {
  for (let from = 0; from < COUNT; from += 1_000) {
    const messages = Array.from({ length: Math.min(1_000, COUNT - from) }, (_, i) => ({
      message: Buffer.from(message(from + i)).toString("base64"),
      deadLetter: { reason: "Bench", description: "moved by a benchmark" },
    }));
    const response = await fetch(`http://localhost:${control}/seed`, {
      method: "POST",
      body: JSON.stringify({ entity, messages }),
    });
    if (!response.ok) throw new Error(await response.text());
  }
}

function message(n: number): Uint8Array {
  return encodeMessage({
    properties: messageProperties({
      messageId: amqpString(`m-${n}`),
      subject: amqpString("bench"),
      contentType: amqpString("application/json"),
    }),
    applicationProperties: named({
      tenant: amqpString(`t${n % 50}`),
      attempt: { type: "int", value: 1 },
      at: { type: "timestamp", value: 1_700_000_000_000n },
    }),
    body: [dataBody(JSON.stringify({ id: n, text: "x".repeat(900) }))],
  });
}

async function startBroker(
  folder: string,
): Promise<{ process: ChildProcess; amqp: string; admin: string; control: string }> {
  const config = join(folder, "config.json");
  const queues = QUEUES.map((Name) => ({ Name, Properties: { LockDuration: "PT1M" } }));
  writeFileSync(
    config,
    JSON.stringify({ UserConfig: { Namespaces: [{ Name: "bench", Queues: queues, Topics: [] }] } }),
  );
  const ports = ["--amqp-port", "0", "--admin-port", "0", "--control-port", "0"];
  const started = spawn(
    process.execPath,
    ["--import", "tsx", "embedded/broker/main.ts", "--config", config, ...ports],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  for await (const line of createInterface({ input: started.stdout })) {
    const found = /amqp=(\d+) admin=(\d+) control=(\d+)/.exec(line);
    const [, amqp, admin, control] = found ?? [];
    if (amqp && admin && control) return { process: started, amqp, admin, control };
  }
  throw new Error("the broker did not start");
}

await main();
