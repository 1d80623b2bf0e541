import type { NewAuditEvent } from "@/lib/domain/audit";
import type { CauseIdentity } from "@/lib/domain/cause-rules";
import type { MessageFacts } from "./message-facts";

/** A DLQ as the broker lists it. */
export interface ListedQueue {
  readonly entityPath: string;
  readonly entityKind: "queue" | "subscription";
  readonly subQueue: "dead-letter" | "transfer-dead-letter" | "forwarded";
  readonly originPath: string;
  /** Null: could not be read now; what was read earlier stays. */
  readonly settings: object | null;
  /** A subscription's rules; null: a queue, or could not be read now. */
  readonly rules: readonly { readonly name: string; readonly filter: string }[] | null;
}

/** What a listing changed: "found" is new, "returned" had vanished and exists again. */
export interface ListingChange {
  readonly queueId: number;
  readonly entityPath: string;
  readonly change: "found" | "returned" | "vanished";
}

/** A DLQ whose scan this worker holds, as it stood when it was claimed. */
export interface ClaimedQueue {
  readonly id: number;
  readonly namespace: string;
  readonly entityPath: string;
  readonly subQueue: "dead-letter" | "transfer-dead-letter" | "forwarded";
  /** Null: not known. */
  readonly partitioned: boolean | null;
  readonly highWater: bigint;
  readonly walkNumber: number;
  readonly walkPosition: bigint;
  /** Null: no walk is under way. */
  readonly walkStartedAt: Date | null;
  readonly walkedAt: Date | null;
  readonly walkSeconds: number | null;
  readonly countReadAt: Date | null;
  /** DLQs of its namespace that exist, itself among them. */
  readonly siblings: number;
  /** The database's clock at the claim. */
  readonly at: Date;
}

/** A stretch of a DLQ as one peek showed it: these messages and no others stood between `from` and `through` at some time after `before`. */
export interface Stretch {
  readonly queueId: number;
  readonly from: bigint;
  /** Null: to the end of the DLQ. */
  readonly through: bigint | null;
  /** The database's clock, read before the peek was sent. */
  readonly before: Date;
  readonly messages: readonly Sighting[];
}

/** What tells one message from another under the same key (R9). */
export interface Sighting {
  readonly key: string;
  readonly position: bigint;
  readonly enqueuedAt: Date;
  readonly contentHash: Uint8Array;
}

export interface StretchOutcome {
  /** Places in `messages` of those that the index does not have and whose place in the DLQ no row keeps; each key once. */
  readonly unknown: readonly number[];
  /** Rows that were found to have left. */
  readonly left: number;
  /** True: more rows of the stretch may have left than one statement marks; compare it again. */
  readonly more: boolean;
}

/** A dead letter on its way into the index; texts are storable (lib/domain/storable-text.ts). */
export interface NewDeadLetter extends Sighting, MessageFacts {
  readonly description: string | null;
  readonly expiresAt: Date | null;
  readonly deadLetterSource: string | null;
  /** JSON in UTF-8: an array of name, type and value. */
  readonly propertiesJson: Uint8Array;
  /** The replay item named by the stamp that it carries; null: none. */
  readonly stampedItem: string | null;
  readonly cause: CauseIdentity;
  /** The whole message; null: larger than what is kept. */
  readonly encoded: Uint8Array | null;
}

/** A copy of ours that came back dead (R11). */
export interface ReturnedCopy {
  readonly deadLetterId: string;
  readonly itemId: string;
  readonly replayId: string;
}

/** How far the scan of a DLQ has come. */
export type ScanProgress =
  | {
      readonly kind: "watched";
      /** Null: the DLQ was empty. */
      readonly oldestEnqueuedAt: Date | null;
      readonly readAt: Date;
    }
  | { readonly kind: "paged"; readonly highWater: bigint }
  | {
      readonly kind: "walked";
      readonly startedAt: Date;
      /** Where the walk goes on; null: it has come to the end. */
      readonly position: bigint | null;
      readonly highWater: bigint;
      /** Messages read in this stretch of the walk. */
      readonly seen: number;
    }
  /** A stretch between two of the above: nothing but the lease moves on. */
  | { readonly kind: "under-way" };

/** A row among those that have left: its time as text, and its id. */
export interface ForgetPlace {
  readonly leftAt: string;
  readonly id: string;
}

/** Writes of the scanner. A claim is one worker's; its writes do nothing once another worker has taken it over. */
export interface ScanStore {
  /** Makes the namespaces of the configuration known, and the others unconfigured. */
  syncNamespaces(namespaces: readonly { readonly name: string; readonly broker: string }[]): Promise<void>;
  /** True when no worker has listed the namespace for so long. */
  isListingDue(namespace: string, seconds: number): Promise<boolean>;
  /** Takes over a listing: what is new, what changed, what is no longer there. */
  recordListing(namespace: string, queues: readonly ListedQueue[]): Promise<ListingChange[]>;
  recordListingFailure(namespace: string, error: string): Promise<void>;

  /**
   * Claims DLQs whose next scan is due, longest due first; never one of `busy`, which this worker is at work on. One that it
   * holds and is not at work on (its turn was broken off) it may claim again.
   */
  claim(request: {
    readonly worker: string;
    readonly namespaces: readonly string[];
    readonly busy: readonly number[];
    readonly limit: number;
    readonly leaseSeconds: number;
  }): Promise<ClaimedQueue[]>;
  /** Null: the broker could not say; the figure becomes unknown. */
  recordCount(
    queueId: number,
    worker: string,
    reading: { readonly count: bigint; readonly source: string } | null,
  ): Promise<void>;
  recordFailure(queueId: number, worker: string, error: string): Promise<void>;
  /** Ends the claim. A turn that came through clears the error of an earlier one; `readThrough` is the turn's. */
  release(
    queueId: number,
    worker: string,
    next: { readonly inSeconds: number; readonly clearError: boolean; readonly readThrough?: Date | null },
  ): Promise<void>;
  /** Ends every claim of a worker that stops; their DLQs are due at once. */
  releaseAll(worker: string): Promise<void>;

  /**
   * Goes on through what left its DLQ more than so many days ago, up to `limit` rows after `after`: deletes them, but for those that a
   * replay refers to (as its message or as a copy that came back) and those that were discarded. Of the former the content is dropped
   * once their replays have ended. `next`: where to go on; null at the end.
   */
  forget(request: { readonly days: number; readonly after: ForgetPlace | null; readonly limit: number }): Promise<{
    readonly deleted: number;
    readonly next: ForgetPlace | null;
  }>;

  /** Takes credits of a namespace's budget, which all workers share: ms to wait before they may be used. Negative: gives unused ones back. */
  spendCredits(namespace: string, credits: number, perSecond: number): Promise<number>;
  /** The highest position known of each partition, by partition number; partitions without messages are absent. */
  partitionFronts(queueId: number, partitions: readonly number[]): Promise<Map<number, bigint>>;
}

/** What one transaction of a scan does with the pages that it has read. */
export interface PageScope {
  /** Records progress and renews the lease; the database's clock, or null when the claim is no longer this worker's. */
  advance(queueId: number, worker: string, progress: ScanProgress, leaseSeconds: number): Promise<Date | null>;
  /** Holds a stretch against the index: marks what has left it, takes back what was marked wrongly, tells what is not known. */
  compare(stretch: Stretch): Promise<StretchOutcome>;
  /** Takes messages that `compare` does not know, in the same transaction, into the index with their causes and contents; the copies of ours among them. */
  ingest(queueId: number, walkNumber: number, messages: readonly NewDeadLetter[]): Promise<ReturnedCopy[]>;
  /** Audit events of the same transaction. */
  audit(events: readonly NewAuditEvent[]): Promise<void>;
}
