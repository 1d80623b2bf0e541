import type { CauseDetail, CauseFigures, Overview, QueueDetail } from "@/lib/contracts/queues";
import type { AgeClock } from "@/lib/domain/age";

/** One DLQ without what people said of its causes. */
export type QueueFigures = Omit<QueueDetail, "causes"> & { readonly causes: readonly CauseFigures[] };
/** One cause without what people said of it. */
export type CauseInQueue = Omit<CauseDetail, "cause" | "notes"> & { readonly cause: CauseFigures };

/** Read models of queues and causes. Every figure of one answer is counted from its `at`, the database's clock; ages by the clock that is asked for. */
export interface QueueStore {
  /** Every DLQ of the configured namespaces, worst first: oldest root, then count. */
  overview(clock?: AgeClock): Promise<Overview>;
  /** One DLQ with its causes that have messages, most messages first; null when there is no such queue. */
  detail(queueId: number, clock?: AgeClock): Promise<QueueFigures | null>;
  /** One cause of a queue, also when no message of it is left; null when there is no such cause. */
  cause(place: { readonly id: string; readonly queueId: number }): Promise<CauseInQueue | null>;
}
