import type { Config } from "@/lib/contracts/configuration";
import type { PolicyDetail } from "@/lib/contracts/policies";
import { MAX_RATE } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import { highestRate, type QueuePolicy } from "@/lib/domain/queue-policy";
import { canaryWait } from "@/lib/domain/ramp";
import type { Store } from "@/lib/store/ports";

/** What is allowed of replays out of one DLQ, and who said so. */
export async function getPolicy(
  { store, config }: { store: Store; config: Pick<Config, "namespaces" | "replay"> },
  { id }: { id: number },
): Promise<PolicyDetail> {
  const [found, at] = await Promise.all([store.policies.detail(id), store.now()]);
  if (found === null) throw new AppError("not-found", "There is no such dead-letter queue.");
  const namespaceRate = config.namespaces.find(({ name }) => name === found.namespace)?.maxReplayRate ?? null;
  const mostRate = highestRate(namespaceRate ?? MAX_RATE, found.policy);
  const secondsToDie = await store.replays.secondsToDie(found.namespaceId, found.originPath);
  return {
    at: at.toISOString(),
    queueId: id,
    policy: toWire(found.policy),
    updatedAt: found.updatedAt?.toISOString() ?? null,
    updatedBy: found.updatedBy,
    namespaceRate,
    offered: {
      rate: Math.min(config.replay.defaultRate, mostRate),
      mostRate,
      canarySeconds: canaryWait(null, secondsToDie),
    },
    quietUntil: found.quietUntil?.toISOString() ?? null,
  };
}

function toWire({ quietHours, ...policy }: QueuePolicy): PolicyDetail["policy"] {
  if (quietHours === null) return { ...policy, quietHours };
  const windows = quietHours.windows.map(({ days, from, to }) => ({ days: [...days], from, to }));
  return { ...policy, quietHours: { ...quietHours, windows } };
}
