import { describeError } from "@/lib/domain/describe-error";
import { measuredLockRate } from "@/lib/domain/picking";
import type { EngineContext } from "./context";

/** A call that returns fewer messages has mostly waited for them. */
const LEAST_MESSAGES = 50;
/** Between two writes of the measure, ms. */
const WRITE_MS = 5_000;

/** Measures how fast a DLQ is locked through, which the plans of later replays compute their reach from. */
export class LockMeter {
  readonly #context: EngineContext;
  readonly #queueId: number;
  #rate: number | null = null;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(context: EngineContext, queueId: number) {
    this.#context = context;
    this.#queueId = queueId;
  }

  /** `ms`: from one lock call to the next, with the claims in between, as long as nothing else was waited for. */
  note(messages: number, ms: number): void {
    if (messages < LEAST_MESSAGES) return;
    this.#rate = measuredLockRate(this.#rate, messages, ms);
    const now = this.#context.now();
    if (now - this.#writtenAt < WRITE_MS) return;
    this.#writtenAt = now;
    // A measure that is lost is taken again.
    this.#context.store.guards
      .recordLockRate(this.#queueId, this.#rate)
      .catch((error) => this.#context.log.warn({ err: describeError(error) }, "lock rate not written"));
  }
}
