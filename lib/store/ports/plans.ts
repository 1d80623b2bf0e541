import type { RefusalCode } from "@/lib/domain/refusals";
import type { ClaimedItem } from "./ledger";

/** A planned item with all that its copy is made of. */
export interface PlannedCopy {
  readonly id: string;
  readonly ordinal: number;
  readonly key: string;
  readonly sessionId: string | null;
  readonly edit: ClaimedItem["edit"];
  /** Null: the console keeps no copy of the message. */
  readonly encoded: Uint8Array | null;
  /** Bytes of the original as it stands in the DLQ, and before its body. */
  readonly size: number;
  readonly headSize: number;
}

/** Over the items of a plan that are not refused. */
export interface PlanSummary {
  readonly planned: number;
  readonly edited: number;
  readonly withSession: number;
  readonly sessions: number;
  /** Messages of the session that has most of them. */
  readonly longestSession: number;
  /** Messages with an absolute expiry time. */
  readonly expiring: number;
  readonly oldestEnqueuedAt: Date | null;
  readonly newestEnqueuedAt: Date | null;
  /** Of the copies, at most. */
  readonly totalBytes: number;
  readonly largestBytes: number;
  readonly causes: readonly { readonly reason: string; readonly signature: string; readonly count: number }[];
  /** Messages in the DLQ up to the last of the set: those on the way to it, and of these the ones that stay. */
  readonly onTheWay: number;
  readonly passedBy: number;
}

/** The second look at a plan whose items are inserted, in the planning's transaction. */
export interface PlanStore {
  /**
   * Planned items after an ordinal, in order, some megabytes at most; with "notable" only edited ones and those with long
   * headers. `through`: the ordinal that has been looked at; null: the last one.
   */
  copies(
    replayId: string,
    after: number,
    which: "all" | "notable",
  ): Promise<{ readonly items: PlannedCopy[]; readonly through: number | null }>;
  /** planned -> refused. */
  refuse(items: readonly { readonly id: string; readonly code: RefusalCode }[]): Promise<void>;
  /** Refuses items with more than `most` messages before them that stay where they are; answers how many. */
  refuseBeyond(replayId: string, most: number): Promise<number>;
  /** Refuses what stands behind a refused item of its session; answers how many. */
  stopSessions(replayId: string): Promise<number>;
  summary(replayId: string): Promise<PlanSummary>;
}
