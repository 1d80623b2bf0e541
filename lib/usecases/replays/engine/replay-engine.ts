import type { EngineContext } from "./context";
import { Pulse } from "./pulse";
import { QueueRunner } from "./queue-runner";

/**
 * The replays of one worker: looks for work, keeps a runner for each DLQ that has some, and gives everything back in order
 * when it ends. When and how often is the caller's: see worker/replay-loop.ts.
 */
export class ReplayEngine {
  readonly #context: EngineContext;
  readonly #runners = new Map<number, QueueRunner>();
  /** By DLQ, when the locks have run out that its last runner left: the next one says so while it waits for them. */
  readonly #stranded = new Map<number, number>();
  readonly #unreachable = new Set<string>();
  readonly #ending = new Set<Promise<void>>();
  readonly #pulse = new Pulse();

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** One look: starts runners, tells the others what has changed, ends those without work. */
  async look(): Promise<void> {
    const { store, workerId, connections } = this.#context;
    for (const runner of this.#runners.values()) runner.beforeLook();
    const work = await store.ledger.work(workerId);
    for (const queue of work) {
      const runner = this.#runners.get(queue.queueId);
      if (runner !== undefined) {
        runner.update(queue);
        continue;
      }
      const connection = connections.get(queue.namespace);
      if (connection === undefined) {
        await this.#tellUnreachable(
          queue.namespace,
          queue.replays.map(({ id }) => id),
        );
        continue;
      }
      this.#runners.set(
        queue.queueId,
        new QueueRunner(this.#context, connection, queue, {
          strandedUntil: this.#stranded.get(queue.queueId) ?? Number.NEGATIVE_INFINITY,
          lookSoon: () => this.#pulse.notify(),
        }),
      );
    }
    const wanted = new Set(work.map(({ queueId }) => queueId));
    for (const [queueId, runner] of this.#runners) {
      if (wanted.has(queueId) || !runner.isIdle()) {
        if (!wanted.has(queueId)) runner.rest();
        continue;
      }
      this.#runners.delete(queueId);
      this.#stranded.set(queueId, runner.strandedUntil);
      const ended = runner.end().finally(() => {
        // It has let go of more by then.
        const known = this.#stranded.get(queueId) ?? Number.NEGATIVE_INFINITY;
        this.#stranded.set(queueId, Math.max(known, runner.strandedUntil));
        this.#ending.delete(ended);
      });
      this.#ending.add(ended);
    }
  }

  /** Waits for the time of the next look, ms; less when a runner has used up what it knew, or at the signal. */
  async untilNextLook(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const wake = () => this.#pulse.notify();
    signal.addEventListener("abort", wake, { once: true });
    await this.#pulse.wait(ms);
    signal.removeEventListener("abort", wake);
  }

  /** Stops the intake, gives back what is not sent, finishes what is. */
  async end(): Promise<void> {
    const runners = [...this.#runners.values()];
    this.#runners.clear();
    await Promise.all([...runners.map((runner) => runner.end()), ...this.#ending]);
  }

  async #tellUnreachable(namespace: string, replayIds: readonly string[]): Promise<void> {
    if (!this.#unreachable.has(namespace)) {
      this.#unreachable.add(namespace);
      this.#context.log.warn({ namespace }, "replays of a namespace that is not configured here");
    }
    for (const id of replayIds) {
      await this.#context.store.ledger.notice(id, `no worker has ${namespace} in its configuration`);
    }
  }
}
