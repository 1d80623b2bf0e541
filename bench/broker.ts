import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ServiceBusClient, type ServiceBusMessage } from "@azure/service-bus";
import Long from "long";

/**
 * Speed of the embedded broker as its client sees it: client and broker in a process each on this machine, 1 KB bodies, medians
 * of five runs. `--json` prints one JSON object; `--quick` leaves out the million messages.
 */

const RUNS = 5;
const BODY = Buffer.alloc(1024, 0x61);
const AIMS = {
  batchSend: 40_000,
  singleSend: 15_000,
  receiveComplete: 15_000,
  peek: 30_000,
  memoryBytes: 2_500_000_000,
};

interface Result {
  readonly name: string;
  readonly perSecond: number;
  readonly aim: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean" }, quick: { type: "boolean" } } });
  const broker = await startBrokerProcess();
  const client = new ServiceBusClient(broker.connectionString);
  const results: Result[] = [];
  const say = (line: string): void => {
    if (!values.json) console.log(line);
  };
  const measure = async (name: string, aim: number, run: (queue: string) => Promise<number>): Promise<void> => {
    const rates: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      const queue = `${name.replaceAll(/\W+/g, "-")}-${i}`;
      rates.push(await run(queue));
    }
    const perSecond = Math.round(rates.sort((a, b) => a - b)[Math.floor(RUNS / 2)] as number);
    results.push({ name, perSecond, aim });
    say(`${name.padEnd(48)} ${String(perSecond).padStart(8)} /s   (aim ${aim})`);
  };
  try {
    await measure("batch send", AIMS.batchSend, () => batchSend(client, "a", 40_000));
    await drop(client, "a");
    await measure("single send, 100 in flight", AIMS.singleSend, () => singleSend(client, "a", 10_000));
    await drop(client, "a");
    await measure("receive 500 + parallel complete", AIMS.receiveComplete, async () => {
      await batchSend(client, "a", 10_000);
      return receiveAndComplete(client, "a", 10_000);
    });
    await batchSend(client, "a", 20_000);
    await measure("peek with four cursors", AIMS.peek, () => peek(broker.connectionString, "a", 20_000));
    const flatness = values.quick ? null : await million(client, broker, say);
    if (values.json) console.log(JSON.stringify({ cpus: availableParallelism(), results, million: flatness }));
  } finally {
    await client.close();
    await broker.stop();
  }
}

function bench(body: Buffer, id: number): ServiceBusMessage {
  return { body, messageId: String(id) };
}

async function timed(count: number, act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return (count / (performance.now() - start)) * 1000;
}

/** Batches as large as the link takes, two of them under way, as the client library makes them. */
async function batchSend(client: ServiceBusClient, queue: string, count: number): Promise<number> {
  const sender = client.createSender(queue);
  let sent = 0;
  const rate = await timed(count, async () => {
    const sendSome = async (): Promise<void> => {
      while (sent < count) {
        const batch = await sender.createMessageBatch();
        while (sent < count && batch.tryAddMessage(bench(BODY, sent))) sent++;
        if (batch.count > 0) await sender.sendMessages(batch);
      }
    };
    await Promise.all([sendSome(), sendSome()]);
  });
  await sender.close();
  return rate;
}

async function singleSend(client: ServiceBusClient, queue: string, count: number): Promise<number> {
  const sender = client.createSender(queue);
  let sent = 0;
  const rate = await timed(count, () =>
    Promise.all(
      Array.from({ length: 100 }, async () => {
        while (sent < count) await sender.sendMessages(bench(BODY, sent++));
      }),
    ),
  );
  await sender.close();
  return rate;
}

async function receiveAndComplete(client: ServiceBusClient, queue: string, count: number): Promise<number> {
  const receiver = client.createReceiver(queue, { maxAutoLockRenewalDurationInMs: 0 });
  let done = 0;
  const rate = await timed(count, async () => {
    while (done < count) {
      const messages = await receiver.receiveMessages(Math.min(500, count - done), { maxWaitTimeInMs: 2000 });
      await Promise.all(messages.map((message) => receiver.completeMessage(message)));
      done += messages.length;
      if (messages.length === 0) throw new Error("the queue ran empty");
    }
  });
  await receiver.close();
  return rate;
}

async function peek(connectionString: string, queue: string, count: number): Promise<number> {
  const clients = Array.from({ length: 4 }, () => new ServiceBusClient(connectionString));
  const receivers = clients.map((client) => client.createReceiver(queue));
  const [first] = await (receivers[0] as (typeof receivers)[number]).peekMessages(1, { fromSequenceNumber: Long.ZERO });
  await Promise.all(receivers.map((receiver) => receiver.peekMessages(1, { fromSequenceNumber: Long.ZERO })));
  const base = first?.sequenceNumber as Long;
  const share = count / receivers.length;
  let seen = 0;
  const rate = await timed(count, () =>
    Promise.all(
      receivers.map(async (receiver, cursor) => {
        for (let next = base.add(share * cursor), left = share; left > 0; ) {
          const page = await receiver.peekMessages(Math.min(250, left), { fromSequenceNumber: next });
          if (page.length === 0) throw new Error("peek came to an end too early");
          seen += page.length;
          left -= page.length;
          next = (page.at(-1)?.sequenceNumber as Long).add(1);
        }
      }),
    ),
  );
  if (seen < count) throw new Error(`peeked ${seen} of ${count}`);
  await Promise.all(clients.map((client) => client.close()));
  return rate;
}

async function drop(client: ServiceBusClient, queue: string): Promise<void> {
  const receiver = client.createReceiver(queue, { receiveMode: "receiveAndDelete" });
  while ((await receiver.receiveMessages(1000, { maxWaitTimeInMs: 200 })).length > 0) {
    // Until it is empty.
  }
  await receiver.close();
}

interface MillionResult {
  readonly memoryBytes: number;
  readonly aimBytes: number;
  readonly ratesByDepth: readonly { readonly depth: number; readonly receiveComplete: number; readonly peek: number }[];
}

/** Fills one queue to a million messages, and looks at what an operation costs on the way. */
async function million(
  client: ServiceBusClient,
  broker: BrokerProcess,
  say: (line: string) => void,
): Promise<MillionResult> {
  const ratesByDepth: MillionResult["ratesByDepth"][number][] = [];
  let depth = 0;
  for (const next of [1000, 100_000, 1_000_000]) {
    await batchSend(client, "deep", next - depth);
    depth = next;
    const peekRate = await peek(broker.connectionString, "deep", Math.min(depth, 20_000));
    const receiveRate = await receiveAndComplete(client, "deep", Math.min(depth, 5000));
    await batchSend(client, "deep", Math.min(depth, 5000));
    ratesByDepth.push({ depth, receiveComplete: Math.round(receiveRate), peek: Math.round(peekRate) });
    say(
      `at ${String(depth).padStart(9)} messages: receive + complete ${Math.round(receiveRate)} /s, peek ${Math.round(peekRate)} /s`,
    );
  }
  const memoryBytes = broker.memoryBytes();
  say(`memory with a million 1 KB messages: ${(memoryBytes / 1e9).toFixed(2)} GB   (aim ${AIMS.memoryBytes / 1e9} GB)`);
  return { memoryBytes, aimBytes: AIMS.memoryBytes, ratesByDepth };
}

interface BrokerProcess {
  readonly connectionString: string;
  memoryBytes(): number;
  stop(): Promise<void>;
}

function startBrokerProcess(): Promise<BrokerProcess> {
  const folder = mkdtempSync(join(tmpdir(), "broker-bench-"));
  const properties = { MaxSizeInMegabytes: 81_920, LockDuration: "PT5M" };
  const config = {
    UserConfig: {
      Namespaces: [{ Name: "bench", Queues: ["a", "deep"].map((Name) => ({ Name, Properties: properties })) }],
    },
  };
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify(config));
  const main = new URL("../embedded/broker/main.ts", import.meta.url).pathname;
  const child = spawn(
    process.execPath,
    ["--import", "tsx", main, "--config", file, "--amqp-port", "0", "--admin-port", "0"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the broker ended before it was ready")));
    child.stdout.on("data", (data: Buffer) => {
      const port = /amqp=(\d+)/.exec(data.toString())?.[1];
      if (port === undefined) return;
      resolve({
        connectionString: `Endpoint=sb://localhost:${port};SharedAccessKeyName=bench;SharedAccessKey=bench;UseDevelopmentEmulator=true;`,
        memoryBytes: () => residentBytes(child.pid as number),
        stop: () =>
          new Promise((done) => {
            child.once("exit", () => {
              rmSync(folder, { recursive: true });
              done();
            });
            child.kill("SIGTERM");
          }),
      });
    });
  });
}

/** Linux only: resident memory of a process. */
function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
