import type { Consumer } from "./consumer";
import type { MessageRecord } from "./message-record";
import { ReadyQueue } from "./ready-queue";

/** What the line does with the message whose turn it is. */
export interface LineOwner {
  /** True when the message's time had run out: it is gone, the next one's turn has come. */
  expired(record: MessageRecord): boolean;
  handOver(record: MessageRecord, consumer: Consumer): void;
}

/** Messages that can be delivered, lowest number first, and the consumers that take them in turn. */
export class ConsumerLine {
  readonly #owner: LineOwner;
  readonly #ready = new ReadyQueue<MessageRecord>((record) => record.isReady());
  readonly #consumers = new Set<Consumer>();
  /** Consumers that may have room; one without is dropped when its turn comes. */
  #hungry: Consumer[] = [];

  constructor(owner: LineOwner) {
    this.#owner = owner;
  }

  get consumers(): number {
    return this.#consumers.size;
  }

  add(consumer: Consumer): void {
    this.#consumers.add(consumer);
  }

  remove(consumer: Consumer): void {
    this.#consumers.delete(consumer);
    this.#hungry = this.#hungry.filter((other) => other !== consumer);
  }

  /** The message can be delivered now. */
  offer(record: MessageRecord): void {
    this.#ready.push(record);
    if (this.#hungry.length > 0) this.#pump();
  }

  /** The consumer has room again. */
  wants(consumer: Consumer): void {
    if (!this.#hungry.includes(consumer)) this.#hungry.push(consumer);
    this.#pump();
  }

  #pump(): void {
    while (this.#hungry.length > 0) {
      const record = this.#ready.peek();
      if (record === undefined) return;
      if (this.#owner.expired(record)) continue;
      const consumer = this.#hungry[0] as Consumer;
      if (consumer.capacity() <= 0) {
        this.#hungry.shift();
        continue;
      }
      if (this.#hungry.length > 1) {
        this.#hungry.shift();
        this.#hungry.push(consumer);
      }
      this.#ready.shift();
      this.#owner.handOver(record, consumer);
    }
  }
}
