/** What came back of a running replay since its last start or resume (R11). */
export interface ReturnFigures {
  readonly id: string;
  readonly total: number;
  readonly returned: number;
  /** Copies sent longer ago than it takes to be dead-lettered at their target, and those of them that came back. */
  readonly old: number;
  readonly oldReturned: number;
}

/** A running replay whose consumer and target are to be looked at. */
export interface GuardedReplay {
  readonly id: string;
  readonly namespace: string;
  readonly targetPath: string;
  readonly routeTo: string | null;
  /** Of all consumers that get its copies; none when a person has decided that it goes on whatever they say. */
  readonly healthUrls: readonly string[];
  /** The lowest of theirs; null: none says. */
  readonly backlogBound: number | null;
  /** It sends nothing before its consumers have been found well: nobody has since its last start or resume. */
  readonly waits: boolean;
}

/** An item in doubt whose copy is to be looked for in its target (R5). */
export interface DoubtfulCopy {
  readonly itemId: string;
  readonly namespace: string;
  readonly targetPath: string;
  readonly sentMessageId: string | null;
}

/** What a look into the target showed. Not finding a copy proves nothing: it may have been taken by a consumer. */
export interface Evidence {
  readonly found: boolean;
  /** Messages looked at, and whether that was all. */
  readonly searched: number;
  readonly complete: boolean;
  readonly words: string;
}

export interface GuardStore {
  /** Running replays of which something has come back. */
  returns(): Promise<ReturnFigures[]>;
  /** Takes running replays with a health URL or a bound for this worker that nobody has looked at for so long, seconds. */
  claimGuarded(
    workerId: string,
    seconds: { readonly waiting: number; readonly sending: number },
  ): Promise<GuardedReplay[]>;
  /** The consumers of a replay that waits for them are well: it may send. */
  clear(workerId: string, replayId: string): Promise<void>;
  /**
   * Takes stamped items in doubt, whose sender can write no more, for a look into their target: those that nobody has looked
   * for, and again those that were not found, at most three times.
   */
  claimDoubtful(workerId: string, limit: number): Promise<DoubtfulCopy[]>;
  /** Writes down what was seen; a copy that was found had arrived. Only while the item is still in doubt. */
  recordEvidence(workerId: string, itemIds: readonly string[], evidence: Evidence): Promise<void>;
  /** Messages a second at which a DLQ was locked through. */
  recordLockRate(queueId: number, perSecond: number): Promise<void>;
}
