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
 * had above rate × length, against R6's bound, and the long-run rate. Then once more with a worker killed and another
 * started half-way, where only the bound counts: the copies in the hands of the dead have to wait for their locks.
 *
 * The whole table takes some twelve minutes: 300 copies at 1 a second are five of them, in which the runs with a kill go on beside.
 *
 *   npm run bench:throttle -- [--rates 1,5,20,100,500,1000] [--workers 1,2,4] [--kills both|only|none] [--seconds 15] [--quick] [--json]
 */
const { values } = parseArgs({
  options: {
    rates: { type: "string", default: "1,5,20,100,500,1000" },
    workers: { type: "string", default: "1,2,4" },
    kills: { type: "string", default: "both" },
    /** Seconds of a run, more where the rate would give fewer than 300 sends. */
    seconds: { type: "string", default: "15" },
    /** Short runs: the bound holds all the same, the long-run rate is shown where there are 300 sends. */
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const numbers = (text: string) => text.split(",").map(Number);
const SECONDS = values.quick ? 5 : Number(values.seconds);
/** Sends of which the long-run rate means something. */
const LONG_RUN = 300;
/** What the long-run rate has of the set one, at least; at most it has what R6 leaves a run of its length. */
const LEAST_RATIO = 0.99;
const BURST = 1;
/** A send's way from the check of its permits to the broker's clock, s; measured sends take some ms. */
const LARGEST_DELAY_SECONDS = 0.25;
/** PostgreSQL's: at most 32 workers run side by side, each with some twenty connections of its own. */
const CONNECTIONS = 700;
/** Runs go side by side as far as their shares of the machine add up to no more than this. */
const WHOLE_MACHINE = 8;

interface Cell {
  readonly rate: number;
  readonly workers: number;
  readonly kill: boolean;
  readonly queue: string;
}

interface Row extends Omit<Cell, "queue"> {
  readonly sends: number;
  /** Most sends in any window above rate × its length. */
  readonly excess: number;
  /** What R6 allows of it. */
  readonly allowed: number;
  /** Long-run rate over the set one; null: a worker was killed, or too few sends. */
  readonly ratio: number | null;
  /** What R6 allows of it. */
  readonly mostRatio: number | null;
}

const KILLS: Readonly<Record<string, readonly boolean[]>> = { both: [false, true], only: [true], none: [false] };
const kinds = KILLS[values.kills];
if (kinds === undefined) throw new Error(`--kills is both, only or none, not "${values.kills}"`);
const cells = kinds.flatMap((kill) =>
  numbers(values.rates).flatMap((rate) =>
    numbers(values.workers).map(
      (workers): Cell => ({ rate, workers, kill, queue: `rate-${rate}-${workers}${kill ? "-kill" : ""}` }),
    ),
  ),
);
const stack = await startStack(
  emulatorConfig({ queues: cells.map(({ queue }) => queueOf(queue, { LockDuration: "PT15S" })) }),
  1_000,
  { max_connections: String(CONNECTIONS) },
);

/** Its own database, its messages, and its workers started one after the other: a processor is left for the runs under way. */
async function setUp({ rate, workers: count, kill, queue }: Cell) {
  const { bench } = await stack.open(queue.replaceAll("-", "_"), [queue]);
  const least = kill || values.quick ? 10 : LONG_RUN;
  const messages = Math.max(least, Math.ceil(rate * (kill ? Math.min(SECONDS, 10) : SECONDS)));
  await bench.seed(
    queue,
    Array.from({ length: messages }, (_, n) => ({
      properties: messageProperties({ messageId: amqpString(`${queue}-${n}`) }),
      body: [dataBody("{}")],
    })),
  );
  await bench.index();
  const start = () =>
    new WorkerProcess({
      config: bench.config,
      timing: { ...TIMING, leaseMs: 3_000, sendTimeoutMs: 2_000 },
      scans: false,
    });
  const workers: WorkerProcess[] = [];
  while (workers.length < count) {
    const worker = start();
    await worker.ready;
    workers.push(worker);
  }
  return { bench, messages, start, workers };
}

async function measure(cell: Cell): Promise<Row> {
  const { rate, workers: count, kill, queue } = cell;
  const { bench, messages, start, workers } = await inTurn(() => setUp(cell));
  const id = await bench.start(queue, { rate, burst: BURST, doubtPolicy: "send-again" });
  for (let killed = false; ; ) {
    const { replay } = await bench.detail(id);
    if (replay.state === "completed") break;
    if (replay.state !== "running") throw new Error(`${queue}: ${replay.state}, ${replay.pauseReason}`);
    if (kill && !killed && replay.items.settled * 2 > messages) {
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
  const long = !kill && times.length >= LONG_RUN;
  return {
    rate,
    workers: count,
    kill,
    sends: times.length,
    excess: Number(rateExcess(times, rate).toFixed(1)),
    allowed: Number(mostSends(rate, BURST, 0, LARGEST_DELAY_SECONDS).toFixed(1)),
    ratio: long ? Number(((times.length - 1) / span / rate).toFixed(4)) : null,
    mostRatio: long ? mostRatio(rate, span) : null,
  };
}

/**
 * The most that R6 leaves the long-run rate of a run of `seconds`, over the set one: the first send may be as late as its permit lives and its way
 * takes, the last on time, and with the burst that shortens the run by a constant. So it is near 1 for long runs alone. Rounded up, as the ratio may be.
 */
function mostRatio(rate: number, seconds: number): number {
  const intervals = mostSends(rate, BURST, seconds, LARGEST_DELAY_SECONDS) - 1;
  return Math.ceil((intervals / (rate * seconds)) * 10_000) / 10_000;
}

function isLongRunKept({ ratio, mostRatio: most }: Row): boolean {
  return ratio === null || most === null || (ratio >= LEAST_RATIO && ratio <= most);
}

function lineOf(row: Row): string {
  const { rate, workers, kill, sends, excess, allowed, ratio } = row;
  const verdict = excess <= allowed ? "kept" : "EXCEEDED";
  const long =
    ratio === null
      ? ""
      : `   long-run ${ratio} of the rate, ${LEAST_RATIO} to ${row.mostRatio}: ${isLongRunKept(row) ? "met" : "MISSED"}`;
  const how = kill ? "one killed" : "";
  return `${String(rate).padStart(5)}/s  ${workers} worker${workers === 1 ? " " : "s"}  ${how.padEnd(10)}  ${String(sends).padStart(6)} sends  ${excess} above, ${allowed} allowed: ${verdict}${long}`;
}

/**
 * What a run takes of the machine: slow ones cost little more than their workers' looks for work, and take minutes. Where a worker is killed the bound alone counts,
 * which a busy machine does not ease; a long-run rate is to be had of a quiet one.
 */
function shareOf({ rate, workers, kill }: Cell): number {
  if (rate <= 5) return workers / 2;
  if (kill) return rate <= 20 ? 2 * workers : WHOLE_MACHINE / 2;
  return rate <= 20 ? Math.min(WHOLE_MACHINE, workers * 3) : WHOLE_MACHINE;
}

/** The slow ones first, beside them those with a kill, and at the end those that want the machine for themselves. */
function turnOf({ rate, kill }: Cell): number {
  if (kill) return 1;
  return rate <= 5 ? 0 : 2;
}

let settingUp: Promise<unknown> = Promise.resolve();

/** One at a time: dozens of processes that start at once leave no processor for a send's quarter of a second. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = settingUp.then(work);
  settingUp = turn.catch(() => undefined);
  return turn;
}

/** Each as soon as there is room for it. */
async function measureAll(waiting: Cell[]): Promise<Row[]> {
  const rows: Row[] = [];
  const running = new Set<Promise<void>>();
  let room = WHOLE_MACHINE;
  while (waiting.length > 0 || running.size > 0) {
    const next = waiting.findIndex((cell) => shareOf(cell) <= room);
    if (next < 0) {
      await Promise.race(running);
      continue;
    }
    const [cell] = waiting.splice(next, 1) as [Cell];
    room -= shareOf(cell);
    const run = measure(cell).then((row) => {
      rows.push(row);
      room += shareOf(cell);
      running.delete(run);
      if (!values.json) console.log(`${lineOf(row)}   (${waiting.length + running.size} to go)`);
    });
    running.add(run);
  }
  return rows;
}

let rows: Row[] = [];
try {
  rows = await measureAll(cells.toSorted((a, b) => turnOf(a) - turnOf(b) || a.rate - b.rate));
} finally {
  await stack.close();
}
rows.sort((a, b) => Number(a.kill) - Number(b.kill) || a.rate - b.rate || a.workers - b.workers);
if (!values.json) console.log(["", "The whole table:", ...rows.map(lineOf)].join("\n"));
if (values.json) console.log(JSON.stringify({ jMs: J_MS, largestDelaySeconds: LARGEST_DELAY_SECONDS, rows }));
process.exitCode = rows.every((row) => row.excess <= row.allowed && isLongRunKept(row)) ? 0 : 1;
