import { pino } from "pino";
import type { Step } from "@/lib/usecases/replays/engine/context";
import { runWorker } from "../../worker/run-worker";
import type { CrashWorkerOptions } from "./replay-bench";

/** The worker's own entry for tests: like worker/main.ts, but it can be told to die by its own SIGKILL at a step. */
const options = JSON.parse(process.env.CRASH_WORKER as string) as CrashWorkerOptions;
const log = pino({ level: "info", base: { pid: process.pid } }, pino.destination({ dest: 1, sync: true }));
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());

function die(): Promise<never> {
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way; nothing of the step after may happen.
  return new Promise(() => {});
}

function onStep(step: Step, ids: readonly string[]): void | Promise<void> {
  if (step !== options.dieAt?.step) return;
  const { items } = options.dieAt;
  if (items !== null && !ids.some((id) => items.includes(id))) return;
  if (step !== "on-the-wire") return die();
  // The bytes leave in the turns that follow: some of these deaths come before, some after them.
  return new Promise((resolve) => setTimeout(resolve, Math.random() * 8)).then(die);
}

process.exit(
  await runWorker({
    config: options.config,
    log,
    signal: stop.signal,
    timing: options.timing,
    scans: options.scans,
    onStep,
  }),
);
