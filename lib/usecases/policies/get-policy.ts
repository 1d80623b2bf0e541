import type { PolicyDetail } from "@/lib/contracts/policies";
import { AppError } from "@/lib/domain/app-error";
import type { QueuePolicy } from "@/lib/domain/queue-policy";
import type { Store } from "@/lib/store/ports";
import type { ReplayConfig } from "../replays/rate-ceiling";

/** What is allowed of replays out of one DLQ, and who said so. */
export async function getPolicy(
  { store, config }: { store: Store; config: ReplayConfig },
  { id }: { id: number },
): Promise<PolicyDetail> {
  const [found, at] = await Promise.all([store.policies.detail(id), store.now()]);
  if (found === null) throw new AppError("not-found", "There is no such dead-letter queue.");
  return {
    at: at.toISOString(),
    queueId: id,
    policy: toWire(found.policy),
    updatedAt: found.updatedAt?.toISOString() ?? null,
    updatedBy: found.updatedBy,
    namespaceRate: config.namespaces.find(({ name }) => name === found.namespace)?.maxReplayRate ?? null,
    quietUntil: found.quietUntil?.toISOString() ?? null,
  };
}

function toWire({ quietHours, ...policy }: QueuePolicy): PolicyDetail["policy"] {
  if (quietHours === null) return { ...policy, quietHours };
  const windows = quietHours.windows.map(({ days, from, to }) => ({ days: [...days], from, to }));
  return { ...policy, quietHours: { ...quietHours, windows } };
}
