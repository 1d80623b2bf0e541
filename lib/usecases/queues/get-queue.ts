import type { QueueDetail } from "@/lib/contracts/queues";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";

/**
 * One DLQ with its causes and its heatmap. Without the right to see payloads the causes' examples are left out, since a
 * description may quote a payload. Throws `AppError` "not-found".
 */
export async function getQueue(
  context: { readonly store: Store; readonly mayReadPayloads: boolean },
  input: { readonly id: number },
): Promise<QueueDetail> {
  const queue = await context.store.queues.detail(input.id);
  if (queue === null) throw new AppError("not-found", `There is no dead-letter queue number ${input.id}.`);
  if (context.mayReadPayloads) return queue;
  return { ...queue, causes: queue.causes.map((cause) => ({ ...cause, example: null })) };
}
