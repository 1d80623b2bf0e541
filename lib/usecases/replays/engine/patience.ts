import type { EngineContext } from "./context";
import { pauseByEngine } from "./pause-by-engine";

/** First wait after the broker was busy or away, and the longest, ms. */
const BACKOFF_MS = 2_000;
const MOST_BACKOFF_MS = 60_000;
/** A broker that takes nothing for so long pauses the replay, ms. */
const PATIENCE_MS = 120_000;

/** How long a replay waits while the broker takes nothing: longer each time, with jitter, and said in its notice. */
export class Patience {
  readonly #context: EngineContext;
  readonly #replayId: string;
  #backoffMs = 0;
  #notBefore = 0;
  #failingSince: number | null = null;

  constructor(context: EngineContext, replayId: string) {
    this.#context = context;
    this.#replayId = replayId;
  }

  /** Milliseconds until the next send may be tried; 0 or less: now. */
  wait(now: number): number {
    return this.#notBefore - now;
  }

  /** Nothing was taken; a broker that stays away pauses the replay. */
  async later(words: string): Promise<void> {
    const now = this.#context.now();
    this.#failingSince ??= now;
    if (now < this.#notBefore) return;
    this.#backoffMs = Math.min(MOST_BACKOFF_MS, this.#backoffMs === 0 ? BACKOFF_MS : this.#backoffMs * 2);
    const wait = this.#backoffMs * (0.75 + Math.random() / 2);
    this.#notBefore = now + wait;
    const failingMs = now - this.#failingSince;
    if (failingMs > PATIENCE_MS) {
      await pauseByEngine(this.#context, this.#replayId, `${words}, for ${Math.round(failingMs / 1000)} s`);
      return;
    }
    const seconds = Math.max(1, Math.round(wait / 1000));
    await this.#context.store.ledger.notice(this.#replayId, `${words}; trying again in ${seconds} s`);
  }

  /** Something was taken. */
  recovered(): void {
    this.#failingSince = null;
    this.#backoffMs = 0;
    this.#notBefore = 0;
  }
}
