import { parseArgs } from "node:util";
import { ServiceBusClient, type ServiceBusReceivedMessage } from "@azure/service-bus";
import { amqpString } from "@/lib/amqp/values";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { emulatorConfig, queueOf } from "@/lib/testing/replay-bench";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { TIMING } from "@/lib/usecases/replays/engine/context";
import { AIM, type Cost, share, verdictsOf, wordsOf } from "./replay-verdicts";
import { type BenchStack, peakMemory, processorSeconds, startStack } from "./stack";

/**
 * How fast the engine replays, against a bare loop on the SDK and the script that people write. All in one run on one
 * machine, since only their ratio means something. Then (a) and (c) once more with every answer of the broker held back, and
 * the engine over DLQs of several depths, of which it replays as many each time. Plans are made before, and count for nothing.
 *
 * The end says of each aim whether it was met; one that was not measured is named too.
 *
 *   npm run bench:replay -- [--messages 20000] [--slow-messages 20000] [--delay 5] [--depths 1000,20000,200000] [--quick] [--json]
 */
const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "20000" },
    /** For the script; as many as for the others unless it is given. */
    "slow-messages": { type: "string" },
    /** Milliseconds that answers are held back. */
    delay: { type: "string", default: "5" },
    /** Messages in the DLQ; as many of each are replayed as the smallest has, by a worker that has replayed some before. */
    depths: { type: "string", default: "1000,20000,200000" },
    /** (a), (b) and (c) alone. */
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const MESSAGES = Number(values.messages);
const SLOW = Number(values["slow-messages"] ?? values.messages);
const DELAY = Number(values.delay);
const DEPTHS = values.quick ? [] : values.depths.split(",").map(Number);
/** Replayed out of each depth. */
const OF_DEPTH = Math.min(10_000, ...DEPTHS);
/** Replayed before that: as few messages as the smallest depth has would measure the worker's start alone. */
const WARM = 3_000;
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
  // With answers held back the client library gives up on closing a link; that says nothing of its speed.
  await client.close().catch(() => undefined);
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

interface EngineRun {
  readonly perSecond: number;
  readonly megabytes: number | null;
  /** Processor time of each process for one message, microseconds. */
  readonly cost: Cost;
}

interface EngineOptions {
  /** Answers are held back by so many milliseconds. */
  readonly delayMs?: number;
  /** What the worker replays before, so that its start is no part of what is measured. */
  readonly warm?: { readonly queue: string; readonly count: number };
}

/** (c) One worker of this console, from the start of the replay until its last item is settled. */
async function engine(
  stack: BenchStack,
  queue: string,
  count: number,
  { delayMs, warm }: EngineOptions = {},
): Promise<EngineRun> {
  const { bench } = stack;
  say("  reading the index …");
  await bench.index();
  const worker = new WorkerProcess({ config: bench.config, timing: TIMING, scans: false });
  await worker.ready;
  try {
    if (warm !== undefined) await replayed(stack, worker, warm.queue, warm.count);
    if (delayMs !== undefined) await slowLinks(stack, delayMs);
    const { seconds, cost } = await replayed(stack, worker, queue, count);
    const megabytes = await peakMemory(worker.child.pid);
    return { perSecond: Math.round(count / seconds), megabytes, cost };
  } finally {
    if (delayMs !== undefined) await slowLinks(stack, null);
    worker.kill("SIGTERM");
    await worker.ended;
  }
}

/** Plans first: what a plan costs is no part of it, nor is the collecting that filling the index has left to the database. */
async function replayed(
  stack: BenchStack,
  worker: WorkerProcess,
  queue: string,
  count: number,
): Promise<{ seconds: number; cost: Cost }> {
  const { bench, pids, query } = stack;
  const spent = async () => ({
    worker: await processorSeconds(worker.child.pid as number),
    broker: await processorSeconds(pids.broker),
    postgres: await processorSeconds(pids.postgres),
  });
  const selection = { kind: "filter" as const, filter: { queue: await bench.queueId(queue) }, first: count };
  const { id, start } = await bench.plan(queue, { rate: UNTHROTTLED, burst: 1_000_000, selection });
  await query("VACUUM (ANALYZE)");
  const before = await spent();
  await start();
  for (let state = "running"; state === "running"; ) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const rows = await query<{ state: string }>("SELECT state FROM replay WHERE id = $1", [id]);
    state = rows[0]?.state as string;
  }
  const after = await spent();
  const rows = await query<{ seconds: number; settled: number }>(
    `SELECT extract(epoch FROM max(i.settled_at) - min(r.started_at))::float8 AS seconds,
            (count(*) FILTER (WHERE i.state = 'settled'))::int AS settled
     FROM replay r JOIN replay_item i ON i.replay_id = r.id WHERE r.id = $1`,
    [id],
  );
  const { seconds, settled } = rows[0] as { seconds: number; settled: number };
  if (settled !== count) {
    throw new Error(
      `${settled} of ${count} settled: ${JSON.stringify((await bench.detail(id)).replay)}\n${worker.lines.slice(-20).join("\n")}`,
    );
  }
  const each = (process: keyof Cost): number | null => {
    const [from, to] = [before[process], after[process]];
    return from === null || to === null ? null : Math.round(((to - from) / count) * 1_000_000);
  };
  return { seconds, cost: { worker: each("worker"), broker: each("broker"), postgres: each("postgres") } };
}

async function slowLinks({ broker }: BenchStack, delayMs: number | null): Promise<void> {
  const address = `${broker.controlUrl}/faults`;
  const answer =
    delayMs === null
      ? await fetch(address, { method: "DELETE" })
      : await fetch(address, { method: "POST", body: JSON.stringify({ fault: "slow-links", delayMs }) });
  if (!answer.ok) throw new Error(`faults: ${await answer.text()}`);
}

const words = ({ worker, broker, postgres }: Cost): string =>
  `processor a message: worker ${worker ?? "?"}, broker ${broker ?? "?"}, PostgreSQL ${postgres ?? "?"} µs`;

const names = [
  "bare",
  "script",
  "engine",
  "bare-delayed",
  "engine-delayed",
  ...DEPTHS.flatMap((depth) => [`depth-${depth}`, `warm-${depth}`]),
];
const stack = await startStack(
  emulatorConfig({ queues: names.map((name) => queueOf(name, { LockDuration: "PT1M" })) }),
  UNTHROTTLED,
);
const print = (line: string): void => {
  if (!values.json) console.log(line);
};
try {
  say(`seeding ${MESSAGES} messages of 1 KB (${SLOW} for the script) …`);
  await seed(stack, "bare", MESSAGES);
  await seed(stack, "script", SLOW);
  say("(a) bare loop on the SDK …");
  const bare = Math.round(MESSAGES / (await bareLoop(stack, "bare", MESSAGES)));
  print(`(a) bare loop on the SDK   ${bare}/s`);
  say("(b) one by one …");
  const script = Math.round(SLOW / (await oneByOne(stack, "script", SLOW)));
  print(`(b) one by one             ${script}/s`);
  await seed(stack, "engine", MESSAGES);
  say("(c) this engine …");
  const ours = await engine(stack, "engine", MESSAGES);
  const ratios = { overBareLoop: share(ours.perSecond, bare), overScript: share(ours.perSecond, script) };
  print(
    `(c) this engine, 1 worker  ${ours.perSecond}/s   ${ratios.overBareLoop} of a, ${ratios.overScript} times b, ${ours.megabytes ?? "?"} MB`,
  );
  print(`    ${words(ours.cost)}`);
  let delayed: {
    bareLoopPerSecond: number;
    enginePerSecond: number;
    overBareLoop: number;
    megabytes: number | null;
  } | null = null;
  const depths: (EngineRun & { depth: number })[] = [];
  if (!values.quick) {
    await seed(stack, "bare-delayed", MESSAGES);
    say(`(a) with answers ${DELAY} ms late …`);
    await slowLinks(stack, DELAY);
    const bareDelayed = Math.round(MESSAGES / (await bareLoop(stack, "bare-delayed", MESSAGES)));
    await slowLinks(stack, null);
    await seed(stack, "engine-delayed", MESSAGES);
    say(`(c) with answers ${DELAY} ms late …`);
    const oursDelayed = await engine(stack, "engine-delayed", MESSAGES, { delayMs: DELAY });
    const overBareLoop = share(oursDelayed.perSecond, bareDelayed);
    delayed = {
      bareLoopPerSecond: bareDelayed,
      enginePerSecond: oursDelayed.perSecond,
      overBareLoop,
      megabytes: oursDelayed.megabytes,
    };
    print(`answers ${DELAY} ms late        a ${bareDelayed}/s, c ${oursDelayed.perSecond}/s   ${overBareLoop} of a`);
  }
  for (const depth of DEPTHS) {
    const queue = `depth-${depth}`;
    const warm = { queue: `warm-${depth}`, count: WARM };
    await seed(stack, queue, depth);
    await seed(stack, warm.queue, warm.count);
    say(`(c) ${OF_DEPTH} of ${depth} in the DLQ …`);
    const run = await engine(stack, queue, OF_DEPTH, { warm });
    depths.push({ depth, ...run });
    print(`${String(depth).padStart(7)} in the DLQ         ${OF_DEPTH} at ${run.perSecond}/s   ${words(run.cost)}`);
  }
  const verdicts = verdictsOf({
    ...ratios,
    delayMs: DELAY,
    delayedOverBareLoop: delayed?.overBareLoop ?? null,
    megabytes: [
      ours.megabytes,
      ...(delayed === null ? [] : [delayed.megabytes]),
      ...depths.map((run) => run.megabytes),
    ],
    depths,
  });
  print(`\nThe aims, set for ${AIM.messages} messages in one run (here ${MESSAGES}, ${SLOW} for b):`);
  for (const verdict of verdicts) print(wordsOf(verdict));
  const result = {
    messages: MESSAGES,
    scriptMessages: SLOW,
    bareLoopPerSecond: bare,
    scriptPerSecond: script,
    engine: ours,
    ...ratios,
    delayMs: DELAY,
    delayed,
    depths,
    verdicts,
  };
  if (values.json) console.log(JSON.stringify(result));
} finally {
  await stack.close();
}
