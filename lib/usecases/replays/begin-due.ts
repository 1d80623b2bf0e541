import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";

/** Begins the scheduled replays whose time has come. Answers which. */
export async function beginDue({ store, actor }: { store: Store; actor: Actor }): Promise<string[]> {
  return store.transaction(async (tx) => {
    const due = await tx.replays.beginDue();
    await tx.audit.append(
      due.map(({ id, queueId, startsAt }) => ({
        actor,
        action: "replay.began" as const,
        subject: { kind: "replay" as const, id },
        queueId,
        replayId: id,
        detail: { startsAt: startsAt.toISOString() },
      })),
    );
    return due.map(({ id }) => id);
  });
}
