import type { QueueWork } from "@/lib/store/ports/ledger";
import type { Completer } from "./completer";
import type { Connection, EngineContext, Timing } from "./context";
import type { Held } from "./held";
import type { Links } from "./links";
import type { ReachGuard } from "./reach-guard";
import type { Senders } from "./senders";

/** What the parts of a lane share. */
export interface LaneContext {
  readonly context: EngineContext;
  readonly timing: Timing;
  readonly connection: Connection;
  readonly queue: Pick<QueueWork, "queueId" | "namespaceId" | "entityPath">;
  readonly links: Links;
  readonly senders: Senders;
  readonly completer: Completer;
  readonly guard: ReachGuard;
  /** Fewer items wait than before. */
  readonly wantMore: () => void;
  /** So many items wait again that were between intent and record. */
  readonly isBack: (items: number) => void;
  /** These are on record as planned again, and may go soon: their locks are kept. */
  readonly keep: (held: readonly Held[]) => void;
  /** An intent's answer was lost: some items may be on record as this worker's that it does not know of. */
  readonly expectStrays: () => void;
}
