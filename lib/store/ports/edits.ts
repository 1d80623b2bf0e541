import type { PropertyChange } from "@/lib/brokers/broker";

/** A correction of one dead letter as it is kept. */
export interface EditRecord {
  readonly id: string;
  readonly version: number;
  /** Null: body unchanged. */
  readonly body: Uint8Array | null;
  readonly properties: readonly PropertyChange[];
  readonly createdAt: Date;
  /** The author's name. */
  readonly createdBy: string;
}

/** What decides whether a dead letter may be edited now. */
export interface EditTarget {
  readonly queueId: number;
  readonly leftAt: Date | null;
  /** The replay that claims the message (R4); null when none does. */
  readonly liveReplayId: string | null;
  readonly current: EditRecord | null;
  /** The highest version there ever was; 0: none. */
  readonly latestVersion: number;
}

export interface NewEdit {
  readonly deadLetterId: string;
  readonly version: number;
  readonly body: Uint8Array | null;
  readonly properties: readonly PropertyChange[];
  readonly createdBy: string;
}

export interface EditStore {
  /** The queue of a dead letter; null when there is no such dead letter. */
  queueOf(deadLetterId: string): Promise<number | null>;
  current(deadLetterId: string): Promise<EditRecord | null>;
  /**
   * Locks the dead letter's row until the transaction ends and says how it stands, so that two edits never pass each
   * other. Null when there is no such dead letter.
   */
  lockTarget(deadLetterId: string): Promise<EditTarget | null>;
  /** Ends the current edit, if any, and makes this one the current; its id and time. */
  save(edit: NewEdit): Promise<{ readonly id: string; readonly createdAt: Date }>;
  end(editId: string): Promise<void>;
}
