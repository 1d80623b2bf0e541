import type { QueuePolicy } from "@/lib/domain/queue-policy";

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

export interface PolicyStore {
  /** The policy in force: the defaults where nobody has changed any. */
  read(queueId: number): Promise<QueuePolicy>;
  /** The same, until the transaction ends nobody else's: for an act that depends on it. */
  readLocked(queueId: number): Promise<QueuePolicy>;
  /** Null when there is no such DLQ. */
  detail(queueId: number): Promise<StoredPolicy | null>;
  /** Writes it as the version after `policy.version`; false when another version is in force by now. */
  save(queueId: number, policy: QueuePolicy, by: string): Promise<boolean>;
  /** The database's list knows this name of a time zone. */
  knowsTimeZone(name: string): Promise<boolean>;
}
