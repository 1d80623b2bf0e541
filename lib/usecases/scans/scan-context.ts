import type { Broker } from "@/lib/brokers/broker";
import type { ReadyRule } from "@/lib/domain/cause-rules";
import type { Store } from "@/lib/store/ports";
import type { ClaimedQueue } from "@/lib/store/ports/scans";

/** What one turn at one DLQ works with. */
export interface ScanContext {
  readonly store: Store;
  readonly broker: Broker;
  /** The worker that holds the claim. */
  readonly workerId: string;
  readonly leaseSeconds: number;
  /** Messages larger than this are indexed without their content. */
  readonly keepBytes: number;
  /** People's rules that put messages to causes, as they were when the turn began. */
  readonly rules: readonly ReadyRule[];
  readonly queue: ClaimedQueue;
  /** The turn ends soon after this (performance.now, ms), or when the signal says so. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** A page came as large as it was asked for: there is more. */
  readonly onFullPage?: () => void;
  /** A page of new messages was taken into the index, or a good part of one. */
  readonly onIntake?: () => void;
}

/** True when the turn should end before its next page. Each part of a turn reads one page at least, however late it is: it must come on. */
export function isTurnOver(context: ScanContext, pagesRead: number): boolean {
  return context.signal.aborted || (pagesRead > 0 && performance.now() >= context.until);
}

/** The claim went to another worker: what was read since is dropped, the other one reads it again. */
export class ClaimLost extends Error {
  override readonly name = "ClaimLost";
}
