import type { LockedMessage, PreparedCopy } from "@/lib/brokers/broker";
import type { Attempt, ClaimedItem, RunningReplay } from "@/lib/store/ports/ledger";
import type { Link } from "./link";

/** A claimed item with the lock on its original, until it is sent and completed, or given back. */
export interface Held {
  readonly item: ClaimedItem;
  readonly locked: LockedMessage;
  readonly link: Link;
  copy: PreparedCopy | null;
}

export const idOf = ({ item }: Held): string => item.id;

export const attemptOf = ({ item: { id, attempt } }: Held): Attempt => ({ id, attempt });

/** An original that is to be completed: its item is sent. */
export interface Completion {
  readonly id: string;
  readonly locked: LockedMessage;
  readonly link: Link;
}

/**
 * The claimed items of one replay that wait to be sent, in the order of the set. Of an ordered replay, one item of a
 * session is out at a time, and whatever takes an item of a session back takes those behind it back, too (R13).
 */
export class Waiting {
  replay: RunningReplay;
  readonly #items = new Map<string, Held>();
  readonly #busySessions = new Set<string>();
  #bytes = 0;

  constructor(replay: RunningReplay) {
    this.replay = replay;
  }

  get size(): number {
    return this.#items.size;
  }

  /**
   * Answers what gave way: the earlier lock of what has been locked once more, whose copy goes over, since it may be about to be intended; or
   * the newcomer, where a claim was answered so late that a later attempt of its item waits.
   */
  add(held: readonly Held[]): Held[] {
    const replaced: Held[] = [];
    for (const one of held) {
      const before = this.#items.get(one.item.id);
      if (before !== undefined) {
        if (before.item.attempt > one.item.attempt) {
          replaced.push(one);
          continue;
        }
        replaced.push(before);
        this.#bytes -= before.locked.message.encoded.length;
        if (before.item.attempt === one.item.attempt) one.copy ??= before.copy;
      }
      this.#items.set(one.item.id, one);
      this.#bytes += one.locked.message.encoded.length;
    }
    return replaced;
  }

  /** The next items that may go, at most `max`; they stay here until taken. */
  next(max: number): Held[] {
    const picked: Held[] = [];
    const sessions = new Set<string>(this.#busySessions);
    for (const held of this.#inOrder()) {
      if (picked.length >= max) break;
      const { sessionId } = held.item;
      if (this.replay.ordered && sessionId !== null) {
        if (sessions.has(sessionId)) continue;
        sessions.add(sessionId);
      }
      picked.push(held);
    }
    return picked;
  }

  /** Bytes of the originals that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Moves items out to be sent; the sessions of an ordered replay are busy until `settled`. */
  take(ids: readonly string[]): Held[] {
    const taken = this.#remove(ids);
    if (this.replay.ordered) {
      for (const { item } of taken) if (item.sessionId !== null) this.#busySessions.add(item.sessionId);
    }
    return taken;
  }

  /** These were not sent after all: they wait in their place again. Answers as `add` does. */
  putBack(held: readonly Held[]): Held[] {
    this.accepted(held);
    const later = [...this.#items.values()];
    this.#items.clear();
    this.#bytes = 0;
    return this.add([...held, ...later]);
  }

  /** The broker has accepted these: the next of their sessions may go. */
  accepted(held: readonly Held[]): void {
    for (const { item } of held) if (item.sessionId !== null) this.#busySessions.delete(item.sessionId);
  }

  /** The numbers of these attempts are used up: what has been locked and claimed again meanwhile takes the next ones. */
  skipAttempts(takenBack: readonly Held[]): void {
    for (const { item } of takenBack) {
      const again = this.#items.get(item.id);
      if (again === undefined || again.item.attempt > item.attempt) continue;
      this.#items.set(item.id, { ...again, item: { ...again.item, attempt: item.attempt + 1 }, copy: null });
    }
  }

  /** These did not go: what waits behind them in their sessions comes out as well. */
  broken(held: readonly Held[]): Held[] {
    if (!this.replay.ordered) return [];
    const sessions = new Set(held.map(({ item }) => item.sessionId).filter((session) => session !== null));
    for (const session of sessions) this.#busySessions.delete(session);
    return this.#remove(
      [...this.#items.values()]
        .filter(({ item }) => item.sessionId !== null && sessions.has(item.sessionId))
        .map(({ item }) => item.id),
    );
  }

  /** Takes out what fits the test, with what waits behind it. */
  drop(test: (held: Held) => boolean): Held[] {
    const dropped = this.#remove([...this.#items.values()].filter(test).map(({ item }) => item.id));
    return [...dropped, ...this.broken(dropped)];
  }

  /** Takes out all that waits. A session stays busy whose copy is out: what is claimed anew of it goes after that one. */
  clear(): Held[] {
    return this.#remove([...this.#items.keys()]);
  }

  /** Takes out what is named, with what waits behind it; what is already out is left. */
  dropIds(ids: readonly string[]): Held[] {
    const named = new Set(ids);
    return this.drop(({ item }) => named.has(item.id));
  }

  ids(): string[] {
    return [...this.#items.keys()];
  }

  #inOrder(): Iterable<Held> {
    if (!this.replay.ordered) return this.#items.values();
    return [...this.#items.values()].sort((a, b) => a.item.ordinal - b.item.ordinal);
  }

  #remove(ids: readonly string[]): Held[] {
    const removed: Held[] = [];
    for (const id of ids) {
      const held = this.#items.get(id);
      if (held === undefined) continue;
      this.#items.delete(id);
      this.#bytes -= held.locked.message.encoded.length;
      removed.push(held);
    }
    return removed;
  }
}
