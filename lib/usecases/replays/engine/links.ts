import type { Broker, LockedMessage, QueueAddress } from "@/lib/brokers/broker";
import { Link } from "./link";

/**
 * Deliveries of one receiver from its oldest unsettled one on, at most; beyond it receives fall silent. The client library keeps 2,048
 * in a ring that moves on behind the oldest unsettled one only: a few that are left to expire hold up all that come after them.
 */
const MOST_SINCE_OLDEST = 1_900;

/**
 * Receivers of one DLQ, one open for locking. A full one stays open while messages of it are worked on: their locks
 * belong to its link (R1).
 */
export class Links {
  readonly #broker: Broker;
  readonly #queue: QueueAddress;
  #current: Link | null = null;
  readonly #full = new Set<Link>();
  readonly #closing = new Set<Promise<void>>();
  /** When the locks have run out that were left on links closed since. */
  #strandedUntil: number;

  constructor(broker: Broker, queue: QueueAddress, strandedUntil: number) {
    this.#broker = broker;
    this.#queue = queue;
    this.#strandedUntil = strandedUntil;
  }

  /** The current link has no room for `max` more, but all that it holds is worked on: it will have room soon. */
  isCrowded(max: number): boolean {
    const link = this.#current;
    return link?.receiver.isOpen() === true && link.span + max > MOST_SINCE_OLDEST && link.unsettled <= link.inUse;
  }

  /** Locks through the current link. */
  async lock(max: number, waitMs: number): Promise<{ link: Link; messages: LockedMessage[] }> {
    let link = this.#current;
    if (link !== null && (!link.receiver.isOpen() || link.span + max > MOST_SINCE_OLDEST)) {
      this.#full.add(link);
      this.#current = null;
      link = null;
      this.#closeIdle();
    }
    if (link === null) {
      link = new Link(await this.#broker.openReceiver(this.#queue));
      this.#current = link;
    }
    const messages = await link.receiver.lock(max, waitMs);
    link.received(messages);
    return { link, messages };
  }

  /** A message of the link is no longer worked on. */
  release(link: Link): void {
    link.inUse -= 1;
    if (this.#full.has(link)) this.#closeIdle();
  }

  /** When the last lock has run out of a message that nobody here works on. */
  get strandedUntil(): number {
    const links = [...this.#full, ...(this.#current === null ? [] : [this.#current])];
    const stranded = links.filter((link) => link.unsettled > link.inUse).map((link) => link.lockedUntil);
    return Math.max(this.#strandedUntil, ...stranded);
  }

  async close(): Promise<void> {
    const links = [...this.#full, ...(this.#current === null ? [] : [this.#current])];
    this.#full.clear();
    this.#current = null;
    const left = links.filter(({ unsettled }) => unsettled > 0).map(({ lockedUntil }) => lockedUntil);
    this.#strandedUntil = Math.max(this.#strandedUntil, ...left);
    await Promise.allSettled([...links.map((link) => link.receiver.close()), ...this.#closing]);
  }

  /** Beside the work, which has no use for them: a broker that answers late keeps a link closing for seconds. */
  #closeIdle(): void {
    const idle = [...this.#full].filter((link) => link.inUse <= 0);
    for (const link of idle) {
      this.#full.delete(link);
      if (link.unsettled > 0) this.#strandedUntil = Math.max(this.#strandedUntil, link.lockedUntil);
    }
    for (const { receiver } of idle) {
      const closing = receiver
        .close()
        .catch(() => undefined)
        .finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
  }
}
