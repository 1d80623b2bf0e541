import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { untilCompleted } from "@/lib/testing/chaos/judge-held";
import { LOCK_MS } from "@/lib/testing/chaos/lanes";
import { judgeStruck, planStrikes, STEP_LANES, strikeInTurn } from "@/lib/testing/chaos/step-run";
import { chaosStack } from "@/lib/testing/chaos/test-stack";
import { WorkerPool } from "@/lib/testing/chaos/worker-pool";
import { eventually } from "@/lib/testing/eventually";
import { SHORT } from "@/lib/testing/replay-bench";

const lanes = STEP_LANES.filter(({ shape }) => shape === "queue");
const stack = await chaosStack(lanes);
const { replays, strikes, tokens } = await planStrikes(stack, lanes, "SIGSTOP");
const pool = new WorkerPool({ config: stack.bench.config, timing: SHORT, scans: false, strikes }, 2);
afterAll(async () => {
  pool.killAll();
  await rm(tokens, { recursive: true, force: true });
});

/**
 * Continues the worker that has stopped itself in this lane once its locks have run out and another has taken over from it. How
 * long that takes is the machine's: one that is continued before may go on, and rightly works on without striking any more.
 */
async function thaw(lane: string) {
  // The file is there a moment before what is written into it.
  const pid = await eventually("the worker to say who it is", async () => {
    const written = await readFile(join(tokens, lane), "utf8");
    return written !== "" && Number(written);
  });
  const worker = pool.alive.find(({ child }) => child.pid === pid);
  if (worker === undefined) throw new Error(`${lane}: the process ${pid} is not one of the workers`);
  pool.forget(worker);
  // A lock runs out by time alone, and what this one holds was locked before it stopped.
  const runOut = performance.now() + LOCK_MS;
  await eventually(
    `${lane}: another worker to take over from the stopped one`,
    async () => (await stack.query("SELECT 1 FROM worker WHERE pid = $1 AND ended_at IS NOT NULL", [pid])).length > 0,
    120_000,
    100,
  );
  await eventually(`${lane}: its locks to run out`, () => performance.now() > runOut, 2 * LOCK_MS, 100);
  worker.kill("SIGCONT");
  return { lane, worker, ended: await worker.ended };
}

it("R5: a worker stopped at any step beyond lease and lock and continued writes nothing more, and ends", async () => {
  pool.keep(2);
  const thawing: ReturnType<typeof thaw>[] = [];
  await strikeInTurn(stack, replays, tokens, {
    atATime: 3,
    onStruck: ({ lane }) => thawing.push(thaw(lane.name)),
  });
  for (const { lane, worker, ended } of await Promise.all(thawing)) {
    expect([lane, ended]).toEqual([lane, { code: 1, signal: null }]);
    expect(worker.lines.some((line) => line.includes("another worker has taken over"))).toBe(true);
  }
  expect(thawing).toHaveLength(lanes.length);
  await untilCompleted(stack, replays, 120_000);
  const outcomes = await Promise.all(replays.map((replay) => judgeStruck(stack, replay)));
  expect(outcomes.flatMap(({ found }) => found)).toEqual([]);
}, 600_000);
