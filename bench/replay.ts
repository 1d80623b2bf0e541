import { parseArgs } from "node:util";
import { ServiceBusClient, type ServiceBusReceivedMessage } from "@azure/service-bus";
import { amqpString } from "@/lib/amqp/values";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { emulatorConfig, queueOf } from "@/lib/testing/replay-bench";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { TIMING } from "@/lib/usecases/replays/engine/context";
import { type BenchStack, peakMemory, startStack } from "./stack";

/**
 * How fast the engine replays, against a bare loop on the SDK and the script that people write. All in one run on one
 * machine, since only their ratio means something.
 *
 *   npx tsx bench/replay.ts [--messages 20000] [--slow-messages 3000] [--json]
 */
const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "20000" },
    "slow-messages": { type: "string", default: "3000" },
    json: { type: "boolean", default: false },
  },
});
const MESSAGES = Number(values.messages);
const SLOW = Number(values["slow-messages"]);
const BODY = "x".repeat(1_024);
const UNTHROTTLED = 1_000_000_000;
const WINDOW = 500;

const say = (text: string) => process.stderr.write(`${text}\n`);

async function seed({ bench }: BenchStack, queue: string, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, n) => ({
    properties: messageProperties({ messageId: amqpString(`${queue}-${n}`), contentType: amqpString("text/plain") }),
    body: [dataBody(BODY)],
  }));
  await bench.seed(queue, messages);
}

/** (a) Receive 500, send them as a batch, complete them in parallel; no record, no limit, lost when it dies between. */
async function bareLoop(stack: BenchStack, queue: string, count: number): Promise<number> {
  const client = new ServiceBusClient(stack.broker.connectionString);
  const receiver = client.createReceiver(queue, { subQueueType: "deadLetter", maxAutoLockRenewalDurationInMs: 0 });
  const sender = client.createSender(queue);
  const begun = performance.now();
  for (let done = 0; done < count; ) {
    const messages = await receiver.receiveMessages(Math.min(WINDOW, count - done), { maxWaitTimeInMs: 5_000 });
    let batch = await sender.createMessageBatch();
    for (const message of messages) {
      if (batch.tryAddMessage(copyOf(message))) continue;
      await sender.sendMessages(batch);
      batch = await sender.createMessageBatch();
      batch.tryAddMessage(copyOf(message));
    }
    await sender.sendMessages(batch);
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    done += messages.length;
  }
  const seconds = (performance.now() - begun) / 1000;
  await client.close();
  return seconds;
}

/** (b) The script that people write: one by one. */
async function oneByOne(stack: BenchStack, queue: string, count: number): Promise<number> {
  const client = new ServiceBusClient(stack.broker.connectionString);
  const receiver = client.createReceiver(queue, { subQueueType: "deadLetter" });
  const sender = client.createSender(queue);
  const begun = performance.now();
  for (let done = 0; done < count; ) {
    const messages = await receiver.receiveMessages(Math.min(100, count - done), { maxWaitTimeInMs: 5_000 });
    for (const message of messages) {
      await sender.sendMessages(copyOf(message));
      await receiver.completeMessage(message);
    }
    done += messages.length;
  }
  const seconds = (performance.now() - begun) / 1000;
  await client.close();
  return seconds;
}

function copyOf(message: ServiceBusReceivedMessage) {
  return { body: message.body, ...(message.messageId === undefined ? {} : { messageId: message.messageId }) };
}

/** (c) One worker of this console, from the start of the replay until its last item is settled. */
async function engine(
  stack: BenchStack,
  queue: string,
  count: number,
): Promise<{ seconds: number; memory: number | null }> {
  const { bench } = stack;
  say("  reading the index …");
  await bench.index();
  const worker = new WorkerProcess({ config: bench.config, timing: TIMING, scans: false }, { asShipped: true });
  await worker.ready;
  const id = await bench.start(queue, { rate: UNTHROTTLED, burst: 1_000_000 });
  for (let state = "running"; state === "running"; ) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const rows = await stack.query<{ state: string }>("SELECT state FROM replay WHERE id = $1", [id]);
    state = rows[0]?.state as string;
  }
  const rows = await stack.query<{ seconds: number; settled: number }>(
    `SELECT extract(epoch FROM max(i.settled_at) - min(r.started_at))::float8 AS seconds,
            (count(*) FILTER (WHERE i.state = 'settled'))::int AS settled
     FROM replay r JOIN replay_item i ON i.replay_id = r.id WHERE r.id = $1`,
    [id],
  );
  const memory = await peakMemory(worker.child.pid);
  worker.kill("SIGTERM");
  await worker.ended;
  const { seconds, settled } = rows[0] as { seconds: number; settled: number };
  if (settled !== count) {
    throw new Error(
      `${settled} of ${count} settled: ${JSON.stringify((await bench.detail(id)).replay)}\n${worker.lines.slice(-20).join("\n")}`,
    );
  }
  return { seconds, memory };
}

const stack = await startStack(
  emulatorConfig({ queues: ["bare", "script", "engine"].map((name) => queueOf(name, { LockDuration: "PT1M" })) }),
  UNTHROTTLED,
);
try {
  say(`seeding ${MESSAGES} messages of 1 KB (${SLOW} for the script) …`);
  await seed(stack, "bare", MESSAGES);
  await seed(stack, "script", SLOW);
  say("(a) bare loop on the SDK …");
  const bare = MESSAGES / (await bareLoop(stack, "bare", MESSAGES));
  say("(b) one by one …");
  const script = SLOW / (await oneByOne(stack, "script", SLOW));
  await seed(stack, "engine", MESSAGES);
  say("(c) this engine …");
  const { seconds, memory } = await engine(stack, "engine", MESSAGES);
  const ours = MESSAGES / seconds;
  const result = {
    messages: MESSAGES,
    bareLoopPerSecond: Math.round(bare),
    scriptPerSecond: Math.round(script),
    enginePerSecond: Math.round(ours),
    engineOverBareLoop: Number((ours / bare).toFixed(2)),
    engineOverScript: Number((ours / script).toFixed(2)),
    workerMegabytes: memory,
  };
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.log(`(a) bare loop on the SDK   ${result.bareLoopPerSecond}/s`);
    console.log(`(b) one by one             ${result.scriptPerSecond}/s`);
    console.log(
      `(c) this engine, 1 worker  ${result.enginePerSecond}/s   ${result.engineOverBareLoop} of a, ${result.engineOverScript} times b, ${memory ?? "?"} MB`,
    );
  }
} finally {
  await stack.close();
}
