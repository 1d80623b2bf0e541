import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "@/lib/domain/describe-error";
import type { Store } from "@/lib/store/ports";
import type { EngineLog, Lease } from "@/lib/usecases/replays/engine/context";

/** Renewals under way at a time, at most: each holds a connection of the worker's while the database is silent. */
const MOST_UNDER_WAY = 3;
/** A renewal without an answer after this share of the lease gives its connection up: three that have gone silent must not cost the lease. */
const MOST_WAIT = 0.5;

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

  /**
   * Renews until the signal; resolves true when the lease is lost for good. A renewal that has no answer when the next is due is left to wait
   * for half a lease, and the next one asks beside it: one connection that has gone silent must not cost the lease of a worker whose database is well.
   * What still waits at the end is not waited for.
   */
  async keep(signal: AbortSignal): Promise<boolean> {
    const lost = new AbortController();
    const end = AbortSignal.any([signal, lost.signal]);
    let underWay = 0;
    while (!end.aborted) {
      await delay(this.#leaseMs / 5, undefined, { signal: end }).catch(() => undefined);
      if (end.aborted || underWay >= MOST_UNDER_WAY) continue;
      underWay += 1;
      void this.#renew(end).finally(() => {
        underWay -= 1;
        if (this.#lost) lost.abort();
      });
    }
    return this.#lost;
  }

  /** Never rejects. Answers may come in any order. */
  async #renew(end: AbortSignal): Promise<void> {
    const asked = performance.now();
    try {
      if (await this.#store.lease.renew(this.workerId, this.#leaseMs, MOST_WAIT * this.#leaseMs)) this.#renewed(asked);
      else this.#lost = true;
    } catch (error) {
      if (end.aborted) return;
      this.#log.warn({ err: describeError(error) }, "the lease could not be renewed, trying again");
    }
  }

  #renewed(asked: number): void {
    const now = performance.now();
    const until = asked + this.#leaseMs;
    // An answer that comes later than that renews nothing: the next one says whether anybody has taken over since.
    if (until <= Math.max(now, this.#validUntil)) return;
    // Answered in time, it was renewed in time.
    if (now >= this.#validUntil) {
      this.#lapses += 1;
      this.#log.warn({ worker: this.workerId }, "the lease had run out, and is renewed: nobody had taken over");
    }
    this.#validUntil = until;
  }
}
