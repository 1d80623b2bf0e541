import { writeFileSync } from "node:fs";
import { pino } from "pino";
import type { Step } from "@/lib/usecases/replays/engine/context";
import { runWorker } from "../../worker/run-worker";
import type { CrashWorkerOptions, Strike } from "./worker-process";

/** The worker's own entry for tests: like worker/main.ts, but it can be told to strike itself down at a step. */
process.on("disconnect", () => process.exit(1));
const options = await new Promise<CrashWorkerOptions>((resolve) => process.once("message", resolve));
const log = pino({ level: "info", base: { pid: process.pid } }, pino.destination({ dest: 1, sync: true }));
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());

const strikes = new Map<Strike, Set<string> | null>();
const expect = (strike: Strike) => strikes.set(strike, strike.ids && new Set(strike.ids));
options.strikes?.forEach(expect);
process.on("message", expect);

function onStep(step: Step, ids: readonly string[]): void | Promise<void> {
  for (const [strike, struck] of strikes) {
    if (strike.step !== step || (struck !== null && !ids.some((id) => struck.has(id)))) continue;
    strikes.delete(strike);
    if (!take(strike)) continue;
    // One is enough: what was stopped and goes on must not stop once more.
    strikes.clear();
    if (step !== "on-the-wire") return fall(strike);
    // The bytes leave in the turns that follow: some of these strikes come before, some after them.
    return new Promise((resolve) => setTimeout(resolve, Math.random() * 8)).then(() => fall(strike));
  }
}

/** False: another worker has been struck in this one's place. */
function take({ token }: Strike): boolean {
  if (token === null) return true;
  try {
    writeFileSync(token, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

async function fall({ signal }: Strike): Promise<void> {
  process.kill(process.pid, signal);
  // Stopped, it goes on from here when it is continued. Killed, the signal may still be on its way: nothing of the step after may happen.
  if (signal === "SIGKILL") await new Promise<never>(() => {});
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
