import type {
  DeadLetterDetail,
  DeadLetterRow,
  DeadLetterSearch,
  DeadLetterSort,
  QueueBreakdown,
} from "@/lib/contracts/dead-letters";

/** Where a page of the list begins: after the row with this sort value and id. */
export interface DeadLetterAnchor {
  /** An ISO time for "oldest" and "newest", a decimal number for the others. */
  readonly value: string;
  readonly id: string;
}

export interface DeadLetterListing {
  readonly rows: DeadLetterRow[];
  /** Anchor of the last row; null when no row follows it. */
  readonly next: DeadLetterAnchor | null;
  /** All that match, over every page. */
  readonly total: number;
  /** "estimate": too many to count for a page. */
  readonly totalIs: "exact" | "estimate";
}

export interface DeadLetterListRequest {
  readonly filter: DeadLetterSearch;
  readonly sort: DeadLetterSort;
  /** The time that ages are counted from: the same for every page of one list. */
  readonly at: Date;
  readonly after: DeadLetterAnchor | null;
  readonly limit: number;
}

export interface QueueBreakdownRequest {
  readonly filter: DeadLetterSearch;
  readonly at: Date;
  /** Queues that are named, at most. */
  readonly limit: number;
}

export type QueueCounts = Omit<QueueBreakdown, "at">;

/** What the index knows of one dead letter; links are made of it by configuration. */
export type DeadLetterFacts = Omit<DeadLetterDetail, "traceLinks">;

/** The bytes of one dead letter for the eye. */
export interface DeadLetterContent {
  readonly deadLetterId: string;
  readonly queueId: number;
  /** The kind of the namespace's broker: names the codec that reads the bytes. */
  readonly broker: string;
  readonly contentType: string | null;
  readonly size: number;
  readonly bodySize: number;
  /** Null when the message was larger than what is kept, and has not been fetched lately. */
  readonly encoded: Uint8Array | null;
}

/** Dead letters as they were last read. The list shows those that are there; one by id is found after it left, too. */
export interface DeadLetterStore {
  list(request: DeadLetterListRequest): Promise<DeadLetterListing>;
  /** In which queues the messages of a filter lie, and how many in each. */
  countByQueue(request: QueueBreakdownRequest): Promise<QueueCounts>;
  detail(id: string): Promise<DeadLetterFacts | null>;
  content(id: string): Promise<DeadLetterContent | null>;
}
