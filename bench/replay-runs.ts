import { spawn } from "node:child_process";
import { amqpString } from "@/lib/amqp/values";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { TIMING } from "@/lib/usecases/replays/engine/context";
import { bundleProgram } from "../scripts/stack/worker-program";
import type { Cost } from "./replay-verdicts";
import type { SdkLoop } from "./sdk-loops";
import { type BenchStack, peakMemory, processorSeconds } from "./stack";

export const UNTHROTTLED = 1_000_000_000;
const BODY = "x".repeat(1_024);

/** Puts messages of 1 KB into a DLQ, behind those that it has. */
export async function seed({ bench }: BenchStack, queue: string, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, n) => ({
    properties: messageProperties({ messageId: amqpString(`${queue}-${n}`), contentType: amqpString("text/plain") }),
    body: [dataBody(BODY)],
  }));
  await bench.seed(queue, messages);
}

/**
 * (a) or (b), messages a second: in a new process each time, bundled like the worker of (c) and ready before it begins, without the
 * options that keep a worker small. What has run before is warm, and would be quicker than any worker. With answers held back by `delayMs` it is so, too.
 */
export async function bySdk(
  stack: BenchStack,
  kind: SdkLoop["kind"],
  queue: string,
  count: number,
  delayMs?: number,
): Promise<number> {
  const program = bundleProgram("bench/sdk-loop-process.ts");
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const gone = new Promise((resolve) => child.once("close", resolve));
  const answer = new Promise<number>((resolve, reject) => {
    child.once("message", (told) => resolve((told as { perSecond: number }).perSecond));
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`the loop (${kind}) ended with ${code ?? signal}`)));
  });
  // It may end while nobody waits for it yet.
  answer.catch(() => {});
  try {
    await slowLinks(stack, delayMs ?? null);
    const loop: SdkLoop = { kind, connectionString: stack.broker.connectionString, queue, count };
    child.send(loop);
    return await answer;
  } finally {
    await slowLinks(stack, null);
    child.kill();
    await gone;
  }
}

export interface EngineRun {
  readonly perSecond: number;
  /** The most that its worker has had so far. */
  readonly megabytes: number | null;
  /** Processor time of each process for one message, microseconds. */
  readonly cost: Cost;
}

/** (c) A new worker of this console, from the start of the replay until its last item is settled. */
export async function engine(stack: BenchStack, queue: string, count: number, delayMs?: number): Promise<EngineRun> {
  await stack.bench.index();
  return withWorker(stack, async (worker) => {
    if (delayMs === undefined) return replayed(stack, worker, queue, count);
    await slowLinks(stack, delayMs);
    try {
      return await replayed(stack, worker, queue, count);
    } finally {
      await slowLinks(stack, null);
    }
  });
}

export interface Depth {
  readonly queue: string;
  /** Messages in the DLQ each time. */
  readonly depth: number;
  /** Replayed out of it each time. */
  readonly count: number;
  readonly times: number;
  /** What the worker replays before, so that its start is no part of what is measured. */
  readonly warm: { readonly queue: string; readonly count: number };
}

/** (c) out of a DLQ of some depth, several times by one worker; what a run has taken out of it is put back before the next. */
export async function engineAtDepth(stack: BenchStack, given: Depth): Promise<EngineRun[]> {
  const { queue, depth, count, times, warm } = given;
  await seed(stack, queue, depth);
  await seed(stack, warm.queue, warm.count);
  await stack.bench.index();
  return withWorker(stack, async (worker) => {
    await replayed(stack, worker, warm.queue, warm.count);
    const runs: EngineRun[] = [];
    while (runs.length < times) {
      if (runs.length > 0) {
        await seed(stack, queue, count);
        await stack.bench.index();
      }
      runs.push(await replayed(stack, worker, queue, count));
    }
    return runs;
  });
}

async function withWorker<T>({ bench }: BenchStack, act: (worker: WorkerProcess) => Promise<T>): Promise<T> {
  const worker = new WorkerProcess({ config: bench.config, timing: TIMING, scans: false });
  await worker.ready;
  try {
    return await act(worker);
  } finally {
    worker.kill("SIGTERM");
    await worker.ended;
  }
}

/** Plans first: what a plan costs is no part of it, nor is the collecting that filling the index has left to the database. */
async function replayed(stack: BenchStack, worker: WorkerProcess, queue: string, count: number): Promise<EngineRun> {
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
  return {
    perSecond: Math.round(count / seconds),
    megabytes: await peakMemory(worker.child.pid),
    cost: { worker: each("worker"), broker: each("broker"), postgres: each("postgres") },
  };
}

/** Holds every answer of the broker back by so many milliseconds; null: no longer. */
async function slowLinks({ broker }: BenchStack, delayMs: number | null): Promise<void> {
  const address = `${broker.controlUrl}/faults`;
  const answer =
    delayMs === null
      ? await fetch(address, { method: "DELETE" })
      : await fetch(address, { method: "POST", body: JSON.stringify({ fault: "slow-links", delayMs }) });
  if (!answer.ok) throw new Error(`faults: ${await answer.text()}`);
}
