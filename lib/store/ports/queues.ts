import type { CauseDetail, Overview, QueueDetail } from "@/lib/contracts/queues";

/** Read models of queues and causes. Every figure of one answer is counted from its `at`, the database's clock. */
export interface QueueStore {
  /** Every DLQ of the configured namespaces, worst first: oldest root, then count. */
  overview(): Promise<Overview>;
  /** One DLQ with its causes that have messages, most messages first; null when there is no such queue. */
  detail(queueId: number): Promise<QueueDetail | null>;
  /** One cause, also when no message of it is left; null when there is no such cause. */
  cause(causeId: string): Promise<CauseDetail | null>;
}
