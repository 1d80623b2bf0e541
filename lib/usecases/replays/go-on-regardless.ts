import type { GoOnReplay } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import { checkProtected } from "./check-protected";
import type { PersonActor } from "./plan-replay";

/**
 * Lets a replay send that waits for its consumer to be well: a person has decided so. Until it is paused and resumed nobody asks
 * the health address again; what else stops a replay (R11) does so still.
 */
export async function goOnRegardless(
  { store, actor }: { store: Store; actor: PersonActor },
  { id, reason }: GoOnReplay & { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const replay = await tx.replays.lock(id);
    if (replay === null) throw new AppError("not-found", "There is no such replay.");
    await checkProtected(tx, await tx.policies.readAllLocked(replay), actor);
    const waited = await tx.replays.goOnRegardless(id, actor.id);
    if (waited === null) throw new AppError("state-changed", "This replay does not wait for its consumer.");
    await tx.audit.append([
      {
        actor,
        action: "replay.went-on-regardless",
        subject: { kind: "replay", id },
        queueId: replay.queueId,
        replayId: id,
        reason,
        detail: waited.words === null ? {} : { waitedFor: waited.words },
      },
    ]);
  });
}
