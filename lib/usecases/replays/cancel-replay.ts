import type { Store } from "@/lib/store/ports";
import { lockForAct } from "./lock-for-act";
import type { PersonActor } from "./plan-replay";

/**
 * Ends a replay for good. What was not sent is cancelled and its messages are free again; what is being sent, was sent
 * or is uncertain keeps its claim and runs to its end (R4).
 */
export async function cancelReplay(
  { store, actor }: { store: Store; actor: PersonActor },
  { id }: { id: string },
): Promise<{ cancelled: number }> {
  return store.transaction(async (tx) => {
    const { replay } = await lockForAct(tx, id, "cancel");
    const cancelled = await tx.replays.cancel(replay.id);
    await tx.audit.append([
      {
        actor,
        action: "replay.cancelled",
        subject: { kind: "replay", id: replay.id },
        queueId: replay.queueId,
        replayId: replay.id,
        detail: { was: replay.state, cancelled, of: replay.total },
      },
    ]);
    return { cancelled };
  });
}
