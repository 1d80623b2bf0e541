import { AppError } from "@/lib/domain/app-error";
import type { StoreScope } from "@/lib/store/ports";
import type { PersonActor } from "./plan-replay";

/**
 * Refuses whoever planned, submitted or edited what is to be judged, and whoever has lost the permission between the gate and this
 * transaction.
 */
export async function requireSecondPerson(tx: StoreScope, replayId: string, actor: PersonActor): Promise<void> {
  if ((await tx.replays.involved(replayId)).includes(actor.id)) {
    throw new AppError("forbidden", "You planned, submitted or edited this yourself: somebody else must judge it.");
  }
  if (!(await tx.people.mayNow(actor.id, "replays.approve"))) {
    throw new AppError("forbidden", "You may not approve any more.");
  }
}
