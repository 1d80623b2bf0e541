import type { TargetView } from "@/lib/contracts/targets";
import type { SubscriptionFacts } from "@/lib/domain/subscriptions";

/** An entity that copies can be sent to, as the broker lists it. */
export interface ListedTarget {
  readonly path: string;
  readonly kind: "queue" | "topic";
  /** Null: could not be read now; what was read earlier stays. */
  readonly settings: object | null;
  /** Null: a queue, or could not be read now. */
  readonly subscriptions: readonly SubscriptionFacts[] | null;
}

export interface TargetStore {
  /** Takes a listing of a namespace over; what could not be read keeps its earlier value. */
  record(namespace: string, targets: readonly ListedTarget[]): Promise<void>;
  /** The subscriptions of a topic as they were last read; null: a queue, or never read. */
  subscriptions(namespace: string, path: string): Promise<SubscriptionFacts[] | null>;
  /** Entities of the namespace of a DLQ whose path contains the text, by path; null when there is no such DLQ. */
  list(query: { queueId: number; q: string; limit: number }): Promise<{ items: TargetView[]; total: number } | null>;
}
