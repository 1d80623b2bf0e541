import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { lockForAct } from "./lock-for-act";

/** Ends the sends until it is resumed: no intent commits after this has. Copies that were sent are still completed (R4). */
export async function pauseReplay(
  { store, actor }: { store: Store; actor: Actor },
  { id, reason }: { id: string; reason?: string | undefined },
): Promise<void> {
  await store.transaction(async (tx) => {
    const { replay } = await lockForAct(tx, id, "pause");
    const words = reason ?? `paused by ${actor.name}`;
    await tx.replays.pause(replay.id, words);
    await tx.audit.append([
      {
        actor,
        action: "replay.paused",
        subject: { kind: "replay", id: replay.id },
        queueId: replay.queueId,
        replayId: replay.id,
        reason: words,
        detail: {},
      },
    ]);
  });
}
