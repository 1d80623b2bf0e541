import type { ReplayDetail, ReplayItemRow, ReplaySelection, ReplaySummary } from "@/lib/contracts/replays";
import type { RefusalCode } from "@/lib/domain/refusals";
import type { ItemState, Outcome, ReplayState } from "@/lib/domain/replay-states";
import type { SubscriptionFacts } from "@/lib/domain/subscriptions";

/** What the index knows of the source and the target, before anything is claimed. */
export interface PlanFacts {
  readonly queue: {
    readonly id: number;
    readonly namespaceId: number;
    readonly namespace: string;
    readonly entityPath: string;
    readonly subQueue: string;
    readonly originPath: string;
    readonly vanished: boolean;
  };
  readonly target: {
    readonly path: string;
    /** Some entity of the namespace is known by this path. */
    readonly known: boolean;
    readonly duplicateDetection: { readonly enabled: boolean; readonly windowSeconds: number } | null;
    readonly requiresSession: boolean | null;
    readonly maxMessageBytes: number | null;
    readonly partitioned: boolean | null;
    /** Null: a queue. */
    readonly subscriptions: readonly Pick<SubscriptionFacts, "name" | "rules">[] | null;
  };
}

/** Counted over the selection as it is now. */
export interface SelectionFacts {
  readonly total: number;
  readonly insideWindow: number;
  readonly sameId: number;
  readonly withoutId: number;
}

/** How each message of the set is judged while it is frozen. */
export interface PlanRules {
  /** Seconds for which the target may drop a known id; 0: never. */
  readonly windowSeconds: number;
  readonly messageIdPolicy: "preserve" | "new";
  readonly maxBytes: number;
  /** "required": refuse without SessionId; "died-of-it": refuse those that died of having none; "no". */
  readonly session: "required" | "died-of-it" | "no";
  /** Messages of one session go in order. */
  readonly ordered: boolean;
  readonly reachesNobody: boolean;
  readonly stampBytes: number;
  readonly refusalTexts: Readonly<Record<RefusalCode, string>>;
}

export interface NewReplay {
  readonly namespaceId: number;
  readonly queueId: number;
  readonly targetPath: string;
  readonly selection: ReplaySelection;
  readonly rate: number;
  readonly burst: number;
  readonly messageIdPolicy: "preserve" | "new";
  readonly doubtPolicy: "hold" | "send-again";
  readonly createdBy: string;
}

/** What was frozen. */
export interface PlannedSet {
  readonly id: string;
  readonly planned: number;
  readonly refusals: readonly { readonly code: RefusalCode; readonly count: number }[];
  readonly edited: number;
  readonly withSession: number;
  readonly oldestEnqueuedAt: Date | null;
  readonly newestEnqueuedAt: Date | null;
  readonly totalBytes: number;
  readonly causes: readonly { readonly reason: string; readonly signature: string; readonly count: number }[];
}

/** The row of a replay as acts on it need it, locked until the transaction ends. */
export interface ReplayRow {
  readonly id: string;
  readonly queueId: number;
  readonly namespaceId: number;
  readonly namespace: string;
  readonly state: ReplayState;
  readonly planHash: string;
  readonly targetPath: string;
  readonly rate: number;
  readonly burst: number;
  readonly total: number;
}

export interface ReplayStore {
  /** Null when there is no such DLQ. `targetPath` null: the origin. */
  planFacts(queueId: number, targetPath: string | null): Promise<PlanFacts | null>;
  /** Lets one plan of a DLQ be made at a time, until the transaction ends. */
  lockPlanning(queueId: number): Promise<void>;
  selectionFacts(selection: ReplaySelection, windowSeconds: number): Promise<SelectionFacts>;
  /**
   * Freezes the set: a replay row with its items, each planned (which claims its message, R4) or refused in words.
   * Call it in a transaction that holds `lockPlanning`.
   */
  insertPlan(replay: NewReplay, rules: PlanRules): Promise<PlannedSet>;
  /** Hash of set, edits and `terms` (see domain/plan-terms.ts), hex. */
  planHash(replayId: string, terms: string): Promise<string>;
  savePlan(replayId: string, planHash: string, preflight: unknown): Promise<void>;

  /** Null when there is no such replay. */
  lock(replayId: string): Promise<ReplayRow | null>;
  /** Planned items whose message has another current edit than the one that was planned. */
  countChangedEdits(replayId: string): Promise<number>;
  countPlanned(replayId: string): Promise<number>;
  start(replayId: string, by: { personId: string; reason: string; ticket: string | null }): Promise<void>;
  pause(replayId: string, reason: string): Promise<void>;
  resume(replayId: string): Promise<void>;
  /**
   * Ends the sends: planned and claimed items are cancelled, those in doubt go back to uncertain; sending, sent and
   * uncertain keep their claim and run to their end. Answers how many were cancelled.
   */
  cancel(replayId: string): Promise<number>;
  changeRate(replayId: string, rate: number): Promise<void>;
  /**
   * Settles uncertain items by a person's word: arrived -> sent, send-again -> planned, leave -> failed. Only those that
   * nobody can still be sending. Answers the ids.
   */
  judge(replayId: string, items: readonly string[], judgement: "arrived" | "send-again" | "leave"): Promise<string[]>;
  /** Frees the messages of plans older than `hours`; answers what expired. */
  expire(hours: number): Promise<{ id: string; queueId: number; items: number }[]>;

  detail(replayId: string): Promise<ReplayDetail | null>;
  list(query: {
    state?: ReplayState | undefined;
    queue?: number | undefined;
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ items: ReplaySummary[]; nextCursor: string | null }>;
  /** Null when there is no such replay. */
  items(
    replayId: string,
    query: { state?: ItemState | undefined; outcome?: Outcome | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: ReplayItemRow[]; nextCursor: string | null } | null>;
}
