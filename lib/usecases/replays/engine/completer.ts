import { describeError } from "@/lib/domain/describe-error";
import { lockLeft } from "@/lib/domain/lock-window";
import type { EngineContext } from "./context";
import type { Completion } from "./held";
import type { Links } from "./links";
import { persist } from "./persist";
import { Pulse } from "./pulse";

/** Originals completed side by side. */
const MOST_AT_ONCE = 500;

/**
 * Removes originals whose copy is recorded as sent (R3), and closes their items. One that cannot be removed, because its
 * lock is lost for instance, stays "sent": it is locked again later and completed then, never sent again (R4).
 */
export class Completer {
  readonly #context: EngineContext;
  readonly #links: Links;
  readonly #waiting: Completion[] = [];
  readonly #busy = new Set<string>();
  readonly #pulse = new Pulse();
  #ending = false;

  constructor(context: EngineContext, links: Links) {
    this.#context = context;
    this.#links = links;
  }

  /** Ids of items that are being completed. */
  get busy(): ReadonlySet<string> {
    return this.#busy;
  }

  add(completions: readonly Completion[]): void {
    for (const completion of completions) this.#busy.add(completion.id);
    this.#waiting.push(...completions);
    this.#pulse.notify();
  }

  /** Ends `run` once nothing waits. */
  end(): void {
    this.#ending = true;
    this.#pulse.notify();
  }

  async run(): Promise<void> {
    while (!(this.#ending && this.#waiting.length === 0)) {
      const batch = this.#waiting.splice(0, MOST_AT_ONCE);
      if (batch.length === 0) await this.#pulse.wait(1_000);
      else await this.#complete(batch);
    }
  }

  async #complete(batch: readonly Completion[]): Promise<void> {
    const results = await Promise.allSettled(batch.map((completion) => this.#completeOne(completion)));
    const gone = batch.filter((_, n) => results[n]?.status === "fulfilled").map(({ id }) => id);
    await this.#context.onStep?.("completed", gone);
    if (gone.length > 0) {
      await persist(this.#context, "close", () => this.#context.store.ledger.close(this.#context.workerId, gone));
    }
    if (gone.length < batch.length) {
      const first = results.find((result) => result.status === "rejected");
      this.#context.log.warn(
        { left: batch.length - gone.length, err: describeError(first?.reason) },
        "originals not removed, to be locked again",
      );
    }
    for (const { id } of batch) this.#busy.delete(id);
    await Promise.all(batch.map(({ link }) => this.#links.release(link)));
  }

  async #completeOne({ locked, link }: Completion): Promise<void> {
    if (lockLeft(locked, this.#context.now()) <= 0) throw new Error("its lock has run out");
    await link.receiver.complete(locked);
    link.unsettled -= 1;
  }
}
