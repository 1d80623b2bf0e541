import type { GroupChange, GroupEditSelection, GroupEditState } from "@/lib/contracts/group-edits";

/** What became of one message of a group edit. "failed": the worker failed at it alone, trying or saving, and left it out. */
export type GroupEditOutcome = "change" | "same" | "refused" | "saved" | "passed-over" | "failed";

export interface GroupEditRecord {
  readonly id: string;
  readonly queueId: number;
  readonly entityPath: string;
  readonly change: GroupChange;
  readonly state: GroupEditState;
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  /** Who had it saved; null until then. */
  readonly savedBy: { readonly id: string; readonly name: string } | null;
  /** Failures in a row of the workers that were at it, and what the last one was; null: it gets on. */
  readonly fault: { readonly words: string; readonly times: number } | null;
}

export interface GroupEditCount {
  /** Null: not tried yet. */
  readonly outcome: GroupEditOutcome | null;
  readonly why: string | null;
  readonly count: number;
}

export interface GroupEditItem {
  readonly ordinal: number;
  readonly deadLetterId: string;
  /** Null until it was tried. */
  readonly baseVersion: number | null;
}

export interface TriedItem {
  readonly ordinal: number;
  readonly baseVersion: number | null;
  readonly outcome: GroupEditOutcome;
  readonly why: string | null;
}

export interface GroupEditStore {
  /** Freezes the messages that the selection means now, oldest first; how many, at most `limit`. */
  create(edit: {
    readonly id: string;
    readonly queueId: number;
    readonly selection: GroupEditSelection;
    readonly change: GroupChange;
    readonly createdBy: string;
    readonly limit: number;
  }): Promise<number>;
  find(id: string): Promise<GroupEditRecord | null>;
  /** As `find`; holds the row until the transaction ends. */
  lock(id: string): Promise<GroupEditRecord | null>;
  counts(id: string): Promise<GroupEditCount[]>;
  /** The first messages that the change would change, or has changed. */
  samples(id: string, limit: number): Promise<(GroupEditItem & { readonly key: string })[]>;
  /** The first messages that the worker failed at. */
  failed(id: string, limit: number): Promise<{ readonly deadLetterId: string; readonly key: string }[]>;
  startSaving(id: string, by: string, reason: string): Promise<void>;
  cancel(id: string): Promise<void>;
  /** Takes one that is to be tried or saved, that no live worker is at and whose time to be tried again has come; null: there is none. */
  claim(worker: string, leaseSeconds: number): Promise<string | null>;
  /** The row, locked, its lease renewed, if this worker still has it and it is still to be worked on. */
  hold(id: string, worker: string, leaseSeconds: number): Promise<GroupEditRecord | null>;
  /** The next messages after this ordinal without this outcome's end: not tried yet ("trying"), or to be saved ("saving"). */
  next(
    id: string,
    state: "trying" | "saving",
    range: { readonly after: number; readonly limit: number },
  ): Promise<GroupEditItem[]>;
  /** What became of messages; its failures in a row are over by that. */
  record(id: string, items: readonly TriedItem[]): Promise<void>;
  /** Counts a failure of this worker, which gives it back: it is taken up again after a second, two, four and so on, up to a minute. */
  fail(id: string, worker: string, words: string): Promise<void>;
  /** Nothing is left to do in this state. */
  finish(id: string, state: "tried" | "saved"): Promise<void>;
}
