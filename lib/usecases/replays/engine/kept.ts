import type { LockedMessage } from "@/lib/brokers/broker";
import type { Link } from "./link";
import type { Links } from "./links";

const BEFORE_ALL = -1n;

/** A message that is locked, and whose. */
export interface Taken {
  readonly locked: LockedMessage;
  readonly link: Link;
}

/**
 * Locked messages that may not go now and may soon. Left to expire, each would be out of reach for a lock duration from whenever it was met. So the
 * first of them stay under their locks, on record as planned, and are claimed when they may go: those of ordered replays that were locked before
 * what goes before them in their sessions, and those of a replay that was paused, which may be resumed.
 */
export class KeptMessages {
  readonly #links: Links;
  readonly #most: { readonly messages: number; readonly bytes: number };
  /** By position. */
  #taken: readonly Taken[] = [];
  #bytes = 0;
  #triedTo = BEFORE_ALL;

  constructor(links: Links, most: { readonly messages: number; readonly bytes: number }) {
    this.#links = links;
    this.#most = most;
  }

  get size(): number {
    return this.#taken.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * At most `max`, in the order of the DLQ, other ones than last time where there are more: the first may all wait for a session that stands still.
   * They stay here.
   */
  next(max: number): readonly Taken[] {
    const after = this.#taken.filter(({ locked }) => locked.message.position > this.#triedTo);
    const next = (after.length > 0 ? after : this.#taken).slice(0, max);
    this.#triedTo = next.at(-1)?.locked.message.position ?? BEFORE_ALL;
    return next;
  }

  /** The first of these and of those that are here already stay, as many as fit; the locks of the others are left to expire. */
  keep(taken: readonly Taken[]): void {
    if (taken.length === 0) return;
    for (const { link } of taken) link.inUse += 1;
    this.#taken = [...this.#taken, ...taken].sort(inOrder);
    this.#bytes += bytesOf(taken);
    let [bytes, place] = [0, 0];
    this.drop(({ locked }) => {
      const { length } = locked.message.encoded;
      if (place >= this.#most.messages || bytes + length > this.#most.bytes) return true;
      place += 1;
      bytes += length;
      return false;
    });
  }

  /** What fits the test is no longer kept. */
  drop(test: (taken: Taken) => boolean): void {
    if (this.#taken.length === 0) return;
    const stay: Taken[] = [];
    const dropped: Taken[] = [];
    for (const one of this.#taken) (test(one) ? dropped : stay).push(one);
    this.#taken = stay;
    this.#bytes -= bytesOf(dropped);
    for (const { link } of dropped) this.#links.release(link);
  }
}

function inOrder(one: Taken, other: Taken): number {
  return one.locked.message.position < other.locked.message.position ? -1 : 1;
}

function bytesOf(taken: readonly Taken[]): number {
  return taken.reduce((sum, { locked }) => sum + locked.message.encoded.length, 0);
}
