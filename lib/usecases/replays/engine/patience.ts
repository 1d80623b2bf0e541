import { describeError } from "@/lib/domain/describe-error";
import type { EngineContext } from "./context";
import { pauseByEngine } from "./pause-by-engine";

/** First wait after the broker was busy or away, and the longest, ms. */
const BACKOFF = { firstMs: 2_000, mostMs: 60_000 };
/** A broker that takes nothing for so long pauses the replay, ms. */
const PATIENCE_MS = 120_000;
/** So long after the time that a notice names it is over, ms: the next try has failed by then and said so, or there was nothing left to try. */
const NOTICE_MS = 30_000;

/** How long replays wait while the broker takes or gives nothing: longer each time, with jitter, and said in their notices. */
export class Patience {
  readonly #context: EngineContext;
  readonly #replayIds: () => readonly string[];
  readonly #backoff: typeof BACKOFF;
  #backoffMs = 0;
  #notBefore = 0;
  #failingSince: number | null = null;
  #said: string | null = null;

  constructor(context: EngineContext, replayIds: () => readonly string[], backoff = BACKOFF) {
    this.#context = context;
    this.#backoff = backoff;
    this.#replayIds = replayIds;
  }

  /** Milliseconds until the next try; 0 or less: now. */
  wait(now: number): number {
    return this.#notBefore - now;
  }

  /** It failed; a broker that stays away pauses the replays. Never rejects. */
  async later(words: string): Promise<void> {
    const now = this.#context.now();
    this.#failingSince ??= now;
    if (now < this.#notBefore) return;
    this.#backoffMs = Math.min(
      this.#backoff.mostMs,
      this.#backoffMs === 0 ? this.#backoff.firstMs : this.#backoffMs * 2,
    );
    const wait = this.#backoffMs * (0.75 + Math.random() / 2);
    this.#notBefore = now + wait;
    const failingMs = now - this.#failingSince;
    if (failingMs > PATIENCE_MS) {
      const reason = `${words}, for ${Math.round(failingMs / 1000)} s`;
      await this.#each("not paused", (id) => pauseByEngine(this.#context, id, reason));
      return;
    }
    const seconds = Math.max(1, Math.round(wait / 1000));
    const notice = `${words}; trying again in ${seconds} s`;
    this.#said = notice;
    await this.#each("notice not written", (id) => this.#context.store.ledger.notice(id, notice, wait + NOTICE_MS));
  }

  /** The database may be away as well: the next time says it. Whoever waits has more to do than to say so. */
  async #each(failure: string, act: (replayId: string) => Promise<unknown>): Promise<void> {
    for (const id of this.#replayIds()) {
      try {
        await act(id);
      } catch (error) {
        this.#context.log.warn({ replay: id, err: describeError(error) }, failure);
      }
    }
  }

  /** It went well. Answers what had been said of it, for whoever takes that back; null: nothing. */
  recovered(): string | null {
    const said = this.#said;
    this.#said = null;
    this.#failingSince = null;
    this.#backoffMs = 0;
    this.#notBefore = 0;
    return said;
  }
}
