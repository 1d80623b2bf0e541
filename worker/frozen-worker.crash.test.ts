import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { untilCompleted } from "@/lib/testing/chaos/judge-held";
import { judgeStruck, planStrikes, STEP_LANES } from "@/lib/testing/chaos/step-run";
import { chaosStack } from "@/lib/testing/chaos/test-stack";
import { WorkerPool } from "@/lib/testing/chaos/worker-pool";
import { eventually } from "@/lib/testing/eventually";
import { SHORT } from "@/lib/testing/replay-bench";
import type { WorkerProcess } from "@/lib/testing/worker-process";

const lanes = STEP_LANES.filter(({ shape }) => shape === "queue");
/** Beyond the lease and the send timeout, so that another has taken over, and beyond the locks (3 s). */
const FROZEN_MS = SHORT.leaseMs + SHORT.sendTimeoutMs + 2_500;
const stack = await chaosStack(lanes);
const { replays, strikes, tokens } = await planStrikes(stack, lanes, "SIGSTOP");
const pool = new WorkerPool({ config: stack.bench.config, timing: SHORT, scans: false, strikes }, 2);
afterAll(async () => {
  pool.killAll();
  await rm(tokens, { recursive: true, force: true });
});

/** The worker that has stopped itself in this lane. */
async function frozenIn(lane: string): Promise<WorkerProcess> {
  const pid = await eventually(
    `a worker to stop in ${lane}`,
    async () => Number(await readFile(join(tokens, lane), "utf8").catch(() => "0")),
    60_000,
  );
  const worker = pool.alive.find(({ child }) => child.pid === pid);
  if (worker === undefined) throw new Error(`${lane}: the process ${pid} is not one of the workers`);
  return worker;
}

it("R5: a worker stopped at any step beyond lease and lock and continued writes nothing more, and ends", async () => {
  pool.keep(2);
  await Promise.all(replays.map(({ start }) => start()));
  const woken = await Promise.all(
    lanes.map(async ({ name }) => {
      const worker = await frozenIn(name);
      pool.forget(worker);
      await delay(FROZEN_MS);
      worker.kill("SIGCONT");
      return { name, worker, ended: await worker.ended };
    }),
  );
  for (const { name, worker, ended } of woken) {
    expect([name, ended]).toEqual([name, { code: 1, signal: null }]);
    expect(worker.lines.some((line) => line.includes("another worker has taken over"))).toBe(true);
  }
  await untilCompleted(stack, replays, 60_000);
  const outcomes = await Promise.all(replays.map((replay) => judgeStruck(stack, replay)));
  expect(outcomes.flatMap(({ found }) => found)).toEqual([]);
}, 150_000);
