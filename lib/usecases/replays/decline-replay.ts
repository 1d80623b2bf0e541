import type { DeclineReplay } from "@/lib/contracts/replays";
import type { Store } from "@/lib/store/ports";
import { lockForAct } from "./lock-for-act";
import type { PersonActor } from "./plan-replay";
import { requireSecondPerson } from "./require-second-person";

/** Ends a plan that waits for approval, with the reason; its messages are free again. */
export async function declineReplay(
  { store, actor }: { store: Store; actor: PersonActor },
  { id, reason }: DeclineReplay & { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const { replay } = await lockForAct(tx, id, "decline");
    await requireSecondPerson(tx, replay.id, actor);
    const freed = await tx.replays.decline(replay.id, { personId: actor.id, reason });
    await tx.audit.append([
      {
        actor,
        action: "replay.declined",
        subject: { kind: "replay", id: replay.id },
        queueId: replay.queueId,
        replayId: replay.id,
        reason,
        detail: { planHash: replay.planHash, freed },
      },
    ]);
  });
}
