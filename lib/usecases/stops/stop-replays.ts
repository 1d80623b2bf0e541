import type { StopReplays } from "@/lib/contracts/stops";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import type { PersonActor } from "../replays/plan-replay";

/**
 * Stops all replays, or those of one namespace: once this has committed no intent commits, in whatever worker. Replays keep their
 * state and go on when the stop is lifted; what was sent is still completed (R4).
 */
export async function stopReplays(
  { store, actor }: { store: Store; actor: PersonActor },
  { namespace, reason }: StopReplays,
): Promise<{ id: number; holds: number }> {
  return store.transaction(async (tx) => {
    const namespaceId = namespace === null ? null : await tx.stops.namespaceId(namespace);
    if (namespace !== null && namespaceId === null) {
      throw new AppError("not-found", `No namespace ${namespace} is configured.`);
    }
    const id = await tx.stops.stop({ namespaceId, reason, by: actor.id });
    if (id === null) {
      throw new AppError(
        "conflict",
        `${namespace === null ? "All replays are" : `The replays of ${namespace} are`} stopped already.`,
      );
    }
    const holds = await tx.stops.countRunning(namespaceId);
    await tx.audit.append([
      {
        actor,
        action: "replays.stopped",
        subject: { kind: "stop", id: String(id) },
        reason,
        detail: { namespace, running: holds },
      },
    ]);
    return { id, holds };
  });
}
