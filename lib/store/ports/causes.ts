import type { CauseKind } from "@/lib/domain/cause-kind";
import type { CauseIdentity, RuleField, RuleOperator } from "@/lib/domain/cause-rules";
import type { SetCauseState } from "@/lib/domain/cause-states";
import type { CommentRecord, ReasonNotesStore } from "./reason-notes";

/** What people said of a cause. */
export interface CauseRecord {
  readonly id: string;
  readonly queueId: number;
  readonly entityPath: string;
  readonly reason: string;
  readonly signature: string;
  readonly fingerprint: string;
  /** The cause that shows this one's messages as its own; null: it stands for itself. */
  readonly mergedInto: string | null;
  readonly ruleId: number | null;
  readonly title: string | null;
  /** Null: nobody has said; it is guessed. */
  readonly kind: CauseKind | null;
  readonly state: SetCauseState;
  readonly stateAt: Date | null;
  readonly snoozedUntil: Date | null;
  readonly snoozedCount: number | null;
  readonly owner: { readonly id: string; readonly name: string } | null;
  readonly runbook: string | null;
  /** Raised by each change, so that two people do not overwrite each other. */
  readonly version: number;
}

/** The part that a person changes; what is left out stays. */
export type CauseChange = Partial<
  Pick<CauseRecord, "title" | "kind" | "snoozedUntil" | "snoozedCount" | "runbook"> & {
    /** Sets the time of the state too. */
    readonly state: SetCauseState;
    readonly ownerId: string | null;
  }
>;

/** What people said of a cause, who looks after its reason in whatever queue, and how often they commented on the cause. */
export interface CauseWorkRecord {
  readonly record: CauseRecord;
  readonly reasonOwner: { readonly id: string; readonly name: string } | null;
  readonly comments: number;
}

export interface CauseRuleRecord {
  readonly id: number;
  readonly queueId: number | null;
  readonly within: readonly string[];
  readonly field: RuleField;
  /** The property's name; null unless the field is "property". */
  readonly property: string | null;
  readonly operator: RuleOperator;
  readonly pattern: string;
  readonly title: string;
  readonly createdAt: Date;
  readonly createdBy: string;
}

/** A cause among the messages of a plan. */
export interface CauseOfReplay {
  readonly cause: CauseRecord;
  readonly messages: number;
  /** How many of them go back without a correction. */
  readonly unedited: number;
}

/** A message as rules and fingerprints see it. */
export interface GroupedMessage {
  readonly id: string;
  readonly queueId: number;
  readonly causeId: string;
  readonly fingerprint: string;
  /** The rule that made its cause; null: the fingerprint did. */
  readonly ruleId: number | null;
  readonly reason: string;
  readonly description: string | null;
  readonly subject: string | null;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

/** Work under way that puts messages to their causes again. */
export interface Regrouping {
  readonly id: number;
  readonly queueId: number | null;
  readonly why: string;
  readonly pass: number;
}

export interface CauseStore extends ReasonNotesStore {
  /** What people said of causes, and of those merged into them; unknown ids are left out. */
  records(causeIds: readonly string[]): Promise<CauseRecord[]>;
  /** Causes merged into any of these. */
  mergedInto(causeIds: readonly string[]): Promise<CauseRecord[]>;
  /** These causes and those that are merged into any of them, by id, with what people said; unknown ids are left out. */
  work(causeIds: readonly string[]): Promise<CauseWorkRecord[]>;
  /** One cause, its row locked until the transaction ends; null when there is none. */
  lock(causeId: string): Promise<CauseRecord | null>;
  change(causeId: string, change: CauseChange): Promise<void>;
  /** Merges a cause, and what is merged into it, into another one of its queue. */
  merge(causeId: string, into: string): Promise<void>;
  unmerge(causeId: string): Promise<void>;
  /** Oldest first. */
  comments(causeIds: readonly string[]): Promise<CommentRecord[]>;
  addComment(causeId: string, authorId: string, text: string): Promise<string>;
  /** Who may own a cause or a reason: enabled people with any of these roles, by name. */
  possibleOwners(roles: readonly string[]): Promise<{ readonly id: string; readonly name: string }[]>;
  /** The causes of the messages that a plan would send, most messages first. */
  ofReplay(replayId: string): Promise<CauseOfReplay[]>;

  /** Rules that are in force, in the order they are asked: oldest first. */
  rules(): Promise<CauseRuleRecord[]>;
  createRule(
    rule: Omit<CauseRuleRecord, "id" | "createdAt" | "createdBy"> & { readonly createdBy: string },
  ): Promise<number>;
  /** False: it was ended before, or there is none. */
  endRule(id: number): Promise<boolean>;
  /** Dead letters of a queue that are there, newest first, after `before`. */
  newestMessages(queueId: number | null, before: string | null, limit: number): Promise<GroupedMessage[]>;
  countMessages(queueId: number | null): Promise<number>;

  /**
   * Puts all messages of a queue, or of all, to their causes again. Pass 0 goes before the others and moves nothing: what the rules that
   * split causes have to learn is learnt in it.
   */
  startRegrouping(queueId: number | null, why: string, pass?: 0 | 1): Promise<void>;
  regroupings(queueId: number): Promise<Regrouping[]>;
  /**
   * Takes the oldest regrouping under way that no other transaction holds, with its next messages; in pass 0 with those of them that rules
   * have split off. `through`: the last that was looked at; null: none is left. The row stays locked until the transaction ends. Null: there
   * is nothing to do.
   */
  nextToRegroup(limit: number): Promise<{
    readonly regrouping: Regrouping;
    readonly messages: readonly GroupedMessage[];
    readonly through: string | null;
  } | null>;
  /** Moves messages to causes, which are made where they do not exist; how many moved. */
  regroup(moves: readonly { readonly id: string; readonly identity: CauseIdentity }[]): Promise<number>;
  /** Records that the regrouping has come on; without messages left it goes to its next pass, and after the second ends. */
  advanceRegrouping(
    id: number,
    progress: { readonly lookedAt: number; readonly moved: number; readonly through: string | null },
  ): Promise<void>;
  /** Lets a rule that splits causes split the one with this fingerprint, too. */
  widenRule(ruleId: number, fingerprint: string): Promise<void>;
  /** Makes the causes that one rule made in one queue show as one. */
  linkRuleCauses(): Promise<void>;

  /** Causes of the fingerprint that were made by an older version of it, with one message of each. */
  outdated(
    version: number,
    limit: number,
  ): Promise<{ readonly cause: CauseRecord; readonly message: GroupedMessage | null }[]>;
  /**
   * Gives a cause the fingerprint of a newer version. Where another cause of the queue has it already, the older of the two goes on
   * for both: what people said of it is kept.
   */
  adopt(causeId: string, identity: CauseIdentity): Promise<void>;
}
