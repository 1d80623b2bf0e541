import { parseArgs } from "node:util";
import { ServiceBusClient, type ServiceBusReceiver } from "@azure/service-bus";
import Long from "long";
import { emulatorConfig, queueOf } from "@/lib/testing/replay-bench";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { TIMING } from "@/lib/usecases/replays/engine/context";
import { encodeMessage } from "../embedded/sample/traffic/encode-message";
import { orderCreated } from "../embedded/sample/traffic/orders";
import { createRandom } from "../embedded/sample/traffic/random";
import { type BenchStack, peakMemory, processorSeconds, startStack } from "./stack";

/**
 * How fast the scanner reads dead letters into its database, against a bare peek loop on the client library: as many cursors, the same
 * broker, the same run. Only the ratios mean something. A first scan writes every message; a walk after that finds them as they were.
 *
 *   npm run bench:scan -- [--messages 40000] [--cursors 4] [--json]
 */
const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "40000" },
    cursors: { type: "string", default: "4" },
    json: { type: "boolean", default: false },
  },
});
const MESSAGES = Number(values.messages);
const CURSORS = Number(values.cursors);
const PAGE = 250;
const AIM = 0.8;
const AIM_MEMORY = 300;

const say = (text: string) => process.stderr.write(`${text}\n`);
const names = Array.from({ length: CURSORS }, (_, n) => `queue-${n}`);

/** The sample shop's orders, dead for one of two reasons. */
async function seed({ bench }: BenchStack): Promise<void> {
  const random = createRandom(5);
  const at = new Date();
  for (const [queue, name] of names.entries()) {
    for (const [reason, share] of [
      ["MaxDeliveryCountExceeded", 0.7],
      ["ValidationFailed", 0.3],
    ] as const) {
      const count = Math.round((MESSAGES / CURSORS) * share);
      const messages = Array.from({ length: count }, (_, n) =>
        encodeMessage(orderCreated(`${queue}-${reason}-${n}`, {}, random, at), at),
      );
      await bench.seed(name, messages, reason);
    }
  }
}

/** Peeks from the first to the last message of each queue, one loop a queue. */
async function rawLoop({ broker }: BenchStack): Promise<{ seconds: number; messages: number }> {
  const clients = names.map(() => new ServiceBusClient(broker.connectionString));
  const receivers = clients.map((client, n) =>
    client.createReceiver(names[n] as string, { subQueueType: "deadLetter", skipParsingBodyAsJson: true }),
  );
  // Links are opened before the clock runs.
  await Promise.all(receivers.map((receiver) => receiver.peekMessages(1, { fromSequenceNumber: Long.ZERO })));
  const begun = performance.now();
  const counts = await Promise.all(receivers.map(peekAll));
  const seconds = (performance.now() - begun) / 1000;
  await Promise.all(clients.map((client) => client.close()));
  return { seconds, messages: counts.reduce((sum, count) => sum + count, 0) };
}

async function peekAll(receiver: ServiceBusReceiver): Promise<number> {
  let count = 0;
  for (let from = Long.ZERO; ; ) {
    const page = await receiver.peekMessages(PAGE, { fromSequenceNumber: from });
    if (page.length === 0) return count;
    count += page.length;
    from = (page.at(-1)?.sequenceNumber as Long).add(1);
  }
}

interface Phase {
  readonly seconds: number;
  /** Processor time a message of each process, µs; null where the system does not say. */
  readonly microseconds: {
    readonly worker: number | null;
    readonly broker: number | null;
    readonly postgres: number | null;
  };
}

/** One worker, until it has read every queue to the end; then until it has walked through all of them again. */
async function scanner(stack: BenchStack): Promise<{ first: Phase; walk: Phase; memory: number | null }> {
  const config = { ...stack.bench.config, scan: { ...stack.bench.config.scan, watchSeconds: 1, walkSeconds: 3_600 } };
  const worker = new WorkerProcess({ config, timing: TIMING, scans: true });
  await worker.ready;
  const first = await phase(stack, worker.child.pid as number, (since) => walked(stack, since));
  const counted = await stack.query<{ n: number }>("SELECT count(*)::int AS n FROM dead_letter WHERE left_at IS NULL");
  if (counted[0]?.n !== seeded) throw new Error(`${counted[0]?.n} of ${seeded} messages were indexed`);
  const walk = await phase(stack, worker.child.pid as number, async (since) => {
    await stack.query("UPDATE queue SET walked_at = walked_at - interval '1 y', next_scan_at = now()");
    await walked(stack, since);
  });
  const memory = await peakMemory(worker.child.pid);
  worker.kill("SIGTERM");
  await worker.ended;
  return { first, walk, memory };
}

async function phase(stack: BenchStack, worker: number, run: (since: number) => Promise<void>): Promise<Phase> {
  const pids = [worker, stack.pids.broker, stack.pids.postgres];
  const spent = () => Promise.all(pids.map(processorSeconds));
  const before = await spent();
  const since = performance.now();
  await run(since);
  const seconds = (performance.now() - since) / 1000;
  const each = (await spent()).map((after, index) => {
    const from = before[index] ?? null;
    return after === null || from === null ? null : Math.round(((after - from) * 1e6) / seeded);
  });
  return { seconds, microseconds: { worker: each[0] ?? null, broker: each[1] ?? null, postgres: each[2] ?? null } };
}

async function walked({ query }: BenchStack, since: number): Promise<void> {
  for (;;) {
    const rows = await query<{ walked: number }>(
      "SELECT count(*)::int AS walked FROM queue WHERE walk_started_at IS NULL AND walked_at > now() - make_interval(secs => $1) AND sub_queue = 'dead-letter'",
      [(performance.now() - since) / 1000],
    );
    if (rows[0]?.walked === CURSORS) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

let seeded = 0;
const stack = await startStack(emulatorConfig({ queues: names.map((name) => queueOf(name)) }), 1_000);
try {
  say(`seeding ${MESSAGES} messages of about 1.5 KB into ${CURSORS} dead-letter queues …`);
  await seed(stack);
  seeded = names.length * (Math.round((MESSAGES / CURSORS) * 0.7) + Math.round((MESSAGES / CURSORS) * 0.3));
  const raw = await rawLoop(stack);
  if (raw.messages !== seeded) throw new Error(`the raw loop read ${raw.messages} of ${seeded} messages`);
  const rawRate = raw.messages / raw.seconds;
  say(`raw peek loop            ${Math.round(rawRate)} messages/s`);
  const scan = await scanner(stack);
  const firstRate = seeded / scan.first.seconds;
  const walkRate = seeded / scan.walk.seconds;
  const ratio = (rate: number) => Number((rate / rawRate).toFixed(2));
  say(`first scan, written      ${Math.round(firstRate)} messages/s   ${ratio(firstRate)} of raw (aim ${AIM})`);
  say(`walk over known messages ${Math.round(walkRate)} messages/s   ${ratio(walkRate)} of raw (aim ${AIM})`);
  for (const [name, { microseconds }] of Object.entries({ "first scan": scan.first, walk: scan.walk })) {
    const { worker, broker, postgres } = microseconds;
    say(`processor a message, ${name}: worker ${worker}, broker ${broker}, PostgreSQL ${postgres} µs`);
  }
  say(`worker, at most          ${scan.memory} MB (aim ${AIM_MEMORY})`);
  if (values.json) {
    console.log(
      JSON.stringify({
        messages: seeded,
        cursors: CURSORS,
        rawPerSecond: Math.round(rawRate),
        firstScanPerSecond: Math.round(firstRate),
        walkPerSecond: Math.round(walkRate),
        firstScanRatio: ratio(firstRate),
        walkRatio: ratio(walkRate),
        firstScanMicroseconds: scan.first.microseconds,
        walkMicroseconds: scan.walk.microseconds,
        workerMegabytes: scan.memory,
      }),
    );
  }
} finally {
  await stack.close();
}
