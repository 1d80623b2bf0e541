import type { PeekedMessage } from "@/lib/brokers/broker";
import { nextPageSize } from "./page-size";
import type { PeekedPage } from "./record-page";
import { isTurnOver, type ScanContext } from "./scan-context";

/**
 * What is read ahead of the database at most, beside the page that a peek is out for. Broker and database work at the same time with one page
 * ahead; more of them would outlive the young generation, and collecting them costs more than a larger transaction saves.
 */
const MAX_MESSAGES = 250;
const MAX_BYTES = 4 * 1024 * 1024;

export interface PeekedStretch extends PeekedPage {
  /** It reaches to the end: of the DLQ, or of what was asked for. */
  readonly end: boolean;
}

/**
 * Peeks from a position upward while what was peeked before is being written, so that broker and database work at the same time.
 * Pages that come in meanwhile are handed on together: one stretch without a gap, one transaction.
 *
 * idle -> peeking (until as much is ahead as may be) -> ended (the end of the DLQ, the end of the turn, or a failure, which `take` throws once
 * the pages before it are taken).
 */
export class PeekAhead {
  readonly #context: ScanContext;
  /** Positions from here on are of another partition; null: the stretch goes to the end of the DLQ. */
  readonly #limit: bigint | null;
  #from: bigint;
  #size: number;
  #clock: Date;
  #ahead: { from: bigint; before: Date; messages: PeekedMessage[]; bytes: number } | null = null;
  #atEnd = false;
  #failure: { readonly error: unknown } | null = null;
  #stopped = false;
  #pages = 0;
  #peeking: Promise<void> | null = null;
  #arrived: () => void = () => {};

  /** `before`: the database's clock, read before this; `seen`: messages by whose size the first page is judged. */
  constructor(
    context: ScanContext,
    start: {
      readonly from: bigint;
      readonly limit: bigint | null;
      readonly before: Date;
      readonly seen: readonly PeekedMessage[];
    },
  ) {
    this.#context = context;
    this.#from = start.from;
    this.#limit = start.limit;
    this.#clock = start.before;
    this.#size = nextPageSize(start.seen);
  }

  /**
   * The messages read since the last call, one page at least; null when the turn is over and nothing is left. `clock` is the database's, as the
   * last transaction read it: what is peeked from now on is newer than that.
   */
  async take(clock: Date): Promise<PeekedStretch | null> {
    this.#clock = clock;
    while (this.#ahead === null && !this.#atEnd) {
      if (this.#failure !== null) throw this.#failure.error;
      if (!this.#run()) return null;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    const ahead = this.#ahead;
    this.#ahead = null;
    this.#run();
    const through = this.#atEnd ? (this.#limit === null ? null : this.#limit - 1n) : this.#from - 1n;
    return {
      from: ahead?.from ?? this.#from,
      through,
      before: ahead?.before ?? this.#clock,
      messages: ahead?.messages ?? [],
      end: this.#atEnd,
    };
  }

  /** Resolves when no peek is out any more, and none will be. */
  async settled(): Promise<void> {
    this.#stopped = true;
    await this.#peeking;
  }

  /** False: nothing is out and nothing will be. */
  #run(): boolean {
    if (this.#peeking !== null) return true;
    if (this.#mustStop() || this.#atEnd || this.#failure !== null) return false;
    this.#peeking = this.#peekUntilFull().finally(() => {
      this.#peeking = null;
      this.#arrived();
    });
    return true;
  }

  async #peekUntilFull(): Promise<void> {
    try {
      while (!this.#mustStop() && !this.#atEnd && !this.#isFull()) await this.#peekPage();
    } catch (error) {
      this.#failure = { error };
    }
  }

  #mustStop(): boolean {
    return this.#stopped || isTurnOver(this.#context, this.#pages);
  }

  #isFull(): boolean {
    const ahead = this.#ahead;
    return ahead !== null && (ahead.messages.length >= MAX_MESSAGES || ahead.bytes >= MAX_BYTES);
  }

  async #peekPage(): Promise<void> {
    const { broker, queue } = this.#context;
    const before = this.#clock;
    const from = this.#from;
    const peeked = await broker.peek(queue, from, this.#size);
    this.#pages++;
    if (peeked.length >= this.#size) this.#context.onFullPage?.();
    const limit = this.#limit;
    const messages = limit === null ? peeked : peeked.filter((message) => message.position < limit);
    this.#ahead ??= { from, before, messages: [], bytes: 0 };
    this.#ahead.messages.push(...messages);
    this.#ahead.bytes += messages.reduce((sum, message) => sum + message.encoded.length, 0);
    const last = messages.at(-1);
    // An empty page is the end; so is one that goes beyond the limit.
    if (last === undefined || messages.length < peeked.length) this.#atEnd = true;
    else this.#from = last.position + 1n;
    this.#size = nextPageSize(peeked.length === 0 ? messages : peeked);
    this.#arrived();
  }
}
