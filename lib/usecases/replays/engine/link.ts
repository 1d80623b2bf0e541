import type { DeadLetterReceiver, LockedMessage } from "@/lib/brokers/broker";

/** Messages of one lock call. */
interface Batch {
  readonly count: number;
  unsettled: number;
}

/** A receiver with the messages that were locked through it. Locks that are not wanted stay on it and expire. */
export class Link {
  readonly receiver: DeadLetterReceiver;
  /** Locked messages of it that are still worked on. */
  inUse = 0;
  /** When the last of its locks has run out, on the clock of LockedMessage.receivedAt. */
  lockedUntil = Number.NEGATIVE_INFINITY;
  /** From the one with the oldest unsettled message on. */
  readonly #batches: Batch[] = [];
  readonly #batchOf = new WeakMap<LockedMessage, Batch>();

  constructor(receiver: DeadLetterReceiver) {
    this.receiver = receiver;
  }

  received(messages: readonly LockedMessage[]): void {
    const batch = { count: messages.length, unsettled: messages.length };
    if (messages.length > 0) this.#batches.push(batch);
    for (const message of messages) {
      this.#batchOf.set(message, batch);
      this.lockedUntil = Math.max(this.lockedUntil, message.receivedAt + message.lockMs);
    }
  }

  settled(message: LockedMessage): void {
    const batch = this.#batchOf.get(message);
    if (batch === undefined) return;
    this.#batchOf.delete(message);
    batch.unsettled -= 1;
    while (this.#batches[0]?.unsettled === 0) this.#batches.shift();
  }

  get unsettled(): number {
    return this.#batches.reduce((sum, { unsettled }) => sum + unsettled, 0);
  }

  /** Messages received since the oldest unsettled one: no fewer, and more by less than a lock call's. */
  get span(): number {
    return this.#batches.reduce((sum, { count }) => sum + count, 0);
  }
}
