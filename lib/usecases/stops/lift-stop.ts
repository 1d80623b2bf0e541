import type { LiftStop } from "@/lib/contracts/stops";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import type { PersonActor } from "../replays/plan-replay";

/**
 * Lets replays go on that a stop had held. Whether one of their queues is protected is not asked: a stop leaves every replay its state, so
 * what goes on has been started, or resumed, by somebody who might, and what a person has paused stays paused.
 */
export async function liftStop(
  { store, actor }: { store: Store; actor: PersonActor },
  { id, reason }: LiftStop & { id: number },
): Promise<void> {
  await store.transaction(async (tx) => {
    const lifted = await tx.stops.lift(id, { reason, by: actor.id });
    if (lifted === undefined) throw new AppError("not-found", "There is no such stop.");
    if (lifted === null) throw new AppError("state-changed", "Somebody else has lifted this stop already.");
    await tx.audit.append([
      {
        actor,
        action: "replays.stop-lifted",
        subject: { kind: "stop", id: String(id) },
        reason,
        detail: { namespace: lifted.namespace },
      },
    ]);
  });
}
