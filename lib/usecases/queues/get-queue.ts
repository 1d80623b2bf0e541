import type { QueueDetail } from "@/lib/contracts/queues";
import type { AgeClock } from "@/lib/domain/age";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import { withWork } from "../causes/describe-work";

/**
 * One DLQ with its causes and its heatmap, ages by the enqueued time unless asked for otherwise. Without the right to see payloads the causes' examples are left out, since a
 * description may quote a payload. Throws `AppError` "not-found".
 */
export async function getQueue(
  context: { readonly store: Store; readonly mayReadPayloads: boolean },
  input: { readonly id: number; readonly clock?: AgeClock },
): Promise<QueueDetail> {
  const { store } = context;
  const queue = await store.queues.detail(input.id, input.clock);
  if (queue === null) throw new AppError("not-found", `There is no dead-letter queue number ${input.id}.`);
  const causes = await withWork(store, queue.causes, new Date(queue.at));
  return {
    ...queue,
    causes: context.mayReadPayloads ? causes : causes.map((cause) => ({ ...cause, example: null })),
  };
}
