import type { DeadLetterFilter, DeadLetterSearch, SearchCoverage } from "@/lib/contracts/dead-letters";
import type { Correlation } from "@/lib/contracts/search";

/** What the index keeps of one message. */
export interface SearchEntry {
  /** Text form of a tsvector. */
  readonly words: string;
  /** See lib/domain/search/facts.ts; ascending. */
  readonly facts: readonly bigint[];
  /** JSON text: path -> its scalars; null: the body is no JSON. */
  readonly fields: string | null;
  readonly body: "json" | "xml" | "text" | "binary" | "none" | "unknown";
  /** What of it cannot be searched, in words; null: all can. */
  readonly gap: string | null;
  readonly traced: boolean;
}

/** A message that is to be indexed, or taken out of the index when it has left. */
export interface PendingMessage {
  readonly id: string;
  /** Null: it has left its queue, or the index. */
  readonly message: {
    readonly queueId: number;
    readonly broker: string;
    readonly description: string | null;
    readonly contentType: string | null;
    readonly messageId: string | null;
    readonly subject: string | null;
    readonly correlationId: string | null;
    readonly sessionId: string | null;
    readonly size: number;
    readonly properties: readonly { readonly name: string; readonly type: string; readonly value: string }[];
    /** Null: larger than what is kept. */
    readonly encoded: Uint8Array | null;
  } | null;
}

/** One fact of the messages that were compared, with one message that says it. */
export interface FactCount {
  readonly fact: bigint;
  readonly inside: number;
  readonly outside: number;
  readonly exampleId: string;
}

export interface FactCounts {
  /** Indexed messages of the filter, and of the rest of the queue. */
  readonly inside: number;
  readonly outside: number;
  readonly jsonInside: number;
  readonly jsonOutside: number;
  readonly facts: readonly FactCount[];
}

/** What a message says, to find the texts behind facts. */
export interface FactExample {
  readonly subject: string | null;
  readonly correlationId: string | null;
  readonly sessionId: string | null;
  readonly properties: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  /** Path -> its scalars; empty for an object or an array. */
  readonly fields: readonly { readonly path: string; readonly values: readonly { type: string; text: string }[] }[];
}

export interface SearchStore {
  /** Ends each statement of this transaction after so many seconds. Call it in a transaction. */
  limitSeconds(seconds: number): Promise<void>;
  /**
   * Takes up to `limit` messages whose entries are to be brought up to date, each once among all workers. Call it in a transaction
   * and save the entries in the same: when it is rolled back, they are pending again.
   */
  takePending(limit: number): Promise<PendingMessage[]>;
  save(entries: readonly (SearchEntry & { readonly id: string; readonly queueId: number })[]): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  coverage(scope: Pick<DeadLetterSearch, "queue" | "cause">): Promise<SearchCoverage>;
  /**
   * What the messages of the filter say and the others of its queue do, counted over all of them that are indexed; rare facts are left out. `at` of the
   * answer: when it was counted, which is earlier than asked for where a count of a long queue is kept. `say` "correlation": that alone, `counts` is
   * null. Call it in a transaction.
   */
  compare(
    filter: DeadLetterFilter,
    at: Date,
    say: "facts" | "correlation",
  ): Promise<{ readonly at: Date; readonly correlation: Correlation; readonly counts: FactCounts | null }>;
  examples(ids: readonly string[]): Promise<FactExample[]>;
  /**
   * Does the next step of counting what the messages of queues with at least `longQueue` of them say, whatever worker did the one before: `stretch`
   * messages, or the sum of all stretches. "idle": no queue has changed enough. Call it in a transaction of its own.
   */
  countNextFacts(sizes: {
    readonly longQueue: number;
    readonly stretch: number;
  }): Promise<"begun" | "stretch" | "counted" | "idle">;
}
