import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "@/lib/domain/describe-error";
import type { Store } from "@/lib/store/ports";
import type { EngineLog, Lease } from "@/lib/usecases/replays/engine/context";

/**
 * This worker's lease. It is counted on the monotonic clock from before the request that renewed it, so that it ends here
 * before it ends in the database (R5), also after the process was stopped and continued.
 *
 * held -> lapsed (the database is away, or this process was stopped) -> held again, or lost (another worker has taken over).
 */
export class WorkerLease implements Lease {
  readonly workerId: string;
  readonly #store: Store;
  readonly #leaseMs: number;
  readonly #log: EngineLog;
  #validUntil = Number.NEGATIVE_INFINITY;
  #lost = false;
  #lapses = 0;

  constructor(options: { store: Store; workerId: string; leaseMs: number; log: EngineLog }) {
    this.workerId = options.workerId;
    this.#store = options.store;
    this.#leaseMs = options.leaseMs;
    this.#log = options.log;
  }

  isValid(): boolean {
    return !this.#lost && performance.now() < this.#validUntil;
  }

  isLost(): boolean {
    return this.#lost;
  }

  get lapses(): number {
    return this.#lapses;
  }

  async register(host: string, pid: number): Promise<void> {
    const asked = performance.now();
    await this.#store.workers.register({ id: this.workerId, host, pid, leaseMs: this.#leaseMs });
    this.#validUntil = asked + this.#leaseMs;
  }

  /** Renews until the signal; resolves true when the lease is lost for good. */
  async keep(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      await delay(this.#leaseMs / 5, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return false;
      const asked = performance.now();
      try {
        if (!(await this.#store.workers.renew(this.workerId, this.#leaseMs))) {
          this.#lost = true;
          return true;
        }
        // Answered in time, it was renewed in time.
        if (performance.now() >= this.#validUntil) {
          this.#lapses += 1;
          this.#log.warn({ worker: this.workerId }, "the lease had run out, and is renewed: nobody had taken over");
        }
        this.#validUntil = asked + this.#leaseMs;
      } catch (error) {
        this.#log.warn({ err: describeError(error) }, "the lease could not be renewed, trying again");
      }
    }
    return false;
  }
}
