import type { TargetView } from "@/lib/contracts/targets";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";

/** Entities that a replay out of a DLQ can go to: every queue and topic of its namespace whose path contains the text. */
export async function listTargets(
  { store }: { store: Store },
  query: { queue: number; q: string; limit: number },
): Promise<{ items: TargetView[]; total: number }> {
  const found = await store.targets.list({ queueId: query.queue, q: query.q, limit: query.limit });
  if (found === null) throw new AppError("not-found", "There is no such dead-letter queue.");
  return found;
}
