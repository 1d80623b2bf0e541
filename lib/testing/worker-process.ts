import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Config } from "@/lib/contracts/configuration";
import type { Step, Timing } from "@/lib/usecases/replays/engine/context";
import { bundleProgram, WORKER_ENVIRONMENT, WORKER_OPTIONS } from "../../scripts/stack/worker-program";

/** Made once a process: a run of kills starts hundreds of workers. */
let bundled: string | null = null;

/** Where a worker strikes itself down, or stops itself until somebody continues it. */
export interface Strike {
  readonly step: Step;
  /** Only with one of these items (at "locked": DLQs); null: with whichever. */
  readonly ids: readonly string[] | null;
  readonly signal: "SIGKILL" | "SIGSTOP";
  /** A file that the strike makes with its process id: of all workers that come by, the one that makes it is struck. Null: this one, once. */
  readonly token: string | null;
}

export interface CrashWorkerOptions {
  readonly config: Config;
  readonly timing: Timing;
  readonly scans: boolean;
  readonly strikes?: readonly Strike[];
}

/**
 * A worker process of its own, which a test may kill, stop and continue. Given no options it is a standby: it has loaded the
 * code and waits for `start`. It ends with the process that made it. It runs as `npm start` and the image run a worker.
 */
export class WorkerProcess {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Registered and at work; rejects with its last words when it ends before. */
  readonly ready: Promise<void>;

  constructor(options: CrashWorkerOptions | null) {
    bundled ??= bundleProgram("lib/testing/crash-worker.ts");
    this.child = spawn(process.execPath, [...WORKER_OPTIONS, bundled], {
      env: { ...process.env, ...WORKER_ENVIRONMENT },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.ended = new Promise((resolve) => {
      // Not at its exit: its last words may still be on their way then.
      this.child.once("close", (code, signal) => resolve({ code, signal }));
    });
    // A message to a worker that has been killed meanwhile.
    this.child.on("error", () => {});
    let isReady = (): void => {};
    this.ready = new Promise((resolve, reject) => {
      isReady = resolve;
      void this.ended.then(() =>
        reject(new Error(`a worker ended before it was ready:\n${this.lines.slice(-5).join("\n")}`)),
      );
    });
    // Not everybody waits for it.
    this.ready.catch(() => {});
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        if (line.includes("worker ready")) isReady();
      });
    }
    if (options !== null) this.start(options);
  }

  start(options: CrashWorkerOptions): void {
    this.child.send(options);
  }

  /** Has a worker that is at work strike itself down when it next comes to a step. */
  strike(strike: Strike): void {
    this.child.send(strike);
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.child.kill(signal);
  }
}
