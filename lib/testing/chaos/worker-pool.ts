import { type CrashWorkerOptions, WorkerProcess } from "../worker-process";

/** Keeps as many workers alive as wanted, with others loaded and waiting, so that a killed one is followed at once. */
export class WorkerPool {
  readonly #options: CrashWorkerOptions;
  readonly #standbys: WorkerProcess[] = [];
  readonly #alive = new Set<WorkerProcess>();
  readonly #everyone = new Set<WorkerProcess>();
  #wanted = 0;
  /** Last words of workers that ended although nobody had killed them. */
  readonly fallen: string[] = [];

  constructor(options: CrashWorkerOptions, standbys: number) {
    this.#options = options;
    for (let n = 0; n < standbys; n++) this.#standbys.push(this.#spawn());
  }

  get alive(): readonly WorkerProcess[] {
    return [...this.#alive];
  }

  /** So many from now on; those too many are killed. */
  keep(count: number): void {
    this.#wanted = count;
    for (const worker of this.alive.slice(count)) {
      this.#alive.delete(worker);
      worker.kill();
    }
    this.#fill();
  }

  /** Counts a worker as dead that is stopped, so that another takes its place. */
  forget(worker: WorkerProcess): void {
    this.#alive.delete(worker);
    this.#fill();
  }

  /** Lets the living end in order, kills the rest; answers the exit codes of the living. */
  async end(): Promise<(number | null)[]> {
    this.#wanted = 0;
    const living = this.alive;
    for (const worker of this.#everyone) {
      if (living.includes(worker)) worker.kill("SIGTERM");
      else worker.kill();
    }
    const ended = await Promise.all(living.map((worker) => worker.ended));
    return ended.map(({ code }) => code);
  }

  /** Kills everyone, standbys and stopped ones included. */
  killAll(): void {
    this.#wanted = 0;
    for (const worker of this.#everyone) worker.kill();
  }

  #fill(): void {
    while (this.#alive.size < this.#wanted) {
      const worker = this.#standbys.shift() ?? this.#spawn();
      this.#alive.add(worker);
      worker.start(this.#options);
      this.#standbys.push(this.#spawn());
    }
  }

  #spawn(): WorkerProcess {
    const worker = new WorkerProcess(null);
    this.#everyone.add(worker);
    void worker.ended.then(({ code, signal }) => {
      this.#everyone.delete(worker);
      // A worker that another has taken over from ends with 1, as it should: it was stopped, or starved by the machine.
      if (signal !== "SIGKILL" && code !== 0)
        this.fallen.push(`${code} ${signal}: ${worker.lines.slice(-3).join("\n")}`);
      if (this.#alive.delete(worker)) this.#fill();
    });
    return worker;
  }
}
