import { setTimeout as delay } from "node:timers/promises";
import type { Broker } from "@/lib/brokers/broker";
import type { Config } from "@/lib/contracts/configuration";
import { describeError } from "@/lib/domain/describe-error";
import type { Store } from "@/lib/store/ports";
import type { ClaimedQueue } from "@/lib/store/ports/scans";
import { withCreditBudget } from "@/lib/usecases/scans/credit-budget";
import { refreshQueues } from "@/lib/usecases/scans/refresh-queues";
import { scanPace } from "@/lib/usecases/scans/scan-pace";
import { scanQueue } from "@/lib/usecases/scans/scan-queue";
import { Backoff } from "./backoff";
import type { ScanLoad } from "./scan-load";

/** DLQs that one worker scans at a time. */
const TURNS = 6;
/** Time after which a turn that has not come to the end lets others go first, ms. */
const TURN_MS = 2_000;
const LEASE_SECONDS = 15;
const LISTING_SECONDS = 30;
/** Between two looks for DLQs that are due, ms. */
const POLL_MS = 300;
/** The loop ends this soon after the signal, with or without the broker's answers, ms. */
const STOP_MS = 1_500;
const MAX_RETRY_SECONDS = 300;

export interface ScanLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ScanLoopOptions {
  readonly store: Store;
  readonly brokers: readonly Broker[];
  readonly config: Pick<Config, "scan"> & {
    readonly namespaces: readonly {
      readonly name: string;
      readonly broker: string;
      readonly scanCreditsPerSecond: number | null;
    }[];
  };
  readonly workerId: string;
  readonly log: ScanLog;
  readonly signal: AbortSignal;
  /** Seconds between two listings of a namespace. */
  readonly listSeconds?: number;
  /** Told of full pages. */
  readonly load?: ScanLoad;
}

/**
 * Decides when and how often DLQs are listed and scanned, by this worker beside others; what a scan does is the use cases'. Resolves
 * within two seconds after the signal, its claims given back. Failures of a broker stay with its DLQs; while the database
 * fails the loop waits and tries again.
 */
export async function scanLoop(options: ScanLoopOptions): Promise<void> {
  const loop = new ScanLoop(options);
  await loop.run();
}

class ScanLoop {
  readonly #options: ScanLoopOptions;
  readonly #brokers: ReadonlyMap<string, Broker>;
  readonly #turns = new Map<number, Promise<void>>();
  readonly #listings = new Map<string, Promise<void>>();
  /** When each namespace is listed next, performance.now. */
  readonly #nextListing = new Map<string, number>();
  /** Namespaces in which an entity was not found: listed next whether another worker has done it lately or not. */
  readonly #inDoubt = new Set<string>();
  readonly #queueFailures = new Backoff<number>(MAX_RETRY_SECONDS);
  readonly #namespaceFailures = new Backoff<string>(60);
  readonly #databaseFailures = new Backoff<"database">(10);
  /** A turn has ended, or DLQs were found: something may be due before the next poll. */
  #woken = false;
  #wake: () => void = () => {};

  constructor(options: ScanLoopOptions) {
    this.#options = options;
    this.#brokers = new Map(options.brokers.map((broker) => [broker.namespace, this.#budgeted(broker)]));
  }

  async run(): Promise<void> {
    const { signal, store, workerId } = this.#options;
    signal.addEventListener("abort", () => this.#wakeUp(), { once: true });
    let synced = false;
    while (!signal.aborted) {
      try {
        if (!synced) {
          await store.scans.syncNamespaces(this.#options.config.namespaces);
          synced = true;
        }
        this.#listDue();
        await this.#claimDue();
        this.#databaseFailures.succeeded("database");
        await this.#wait(POLL_MS);
      } catch (error) {
        const seconds = this.#databaseFailures.failed("database", 0.5);
        this.#options.log.warn(
          { err: describeError(error), retryInSeconds: seconds },
          "the scan waits for the database",
        );
        await this.#wait(seconds * 1000);
      }
    }
    const ended = Promise.allSettled([...this.#turns.values(), ...this.#listings.values()]);
    await Promise.race([ended, delay(STOP_MS)]);
    await Promise.race([store.scans.releaseAll(workerId).catch(() => {}), delay(STOP_MS / 5)]);
  }

  #budgeted(broker: Broker): Broker {
    const { store, signal } = this.#options;
    const perSecond = this.#creditsOf(broker.namespace);
    return perSecond === null ? broker : withCreditBudget(broker, { store, perSecond, signal });
  }

  #creditsOf(namespace: string): number | null {
    const { namespaces } = this.#options.config;
    return namespaces.find(({ name }) => name === namespace)?.scanCreditsPerSecond ?? null;
  }

  get #listSeconds(): number {
    return this.#options.listSeconds ?? LISTING_SECONDS;
  }

  #listDue(): void {
    for (const [namespace, broker] of this.#brokers) {
      if (this.#listings.has(namespace) || (this.#nextListing.get(namespace) ?? 0) > performance.now()) continue;
      this.#nextListing.set(namespace, performance.now() + this.#listSeconds * 1000);
      this.#listings.set(
        namespace,
        this.#list(broker).finally(() => this.#listings.delete(namespace)),
      );
    }
  }

  async #list(broker: Broker): Promise<void> {
    const { store, log } = this.#options;
    const namespace = broker.namespace;
    try {
      // Half of the time is left for this worker's turn to come before another one's listing has grown old.
      const due = this.#inDoubt.delete(namespace) || (await store.scans.isListingDue(namespace, this.#listSeconds / 2));
      if (!due) return;
      const outcome = await refreshQueues({ store, broker });
      if (outcome.kind === "failed") {
        log.warn(
          { namespace, code: outcome.error.code, error: outcome.error.message },
          "the namespace cannot be listed",
        );
      } else if (outcome.changes.length > 0) {
        log.info({ namespace, changes: outcome.changes.length }, "dead-letter queues found or vanished");
        this.#wakeUp();
      }
    } catch (error) {
      this.#nextListing.set(namespace, performance.now() + 2_000);
      log.warn({ namespace, err: describeError(error) }, "the listing could not be recorded");
    }
  }

  async #claimDue(): Promise<void> {
    const free = TURNS - this.#turns.size;
    const namespaces = [...this.#brokers.keys()].filter((namespace) => !this.#namespaceFailures.isWaiting(namespace));
    if (free <= 0 || namespaces.length === 0) return;
    const { store, workerId } = this.#options;
    const busy = [...this.#turns.keys()];
    const queues = await store.scans.claim({
      worker: workerId,
      namespaces,
      busy,
      limit: free,
      leaseSeconds: LEASE_SECONDS,
    });
    for (const queue of queues) {
      const turn = this.#takeTurn(queue).finally(() => {
        this.#turns.delete(queue.id);
        this.#wakeUp();
      });
      this.#turns.set(queue.id, turn);
    }
  }

  async #takeTurn(queue: ClaimedQueue): Promise<void> {
    const { store, config, workerId, log, signal } = this.#options;
    const fields = { namespace: queue.namespace, queue: queue.entityPath, subQueue: queue.subQueue };
    try {
      const broker = this.#brokers.get(queue.namespace) as Broker;
      const pace = scanPace({
        queues: queue.siblings,
        creditsPerSecond: this.#creditsOf(queue.namespace),
        watchSeconds: config.scan.watchSeconds,
      });
      const outcome = await scanQueue(
        {
          store,
          broker,
          workerId,
          leaseSeconds: LEASE_SECONDS,
          keepBytes: config.scan.keepBytes,
          queue,
          until: performance.now() + TURN_MS,
          signal,
          onFullPage: () => this.#options.load?.readFullPage(),
          onIntake: () => this.#options.load?.tookInPage(),
        },
        { ...pace, walkSeconds: config.scan.walkSeconds },
      );
      switch (outcome.kind) {
        case "claim-lost":
          log.debug(fields, "another worker has taken the scan over");
          return;
        case "scanned":
          this.#queueFailures.succeeded(queue.id);
          this.#namespaceFailures.succeeded(queue.namespace);
          await store.scans.release(queue.id, workerId, {
            inSeconds: outcome.more ? 0 : pace.watchSeconds,
            clearError: true,
            readThrough: outcome.readThrough,
          });
          return;
        case "out-of-credits":
          await store.scans.release(queue.id, workerId, {
            inSeconds: outcome.seconds,
            clearError: false,
            readThrough: outcome.readThrough,
          });
          return;
        case "failed": {
          const seconds = this.#afterFailure(queue, outcome.error.code);
          const { code, message } = outcome.error;
          log.warn(
            { ...fields, code, error: message, retryInSeconds: seconds },
            "the scan of a dead-letter queue failed",
          );
          await store.scans.release(queue.id, workerId, {
            inSeconds: seconds,
            clearError: false,
            readThrough: outcome.readThrough,
          });
          return;
        }
      }
    } catch (error) {
      // The database failed: the claim runs out by itself, and the DLQ is read again from where it stood.
      log.warn({ ...fields, err: describeError(error) }, "a scan was broken off");
    }
  }

  /** Seconds to wait. A busy broker is left alone as a whole; an entity that is not found is looked for in the listing. */
  #afterFailure(queue: ClaimedQueue, code: string): number {
    const { watchSeconds } = this.#options.config.scan;
    if (code === "server-busy") return this.#namespaceFailures.failed(queue.namespace, 2);
    if (code === "entity-not-found") {
      this.#inDoubt.add(queue.namespace);
      this.#nextListing.set(queue.namespace, 0);
    }
    return this.#queueFailures.failed(queue.id, watchSeconds);
  }

  #wakeUp(): void {
    this.#woken = true;
    this.#wake();
  }

  async #wait(ms: number): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#woken = false;
  }
}
