import { type CrashWorkerOptions, WorkerProcess } from "../worker-process";

/** Keeps as many workers alive as wanted, with others loaded and waiting, so that a killed one is followed at once. */
export class WorkerPool {
  readonly #options: CrashWorkerOptions;
  readonly #standbys: WorkerProcess[] = [];
  readonly #alive = new Set<WorkerProcess>();
  readonly #everyone = new Set<WorkerProcess>();
  #wanted = 0;
  /** Last words of workers that ended although nobody had killed them or taken over from them. */
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

  /** Lets the living end in order, kills the rest; answers the last words of those of the living that did not end in order. */
  async end(): Promise<string[]> {
    this.#wanted = 0;
    const living = this.alive;
    for (const worker of this.#everyone) {
      if (living.includes(worker)) worker.kill("SIGTERM");
      else worker.kill();
    }
    const ended = await Promise.all(living.map((worker) => worker.ended));
    return living.flatMap((worker, n) => {
      const { code, signal } = ended[n] as { code: number | null; signal: string | null };
      return code === 0 || isTakenOver(worker) ? [] : [lastWords(worker, code, signal)];
    });
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
      if (signal !== "SIGKILL" && code !== 0 && !isTakenOver(worker)) this.fallen.push(lastWords(worker, code, signal));
      if (this.#alive.delete(worker)) this.#fill();
    });
    return worker;
  }
}

/** A worker that another has taken over from ends with 1, as it should: it was stopped, or starved by the machine. */
const isTakenOver = ({ lines }: WorkerProcess): boolean => lines.some((line) => line.includes('"lost":true'));

const lastWords = ({ lines }: WorkerProcess, code: number | null, signal: string | null): string =>
  `a worker ended with ${code ?? signal}: ${lines.slice(-3).join("\n")}`;
