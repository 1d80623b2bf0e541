import type { Store } from "@/lib/store/ports";
import { checkProtected } from "./check-protected";
import { lockForAct } from "./lock-for-act";
import type { PersonActor } from "./plan-replay";

/**
 * Lets a paused replay send again. The circuit breaker counts from here, and a canary that came back counts as passed: whoever
 * resumes has seen why it had stopped.
 */
export async function resumeReplay(
  { store, actor }: { store: Store; actor: PersonActor },
  { id }: { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const { replay } = await lockForAct(tx, id, "resume");
    await checkProtected(tx, await tx.policies.readLocked(replay.queueId), actor);
    await tx.replays.resume(replay.id);
    await tx.audit.append([
      {
        actor,
        action: "replay.resumed",
        subject: { kind: "replay", id: replay.id },
        queueId: replay.queueId,
        replayId: replay.id,
        detail: replay.canaryFailed ? { canary: "gone on with although it came back" } : {},
      },
    ]);
  });
}
