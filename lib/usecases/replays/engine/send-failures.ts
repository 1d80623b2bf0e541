import { setTimeout as delay } from "node:timers/promises";
import type { CopySender } from "@/lib/brokers/broker";
import { describeError } from "@/lib/domain/describe-error";
import { attemptOf, type Held, idOf, type Waiting } from "./held";
import type { LaneContext } from "./lane-context";
import { pauseByEngine } from "./pause-by-engine";
import { persist } from "./persist";
import type { Returns } from "./returns";
import type { SendFailure } from "./send-error";

/** What becomes of copies of a lane that were not accepted. */
export class SendFailures {
  readonly #lane: LaneContext;
  readonly #waiting: Waiting;
  readonly #returns: Returns;
  /** Items that a batch was refused for: they go alone, so that the one at fault is found. */
  readonly alone = new Set<string>();

  constructor(lane: LaneContext, waiting: Waiting, returns: Returns) {
    this.#lane = lane;
    this.#waiting = waiting;
    this.#returns = returns;
  }

  /** These may have been sent (R5): on record at once. */
  async doubt(held: readonly Held[], words: string): Promise<void> {
    this.#lane.context.log.warn(
      { replay: this.#waiting.replay.id, items: held.length, failure: "doubt", words },
      "send failed",
    );
    await this.#returns.doubt(held, words);
  }

  /** Closes a sender that is of no more use; once it writes nothing more of those in doubt, they may be judged. */
  async close(sender: CopySender, doubted: readonly Held[]): Promise<void> {
    const { context, senders, timing } = this.#lane;
    if (!(await senders.discard(this.#waiting.replay.targetPath, sender)) || doubted.length === 0) return;
    await delay(Math.min(1_000, timing.sendTimeoutMs));
    await persist(context, "end of hold", () => context.store.ledger.endHold(context.workerId, doubted.map(attemptOf)));
  }

  /** Nothing of these was taken. `ending`: the lane takes nothing up again. What is to be waited for is said apart, see Patience. */
  async handle(
    held: readonly Held[],
    failure: Exclude<SendFailure, { kind: "doubt" }>,
    ending: boolean,
  ): Promise<void> {
    const { context } = this.#lane;
    const { id } = this.#waiting.replay;
    const ids = held.map(idOf);
    context.log.warn({ replay: id, items: ids.length, failure: failure.kind, words: failure.words }, "send failed");
    switch (failure.kind) {
      case "refused-message":
        if (held.length === 1) await this.#returns.fail(held, failure.words);
        else {
          for (const itemId of ids) this.alone.add(itemId);
          await this.#returns.retract(held, ending);
        }
        return;
      case "refused-target":
        await this.pause(failure.words, () => this.#returns.takeBack(held));
        return;
      case "later":
        await this.#returns.retract(held, ending);
        return;
    }
  }

  /** In this order: what is given back is not taken up once more, and at rest means that no further pause is on its way. */
  async pause(words: string, giveBack: () => Promise<void>): Promise<void> {
    const { context } = this.#lane;
    const { id } = this.#waiting.replay;
    try {
      await pauseByEngine(context, id, words);
    } catch (error) {
      // The next send to this target comes to the same.
      context.log.warn({ replay: id, err: describeError(error) }, "not paused");
    }
    await giveBack();
  }
}
