import type { Claims } from "@/lib/store/ports/ledger";
import { KeptMessages, type Taken } from "./kept";
import type { Links } from "./links";

/** Messages of one claim at most. */
const MOST_PER_CLAIM = 500;
/** Messages that are kept at most, and between two tries to claim them, ms. */
const EARLY = { messages: 1_000, shareOfBytes: 1 / 2, everyMs: 250 };
const ASIDE = { messages: 1_500, shareOfBytes: 1 / 4, everyMs: 2_000 };

/**
 * The messages of one DLQ that this worker keeps under their locks, and when it tries to claim them:
 * - early ones, of ordered replays, several times a second: what goes before them in their sessions may be free by now;
 * - those set aside, of replays that may not send, at once when the replays that may send are others.
 */
export class Keeping {
  readonly #now: () => number;
  readonly #early: KeptMessages;
  #earlyTriedAt = Number.NEGATIVE_INFINITY;
  readonly #aside: KeptMessages;
  #asideTriedAt = Number.NEGATIVE_INFINITY;

  /** `mostBytes`: what a worker holds of a DLQ at most. */
  constructor(links: Links, mostBytes: number, now: () => number) {
    this.#now = now;
    const most = ({ messages, shareOfBytes }: typeof EARLY) => ({ messages, bytes: mostBytes * shareOfBytes });
    this.#early = new KeptMessages(links, most(EARLY));
    this.#aside = new KeptMessages(links, most(ASIDE));
  }

  get size(): number {
    return this.#early.size + this.#aside.size;
  }

  get bytes(): number {
    return this.#early.bytes + this.#aside.bytes;
  }

  early(taken: readonly Taken[]): void {
    this.#early.keep(taken);
  }

  setAside(taken: readonly Taken[]): void {
    // What a restore sends is under no lock.
    const locked = taken.filter((one) => Number.isFinite(one.locked.lockMs));
    this.#aside.keep(locked.map(({ locked, link }) => ({ locked, link })));
  }

  /** What was set aside may be wanted now. */
  tryAgain(): void {
    this.#asideTriedAt = Number.NEGATIVE_INFINITY;
  }

  /** What fits the test is no longer kept. */
  drop(test: (taken: Taken) => boolean): void {
    for (const kept of [this.#early, this.#aside]) kept.drop(test);
  }

  /** Tries whether some can be claimed by now, where it is time; answers whether some could. What is claimed is no longer kept. */
  async claim(claim: (taken: readonly Taken[]) => Promise<Claims>): Promise<boolean> {
    const now = this.#now();
    if (now - this.#asideTriedAt >= ASIDE.everyMs) {
      // Before the tries: what changes in the midst of them has all tried anew.
      this.#asideTriedAt = now;
      for (let left = this.#aside.size; left > 0; ) {
        const next = this.#aside.next(MOST_PER_CLAIM);
        if (next.length === 0) break;
        left -= next.length;
        if (!(await this.#tryAside(next, claim))) continue;
        this.tryAgain();
        return true;
      }
    }
    if (now - this.#earlyTriedAt >= EARLY.everyMs) {
      const next = this.#early.next(MOST_PER_CLAIM);
      if (next.length > 0 && (await this.#tryEarly(next, claim))) return true;
      this.#earlyTriedAt = now;
    }
    return false;
  }

  /** Those that still wait stay. */
  async #tryEarly(next: readonly Taken[], claim: (taken: readonly Taken[]) => Promise<Claims>): Promise<boolean> {
    const claims = await claim(next);
    const tried = new Set(next.map(({ locked }) => locked.message.key));
    const later = new Set([...claims.waiting, ...claims.notNow.map(({ key }) => key)]);
    this.#early.drop(({ locked: { message } }) => tried.has(message.key) && !later.has(message.key));
    return claims.claimed.length > 0;
  }

  /** What no replay wants now stays as well: it may be planned anew while its lock lasts. */
  async #tryAside(next: readonly Taken[], claim: (taken: readonly Taken[]) => Promise<Claims>): Promise<boolean> {
    const claims = await claim(next);
    const waiting = new Set(claims.waiting);
    this.early(next.filter(({ locked }) => waiting.has(locked.message.key)));
    const gone = new Set([...claims.waiting, ...[...claims.claimed, ...claims.sent].map(({ key }) => key)]);
    this.#aside.drop(({ locked: { message } }) => gone.has(message.key));
    return claims.claimed.length > 0;
  }
}
