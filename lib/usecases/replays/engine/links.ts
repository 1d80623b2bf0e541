import type { Broker, DeadLetterReceiver, LockedMessage, QueueAddress } from "@/lib/brokers/broker";

/** What one receiver may hold unsettled; beyond it receives fall silent (Service Bus: 2,048). */
const MOST_UNSETTLED = 1_900;

/** A receiver with the messages that were locked through it. Locks that are not wanted stay on it and expire. */
export interface Link {
  readonly receiver: DeadLetterReceiver;
  unsettled: number;
  /** Locked messages of it that are still worked on. */
  inUse: number;
}

/**
 * Receivers of one DLQ, one open for locking. A full one stays open while messages of it are worked on: their locks
 * belong to its link (R1).
 */
export class Links {
  readonly #broker: Broker;
  readonly #queue: QueueAddress;
  #current: Link | null = null;
  readonly #full = new Set<Link>();

  constructor(broker: Broker, queue: QueueAddress) {
    this.#broker = broker;
    this.#queue = queue;
  }

  /** Locks through the current link. */
  async lock(max: number, waitMs: number): Promise<{ link: Link; messages: LockedMessage[] }> {
    let link = this.#current;
    if (link !== null && (!link.receiver.isOpen() || link.unsettled + max > MOST_UNSETTLED)) {
      this.#full.add(link);
      this.#current = null;
      link = null;
      await this.#closeIdle();
    }
    if (link === null) {
      link = { receiver: await this.#broker.openReceiver(this.#queue), unsettled: 0, inUse: 0 };
      this.#current = link;
    }
    const messages = await link.receiver.lock(max, waitMs);
    link.unsettled += messages.length;
    return { link, messages };
  }

  /** A message of the link is no longer worked on. */
  async release(link: Link): Promise<void> {
    link.inUse -= 1;
    if (this.#full.has(link)) await this.#closeIdle();
  }

  async close(): Promise<void> {
    const links = [...this.#full, ...(this.#current === null ? [] : [this.#current])];
    this.#full.clear();
    this.#current = null;
    await Promise.allSettled(links.map((link) => link.receiver.close()));
  }

  async #closeIdle(): Promise<void> {
    const idle = [...this.#full].filter((link) => link.inUse <= 0);
    for (const link of idle) this.#full.delete(link);
    await Promise.allSettled(idle.map((link) => link.receiver.close()));
  }
}
