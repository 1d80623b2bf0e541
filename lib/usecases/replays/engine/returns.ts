import { attemptOf, type Held, idOf, type Waiting } from "./held";
import type { LaneContext } from "./lane-context";
import { persist } from "./persist";

/** Takes items of a lane back, on record before their locks are let go; what waits behind them in their sessions comes with them. */
export class Returns {
  readonly #lane: LaneContext;
  readonly #waiting: Waiting;

  constructor(lane: LaneContext, waiting: Waiting) {
    this.#lane = lane;
    this.#waiting = waiting;
  }

  /** Back to planned: nothing was intended. */
  async giveBack(held: readonly Held[]): Promise<void> {
    const all = [...held, ...this.#waiting.broken(held)];
    await this.#release(all);
    this.letGo(all);
  }

  /** The same of all that waits, while the replay may not send. It may be resumed soon: nobody should have to wait for these locks to run out then. */
  async setAside(held: readonly Held[]): Promise<void> {
    await this.#release(held);
    this.#lane.keep(held);
    this.letGo(held);
  }

  /** Of a replay without order nothing is on record as this worker's before its intent. */
  async #release(held: readonly Held[]): Promise<void> {
    if (held.length === 0) return;
    const { context } = this.#lane;
    await persist(context, "release", () => context.store.ledger.release(context.workerId, held.map(idOf)));
  }

  /** Back to planned, with their intents where those are committed: nothing of these was sent. */
  async takeBack(held: readonly Held[]): Promise<void> {
    const all = [...held, ...this.#waiting.broken(held)];
    if (all.length === 0) return;
    const { context } = this.#lane;
    await persist(context, "intents taken back", () =>
      context.store.ledger.takeBack(context.workerId, all.map(attemptOf)),
    );
    this.#waiting.skipAttempts(all);
    this.letGo(all);
  }

  /** Nothing of these was sent and their locks are held: they wait again, unless the replay has stopped meanwhile or `ending`. */
  async retract(held: readonly Held[], ending: boolean): Promise<void> {
    if (held.length === 0) return;
    const { context } = this.#lane;
    const ids = await persist(context, "retraction", () =>
      context.store.ledger.retract(context.workerId, held.map(attemptOf)),
    );
    const kept = new Set(ending ? [] : ids);
    // Each intent is an attempt of its own, and its number is stamped on the copy: the copy is made anew.
    const again = ({ item, locked, link }: Held): Held => ({
      item: { ...item, attempt: item.attempt + 1 },
      locked,
      link,
      copy: null,
    });
    const back = held.filter(({ item }) => kept.has(item.id)).map(again);
    this.#lane.isBack(back.length);
    this.letGo(this.#waiting.putBack(back));
    await this.takeBack(held.filter(({ item }) => !kept.has(item.id)));
  }

  /** The check before the window refused these, or they are no longer to be sent. */
  async dropped(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const named = new Set(ids);
    const out = this.#waiting.dropIds(ids);
    if (this.#waiting.replay.ordered) {
      // Those that may not go before others of their session (R13) are on record as this worker's still.
      await this.giveBack(out);
      return;
    }
    this.letGo(out.filter(({ item }) => named.has(item.id)));
    await this.giveBack(out.filter(({ item }) => !named.has(item.id)));
  }

  /** The broker would take these and lose them (R10). */
  async refuse(held: readonly Held[], words: string): Promise<void> {
    const { context } = this.#lane;
    await persist(context, "refusal", () =>
      context.store.ledger.recordRefused(context.workerId, held.map(idOf), words),
    );
    await this.dropped(held.map(idOf));
  }

  /** None of these, which wait no longer, can ever be sent. */
  async fail(held: readonly Held[], words: string): Promise<void> {
    const { context } = this.#lane;
    await persist(context, "failure", () =>
      context.store.ledger.recordFailed(context.workerId, held.map(attemptOf), words),
    );
    this.letGo(held);
    await this.giveBack(this.#waiting.broken(held));
  }

  /** They may have been sent (R5): on record, and nobody looks at them before this worker's sender is closed or could not write any more. */
  async doubt(held: readonly Held[], words: string): Promise<void> {
    const { context, queue } = this.#lane;
    const { id } = this.#waiting.replay;
    const hold = context.timing.leaseMs + context.timing.sendTimeoutMs;
    await persist(context, "doubt", () =>
      context.store.transaction(async (tx) => {
        const doubted = await tx.ledger.recordDoubt(context.workerId, held.map(attemptOf), words, hold);
        if (doubted.length === 0) return;
        await tx.audit.append([
          {
            actor: context.actor,
            action: "replay.item-uncertain",
            subject: { kind: "replay", id },
            queueId: queue.queueId,
            replayId: id,
            reason: words,
            detail: { items: doubted.length },
          },
        ]);
      }),
    );
    this.letGo(held);
    await this.giveBack(this.#waiting.broken(held));
  }

  /** No longer worked on: its lock is left to expire. */
  letGo(held: readonly Held[]): void {
    for (const { link } of held) this.#lane.links.release(link);
  }
}
