import { parseArgs } from "node:util";
import { amqpString } from "@/lib/amqp/values";
import { J_MS, mostSends } from "@/lib/domain/throttle";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { rateExcess } from "@/lib/testing/rate-excess";
import { emulatorConfig, queueOf } from "@/lib/testing/replay-bench";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { TIMING } from "@/lib/usecases/replays/engine/context";
import { startStack } from "./stack";

/**
 * The throttle measured where it counts, at the broker: for each rate and number of workers, the most sends that any window
 * had above rate × length, against R6's bound, and the long-run rate.
 *
 *   npx tsx bench/throttle.ts [--rates 1,5,20,100,500,1000] [--workers 1,2,4] [--seconds 15] [--kill] [--json]
 */
const { values } = parseArgs({
  options: {
    rates: { type: "string", default: "1,5,20,100,500,1000" },
    workers: { type: "string", default: "1,2,4" },
    seconds: { type: "string", default: "15" },
    /** Kill a worker half-way and start another. */
    kill: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const numbers = (text: string) => text.split(",").map(Number);
const RATES = numbers(values.rates);
const WORKERS = numbers(values.workers);
const SECONDS = Number(values.seconds);
/** A send's way from the check of its permits to the broker's clock, s; measured sends take some ms. */
const LARGEST_DELAY_SECONDS = 0.25;

interface Row {
  readonly rate: number;
  readonly workers: number;
  readonly sends: number;
  /** Most sends in any window above rate × its length. */
  readonly excess: number;
  /** What R6 allows of it. */
  readonly allowed: number;
  /** Long-run rate over the set one. */
  readonly ratio: number;
}

const queueName = (rate: number, workers: number) => `rate-${rate}-${workers}`;
const stack = await startStack(
  emulatorConfig({
    queues: RATES.flatMap((rate) =>
      WORKERS.map((workers) => queueOf(queueName(rate, workers), { LockDuration: "PT30S" })),
    ),
  }),
  1_000,
);

async function measure(rate: number, count: number): Promise<Row> {
  const { bench } = stack;
  const queue = queueName(rate, count);
  const messages = Math.max(5, Math.ceil(rate * SECONDS));
  await bench.seed(
    queue,
    Array.from({ length: messages }, (_, n) => ({
      properties: messageProperties({ messageId: amqpString(`${queue}-${n}`) }),
      body: [dataBody("{}")],
    })),
  );
  await bench.index();
  await bench.resetRecord();
  const start = () =>
    new WorkerProcess({
      config: bench.config,
      timing: { ...TIMING, leaseMs: 3_000, sendTimeoutMs: 2_000 },
      scans: false,
    });
  const workers = Array.from({ length: count }, start);
  await Promise.all(workers.map(({ ready }) => ready));
  const id = await bench.start(queue, { rate, burst: 1, doubtPolicy: "send-again" });
  for (let killed = false; ; ) {
    const { replay } = await bench.detail(id);
    if (replay.state === "completed") break;
    if (replay.state !== "running") throw new Error(`${queue}: ${replay.state}, ${replay.pauseReason}`);
    if (values.kill && !killed && replay.items.settled * 2 > messages) {
      killed = true;
      workers.shift()?.kill();
      workers.push(start());
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  for (const worker of workers) worker.kill("SIGTERM");
  await Promise.all(workers.map(({ ended }) => ended));
  const times = (await bench.record(queue)).filter(({ event }) => event === "accepted").map(({ at }) => at);
  const span = (Math.max(...times) - Math.min(...times)) / 1000;
  return {
    rate,
    workers: count,
    sends: times.length,
    excess: Number(rateExcess(times, rate).toFixed(1)),
    allowed: Number(mostSends(rate, 1, 0, LARGEST_DELAY_SECONDS).toFixed(1)),
    ratio: Number(((times.length - 1) / span / rate).toFixed(4)),
  };
}

const rows: Row[] = [];
try {
  for (const rate of RATES) {
    for (const workers of WORKERS) {
      const row = await measure(rate, workers);
      rows.push(row);
      if (!values.json) {
        const verdict = row.excess <= row.allowed ? "kept" : "EXCEEDED";
        console.log(
          `${String(rate).padStart(5)}/s  ${workers} workers  ${String(row.sends).padStart(6)} sends  ${row.excess} above, ${row.allowed} allowed: ${verdict}  long-run ${row.ratio} of the rate`,
        );
      }
    }
  }
} finally {
  await stack.close();
}
if (values.json) console.log(JSON.stringify({ jMs: J_MS, largestDelaySeconds: LARGEST_DELAY_SECONDS, rows }));
process.exitCode = rows.every(({ excess, allowed }) => excess <= allowed) ? 0 : 1;
