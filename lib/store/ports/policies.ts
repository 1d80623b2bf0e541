import type { QueuePolicy } from "@/lib/domain/queue-policy";
import type { ReplayPolicies } from "@/lib/domain/replay-policies";
import type { QuietSpan } from "@/lib/domain/sending-time";

/** A policy with what surrounds it. */
interface StoredPolicy {
  readonly policy: QueuePolicy;
  /** Null: nobody has changed it yet. */
  readonly updatedAt: Date | null;
  readonly updatedBy: string | null;
  /** Until when the quiet hours of now last; null: there are none now. */
  readonly quietUntil: Date | null;
  readonly namespace: string;
  readonly namespaceId: number;
  readonly originPath: string;
}

/** Where a replay takes its messages from and where it sends them; a discard sends nothing. */
export interface ReplayRoute {
  readonly kind: "replay" | "discard" | "restore";
  readonly queueId: number;
  readonly namespaceId: number;
  readonly targetPath: string;
  /** The one subscription of the target that gets the copies; null: all that match. */
  readonly routeTo: string | null;
}

export interface PolicyStore {
  /** The policy in force: the defaults where nobody has changed any. */
  read(queueId: number): Promise<QueuePolicy>;
  /** The same, until the transaction ends nobody else's: for an act that depends on it. */
  readLocked(queueId: number): Promise<QueuePolicy>;
  /** All that hold for a replay; the database's `replay_policies` are the same. */
  readOf(replayId: string): Promise<ReplayPolicies>;
  /** The quiet hours of all that hold for a replay, those that begin up to `until` and are not over by `from`, as moments. */
  quietSpans(replayId: string, range: { readonly from: Date; readonly until: Date }): Promise<QuietSpan[]>;
  /** The same of a route, until the transaction ends nobody else's. */
  readAllLocked(route: ReplayRoute): Promise<ReplayPolicies>;
  /** Null when there is no such DLQ. */
  detail(queueId: number): Promise<StoredPolicy | null>;
  /** Writes it as the version after `policy.version`; false when another version is in force by now. */
  save(queueId: number, policy: QueuePolicy, by: string): Promise<boolean>;
  /** The database's list knows this name of a time zone. */
  knowsTimeZone(name: string): Promise<boolean>;
}
