import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import { missingApproval } from "./check-approval";
import { checkProtected } from "./check-protected";
import { lockForAct } from "./lock-for-act";
import type { PersonActor } from "./plan-replay";

/**
 * Lets a paused replay send again. The circuit breaker counts from here, and a canary that had not passed counts as passed: whoever
 * resumes has seen why it had stopped. One that was held back at its scheduled time has not begun: it needs the approval that a start needs.
 */
export async function resumeReplay(
  { store, actor }: { store: Store; actor: PersonActor },
  { id }: { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const { replay } = await lockForAct(tx, id, "resume");
    const policies = await tx.policies.readAllLocked(replay);
    await checkProtected(tx, policies, actor);
    const missing = replay.begun ? null : await missingApproval(tx, replay, policies);
    if (missing !== null) {
      throw new AppError("state-changed", `${missing} This one can only be cancelled: plan it anew and ask for it.`);
    }
    await tx.replays.resume(replay.id);
    await tx.audit.append([
      {
        actor,
        action: "replay.resumed",
        subject: { kind: "replay", id: replay.id },
        queueId: replay.queueId,
        replayId: replay.id,
        detail: replay.canaryFailed ? { canary: "gone on with although it had not passed" } : {},
      },
    ]);
  });
}
