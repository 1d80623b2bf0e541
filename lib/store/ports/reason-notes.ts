export interface ReasonRunbookRecord {
  readonly runbook: string;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

/** A comment on a cause or on a reason. */
export interface CommentRecord {
  readonly id: string;
  readonly author: string;
  readonly at: Date;
  readonly text: string;
}

/** What people say of a reason in whatever queue; the empty reason is that of messages without one. */
export interface ReasonNotesStore {
  /** Until the transaction ends whoever else locks the reason waits: what is read of it then is what is replaced. */
  lockReason(reason: string): Promise<void>;
  reasonRunbook(reason: string): Promise<ReasonRunbookRecord | null>;
  /** Null takes it away. */
  setReasonRunbook(reason: string, runbook: string | null, by: string): Promise<void>;
  reasonOwner(reason: string): Promise<{ readonly id: string; readonly name: string } | null>;
  /** Null takes the owner away. */
  setReasonOwner(reason: string, ownerId: string | null): Promise<void>;
  /** Oldest first. */
  reasonComments(reason: string): Promise<CommentRecord[]>;
  /** The number of the new comment. */
  addReasonComment(reason: string, authorId: string, text: string): Promise<string>;
}
