import type {
  Preflight,
  ReplayDetail,
  ReplayItemRow,
  ReplayKind,
  ReplaySelection,
  ReplaySummary,
} from "@/lib/contracts/replays";
import type { Ramp } from "@/lib/domain/ramp";
import type { RefusalCode } from "@/lib/domain/refusals";
import type { ItemState, Outcome, ReplayState } from "@/lib/domain/replay-states";
import type { SubscriptionFacts } from "@/lib/domain/subscriptions";
import type { Attempt } from "./ledger";

/** What the database alone knows of a replay. */
export type StoredReplayDetail = Omit<ReplayDetail, "forecast">;

/** What the index knows of the source and the target, before anything is claimed. */
export interface PlanFacts {
  readonly queue: {
    readonly id: number;
    readonly namespaceId: number;
    readonly namespace: string;
    /** The kind of broker, which the codec is found by. */
    readonly broker: string;
    readonly entityPath: string;
    readonly subQueue: string;
    readonly originPath: string;
    readonly vanished: boolean;
    readonly lockSeconds: number | null;
    /** Messages a second that workers have locked there, or at best in another DLQ of the namespace; null: not measured. */
    readonly lockRate: number | null;
  };
  readonly target: {
    readonly path: string;
    readonly kind: "queue" | "topic";
    /** Some entity of the namespace is known by this path. */
    readonly known: boolean;
    /** It takes no sends now. */
    readonly disabled: boolean;
    readonly forwardTo: string | null;
    readonly duplicateDetection: { readonly enabled: boolean; readonly windowSeconds: number } | null;
    readonly requiresSession: boolean | null;
    readonly maxMessageBytes: number | null;
    readonly partitioned: boolean | null;
    /** Null: a queue. */
    readonly subscriptions: readonly SubscriptionFacts[] | null;
    readonly ends: readonly CopyEnd[];
  };
}

/** An entity that copies end up in, where the target passes them on behind it. */
export interface CopyEnd {
  /** The subscription of the target that they get there through; null: the target is a queue. */
  readonly through: string | null;
  readonly path: string;
  /** Its queue or topic. */
  readonly origin: string;
  /** A scan reads what dies there. */
  readonly read: boolean;
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
  readonly kind: ReplayKind;
  readonly namespaceId: number;
  readonly queueId: number;
  readonly targetPath: string;
  readonly selection: ReplaySelection;
  readonly rate: number;
  readonly burst: number;
  readonly messageIdPolicy: "preserve" | "new";
  readonly doubtPolicy: "hold" | "send-again";
  readonly ramp: Ramp | null;
  readonly startsAt: Date | null;
  readonly expiryPolicy: "keep" | "renew" | "none";
  readonly deliverAt: Date | null;
  readonly routeTo: string | null;
  readonly stamps: boolean;
  readonly createdBy: string;
}

/** What was frozen, and refused by what the index knows; the copies themselves are looked at next (ports/plans.ts). */
export interface InsertedPlan {
  readonly id: string;
  readonly refusals: readonly { readonly code: RefusalCode; readonly count: number }[];
}

/** The row of a replay as acts on it need it, locked until the transaction ends. */
export interface ReplayRow {
  readonly id: string;
  readonly kind: ReplayKind;
  readonly queueId: number;
  readonly namespaceId: number;
  readonly namespace: string;
  readonly state: ReplayState;
  readonly planHash: string;
  readonly targetPath: string;
  readonly rate: number;
  readonly burst: number;
  readonly total: number;
  readonly rateCeiling: number;
  readonly ramp: Ramp | null;
  readonly startsAt: Date | null;
  /** `startsAt` is still to come. */
  readonly early: boolean;
  readonly messageIdPolicy: "preserve" | "new";
  readonly doubtPolicy: "hold" | "send-again";
  readonly expiryPolicy: "keep" | "renew" | "none";
  readonly deliverAt: Date | null;
  readonly routeTo: string | null;
  readonly stamps: boolean;
  readonly preflight: Preflight;
  readonly reason: string | null;
  readonly createdBy: string;
  readonly approvedBy: string | null;
  readonly startedBy: string | null;
  /** It has been running; a scheduled one has been started, but not begun. */
  readonly begun: boolean;
  /** What came back of the canary was looked at, and it has not passed. */
  readonly canaryFailed: boolean;
  readonly canaryPassed: boolean;
}

/** A canary whose messages are all out and whose wait is over. */
export interface RipeCanary {
  readonly id: string;
  readonly queueId: number;
  readonly sent: number;
  readonly returned: number;
  /** What comes back of it can be seen: the copies carry stamps, and some scan reads where they die. */
  readonly seen: boolean;
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
  insertPlan(replay: NewReplay, rules: PlanRules): Promise<InsertedPlan>;
  /** Hash of set, edits and `terms` (see domain/plan-terms.ts), hex. */
  planHash(replayId: string, terms: string): Promise<string>;
  savePlan(
    replayId: string,
    plan: {
      planHash: string;
      preflight: unknown;
      rateCeiling: number;
      approvalNeeded: readonly string[];
      /** Messages of the canary; null: none. */
      canary: number | null;
    },
  ): Promise<void>;
  /** Seconds that a copy can take to be dead-lettered in the worst of the target's entities (R11). */
  secondsToDie(namespaceId: number, targetPath: string): Promise<number>;

  /** Null when there is no such replay. */
  lock(replayId: string): Promise<ReplayRow | null>;
  /** Planned items whose message has another current edit than the one that was planned. */
  countChangedEdits(replayId: string): Promise<number>;
  countPlanned(replayId: string): Promise<number>;
  /** planned | approved -> running, or scheduled while its time is still to come. An earlier reason and ticket stay. */
  start(
    replayId: string,
    by: {
      personId: string;
      reason: string | null;
      ticket: string | null;
      scheduled: boolean;
      /** What the policy wants approved by now. */
      needed: readonly string[];
    },
  ): Promise<void>;
  submit(
    replayId: string,
    by: { personId: string; reason: string; ticket: string | null; needed: readonly string[] },
  ): Promise<void>;
  approve(replayId: string, by: { personId: string; reason: string | null }): Promise<void>;
  /** Frees its messages. Answers how many. */
  decline(replayId: string, by: { personId: string; reason: string }): Promise<number>;
  /** Whoever planned, submitted or edited it: none of them approves it. */
  involved(replayId: string): Promise<string[]>;
  /** True when nobody has gone on with the plan for `hours`: it is as good as expired. */
  isStale(replayId: string, hours: number): Promise<boolean>;
  countAwaitingApproval(): Promise<number>;
  /** Scheduled replays whose time has come and that no other worker has in hand, locked until the transaction ends. */
  due(): Promise<string[]>;
  /** scheduled -> running. */
  begin(replayId: string): Promise<void>;
  /** Canaries of running replays that are ripe to be looked at, and read since where anything of them can be seen. */
  ripeCanaries(): Promise<RipeCanary[]>;
  /** The canary was looked at; passed: what is behind it may go. */
  judgeCanary(replayId: string, passed: boolean): Promise<void>;
  pause(replayId: string, reason: string): Promise<void>;
  /** A canary that was looked at and had failed counts as passed: whoever resumes has seen it. */
  resume(replayId: string): Promise<void>;
  /** Lets a running replay send that waits for its consumer; answers what it had been told of it. Null: it does not wait. */
  goOnRegardless(replayId: string, personId: string): Promise<{ readonly words: string | null } | null>;
  /**
   * Ends the sends: planned and claimed items are cancelled, those in doubt go back to uncertain; sending, sent and
   * uncertain keep their claim and run to their end. Answers how many were cancelled.
   */
  cancel(replayId: string): Promise<number>;
  /** Answers the copies a second that it may send now: ramp and quiet hours may hold it lower. */
  changeRate(replayId: string, rate: number): Promise<number>;
  /**
   * Settles uncertain items by a person's word on an attempt of each: arrived -> sent, send-again -> planned, leave -> failed. Only those
   * that nobody can still be sending. Answers the ids of those, and of what has had another attempt since, whatever its state.
   */
  judge(
    replayId: string,
    items: readonly Attempt[],
    judgement: "arrived" | "send-again" | "leave",
  ): Promise<{ readonly judged: readonly string[]; readonly overtaken: readonly string[] }>;
  /** Frees the messages of plans with which nobody has gone on for `hours`; answers what expired. */
  expire(hours: number): Promise<{ id: string; queueId: number; items: number }[]>;

  detail(replayId: string): Promise<StoredReplayDetail | null>;
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
