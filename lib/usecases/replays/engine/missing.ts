import type { Broker, QueueAddress } from "@/lib/brokers/broker";
import type { OpenItem } from "@/lib/store/ports/ledger";
import type { EngineContext } from "./context";
import { persist } from "./persist";

/** Items and messages looked at in one go. */
const STRETCH = 250;

/**
 * Looks whether the messages of open items are still in the DLQ, a stretch at a time. Only a peek at a message's own
 * number that misses it counts: one that others have locked is peeked all the same, so it is not gone (R1). A planned item
 * without its message is gone; a sent one is settled: somebody removed the original, or this worker died before it said so.
 */
export class MissingSearch {
  readonly #context: EngineContext;
  readonly #broker: Broker;
  readonly #queue: QueueAddress;
  readonly #queueId: number;
  #from = 0n;

  constructor(context: EngineContext, broker: Broker, queue: QueueAddress, queueId: number) {
    this.#context = context;
    this.#broker = broker;
    this.#queue = queue;
    this.#queueId = queueId;
  }

  /** Looks at the next stretch, leaving out items that are being worked on. True when it has come to the end. */
  async step(busy: ReadonlySet<string>): Promise<boolean> {
    const { ledger } = this.#context.store;
    const open = await ledger.openItems(this.#queueId, this.#from, STRETCH);
    const last = open.at(-1);
    this.#from = open.length < STRETCH || last === undefined ? 0n : last.position + 1n;
    const idle = open.filter(({ id }) => !busy.has(id));
    const first = idle[0];
    if (first !== undefined) {
      const seen = new Set((await this.#broker.peek(this.#queue, first.position, STRETCH)).map(({ key }) => key));
      const missing: OpenItem[] = [];
      for (const item of idle) {
        if (!seen.has(item.key) && !(await this.#isThere(item))) missing.push(item);
      }
      if (missing.length > 0) {
        const ids = missing.map(({ id }) => id);
        await persist(this.#context, "missing", () => ledger.recordMissing(this.#context.workerId, ids));
      }
    }
    return this.#from === 0n;
  }

  async #isThere(item: OpenItem): Promise<boolean> {
    const [found] = await this.#broker.peek(this.#queue, item.position, 1);
    return found?.key === item.key;
  }
}
