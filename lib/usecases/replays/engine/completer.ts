import { describeError } from "@/lib/domain/describe-error";
import { lockLeft } from "@/lib/domain/lock-window";
import type { EngineContext } from "./context";
import type { Completion } from "./held";
import type { Link } from "./link";
import type { Links } from "./links";
import { persist } from "./persist";
import { Pulse } from "./pulse";

/** Originals completed side by side. */
const MOST_AT_ONCE = 500;
/** Batches between completion and record at a time. */
const MOST_BATCHES = 3;

/**
 * Removes originals whose copy is recorded as sent (R3), and closes their items. One that cannot be removed, because its
 * lock is lost for instance, stays "sent" and is left to whoever locks it again: it is completed then, never sent again (R4).
 */
export class Completer {
  readonly #context: EngineContext;
  readonly #links: Links;
  readonly #waiting: Completion[] = [];
  readonly #busy = new Set<string>();
  readonly #batches = new Set<Promise<void>>();
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
      if (this.#waiting.length === 0 || this.#batches.size >= MOST_BATCHES) await this.#pulse.wait(1_000);
      else this.#launch(this.#waiting.splice(0, MOST_AT_ONCE));
    }
    await Promise.all(this.#batches);
  }

  #launch(completions: readonly Completion[]): void {
    const batch = this.#complete(completions)
      .catch((error) => this.#context.log.error({ err: describeError(error) }, "completion failed"))
      .finally(() => {
        for (const { id } of completions) this.#busy.delete(id);
        this.#batches.delete(batch);
        this.#pulse.notify();
      });
    this.#batches.add(batch);
  }

  async #complete(batch: readonly Completion[]): Promise<void> {
    const { store, workerId, log } = this.#context;
    const { gone, left, error } = await this.#remove(batch);
    await this.#context.onStep?.("completed", gone);
    if (gone.length > 0) await persist(this.#context, "close", () => store.windows.close(workerId, gone));
    if (left.length > 0) {
      log.warn({ left: left.length, err: describeError(error) }, "originals not removed, to be locked again");
      await persist(this.#context, "sent items left", () => store.ledger.leaveSent(workerId, left));
    }
    for (const { link } of batch) this.#links.release(link);
  }

  /** Removes the originals, those of one link together. */
  async #remove(batch: readonly Completion[]): Promise<{ gone: string[]; left: string[]; error: unknown }> {
    const now = this.#context.now();
    const gone: string[] = [];
    const left: string[] = [];
    let error: unknown = null;
    const inTime = (completion: Completion): boolean => lockLeft(completion.locked, now) > 0;
    for (const { id } of batch.filter((completion) => !inTime(completion))) {
      left.push(id);
      error = new Error("its lock has run out");
    }
    const byLink = new Map<Link, Completion[]>();
    for (const completion of batch.filter(inTime)) {
      const same = byLink.get(completion.link);
      if (same === undefined) byLink.set(completion.link, [completion]);
      else same.push(completion);
    }
    await Promise.all(
      [...byLink].map(async ([link, completions]) => {
        const results = await link.receiver.completeAll(completions.map(({ locked }) => locked));
        for (const [n, result] of results.entries()) {
          const { id, locked } = completions[n] as Completion;
          if (result.status === "fulfilled") {
            gone.push(id);
            link.settled(locked);
          } else {
            left.push(id);
            error = result.reason;
          }
        }
      }),
    );
    return { gone, left, error };
  }
}
