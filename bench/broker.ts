import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { ServiceBusClient } from "@azure/service-bus";
import { batchSend, empty, Peekers, receiveAndComplete, singleSend } from "./broker-operations";
import { type BrokerProcess, startBrokerProcess } from "./broker-process";
import { median } from "./figures";

/**
 * Speed of the embedded broker as its client sees it: client and broker in a process each on this machine, 1 KB bodies. Every
 * figure is the median of five runs behind one that warms up. Prints a table; with `--json` one JSON object as the last line;
 * `--quick` leaves out the million messages.
 */

const RUNS = 5;
const DEPTHS = [1000, 10_000, 100_000, 1_000_000];
/** At each depth so many messages are peeked, received and completed, and sent again; four times over make a run. */
const AT_DEPTH = 1000;
const TIMES_OVER = 4;
const MEMORY_AIM_BYTES = 2_500_000_000;

interface Row {
  readonly name: string;
  readonly perSecond: number;
  readonly aim: number;
}

interface DepthRow {
  readonly depth: number;
  readonly batchSend: number;
  readonly receiveComplete: number;
  readonly peek: number;
  /** Processor time that the broker spent on one message that was peeked, received, completed and sent, in µs. */
  readonly brokerMicros: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean" }, quick: { type: "boolean" } } });
  const broker = await startBrokerProcess(["a", "deep"]);
  const client = new ServiceBusClient(broker.connectionString);
  try {
    console.log(`${"operation".padEnd(40)} ${"messages/s".padStart(11)} ${"aim".padStart(8)}`);
    const rows = await measureRows(client, broker);
    const million = values.quick ? null : await measureDepths(client, broker);
    if (values.json) console.log(JSON.stringify({ cpus: availableParallelism(), runs: RUNS, rows, million }));
  } finally {
    await client.close();
    await broker.stop();
  }
}

async function measureRows(client: ServiceBusClient, broker: BrokerProcess): Promise<Row[]> {
  const rows: Row[] = [];
  const measure = async (name: string, aim: number, run: () => Promise<number>): Promise<void> => {
    const perSecond = Math.round(await medianOfRuns(run));
    rows.push({ name, perSecond, aim });
    console.log(`${name.padEnd(40)} ${String(perSecond).padStart(11)} ${String(aim).padStart(8)}`);
  };
  await measure("batch send", 40_000, () => batchSend(client, "a", 40_000));
  await empty(client, "a");
  await measure("single send, 100 in flight", 15_000, () => singleSend(client, "a", 10_000, 100));
  await empty(client, "a");
  await measure("receive 500 + parallel complete", 15_000, async () => {
    await batchSend(client, "a", 10_000);
    return receiveAndComplete(client, "a", 10_000);
  });
  await batchSend(client, "a", 20_000);
  const peekers = new Peekers(broker.connectionString, "a", 4);
  await measure("peek with four cursors", 30_000, () => peekers.peek(20_000));
  await peekers.close();
  await empty(client, "a");
  return rows;
}

/** Fills one queue to a million messages, and looks at what an operation costs on the way. */
async function measureDepths(
  client: ServiceBusClient,
  broker: BrokerProcess,
): Promise<{ memoryBytes: number; aimBytes: number; depths: DepthRow[] }> {
  const depths: DepthRow[] = [];
  const peekers = new Peekers(broker.connectionString, "deep", 4);
  console.log(
    `\n${"messages in the queue".padEnd(22)} ${["batch send/s", "receive+complete/s", "peek/s", "broker µs/message"].join("  ")}`,
  );
  let filled = 0;
  let memoryBytes = 0;
  for (const depth of DEPTHS) {
    await batchSend(client, "deep", depth - filled);
    filled = depth;
    memoryBytes = broker.memoryBytes();
    const samples: DepthRow[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const sample = await oneRunAtDepth(client, broker, peekers, depth);
      if (run > 0) samples.push(sample);
    }
    const row: DepthRow = {
      depth,
      batchSend: Math.round(median(samples.map((sample) => sample.batchSend))),
      receiveComplete: Math.round(median(samples.map((sample) => sample.receiveComplete))),
      peek: Math.round(median(samples.map((sample) => sample.peek))),
      brokerMicros: Math.round(median(samples.map((sample) => sample.brokerMicros))),
    };
    depths.push(row);
    console.log(
      `${String(depth).padStart(21)}  ${String(row.batchSend).padStart(12)}  ${String(row.receiveComplete).padStart(18)}  ${String(row.peek).padStart(6)}  ${String(row.brokerMicros).padStart(17)}`,
    );
  }
  await peekers.close();
  console.log(
    `\nmemory with a million 1 KB messages: ${(memoryBytes / 1e9).toFixed(2)} GB (aim: below ${MEMORY_AIM_BYTES / 1e9} GB)`,
  );
  return { memoryBytes, aimBytes: MEMORY_AIM_BYTES, depths };
}

/** The queue holds as many messages afterwards as before. */
async function oneRunAtDepth(
  client: ServiceBusClient,
  broker: BrokerProcess,
  peekers: Peekers,
  depth: number,
): Promise<DepthRow> {
  const rates: Omit<DepthRow, "depth" | "brokerMicros">[] = [];
  const before = broker.cpuMicros();
  for (let time = 0; time < TIMES_OVER; time++) {
    rates.push({
      peek: await peekers.peek(AT_DEPTH),
      receiveComplete: await receiveAndComplete(client, "deep", AT_DEPTH),
      batchSend: await batchSend(client, "deep", AT_DEPTH),
    });
  }
  return {
    depth,
    peek: mean(rates.map(({ peek }) => peek)),
    receiveComplete: mean(rates.map(({ receiveComplete }) => receiveComplete)),
    batchSend: mean(rates.map((rate) => rate.batchSend)),
    brokerMicros: (broker.cpuMicros() - before) / (AT_DEPTH * TIMES_OVER),
  };
}

async function medianOfRuns(run: () => Promise<number>): Promise<number> {
  await run();
  const figures: number[] = [];
  for (let i = 0; i < RUNS; i++) figures.push(await run());
  return median(figures);
}

function mean(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
