import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";

/** Frees the messages of plans that nobody has started in time. Answers how many plans expired. */
export async function expirePlans(
  { store, actor }: { store: Store; actor: Actor },
  { planHours }: { planHours: number },
): Promise<number> {
  return store.transaction(async (tx) => {
    const expired = await tx.replays.expire(planHours);
    await tx.audit.append(
      expired.map(({ id, queueId, items }) => ({
        actor,
        action: "replay.expired" as const,
        subject: { kind: "replay" as const, id },
        queueId,
        replayId: id,
        detail: { planHours, freed: items },
      })),
    );
    return expired.length;
  });
}
