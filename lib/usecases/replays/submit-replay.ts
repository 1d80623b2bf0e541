import type { SubmitReplay } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import { approvalWanted } from "@/lib/domain/replay-policies";
import type { Store } from "@/lib/store/ports";
import { checkPlan } from "./check-plan";
import { checkProtected } from "./check-protected";
import { lockForAct } from "./lock-for-act";
import type { PersonActor } from "./plan-replay";

interface Context {
  readonly store: Store;
  readonly actor: PersonActor;
}

/** Asks a second person to approve exactly this plan. Refused when no policy that holds for it wants an approval. */
export async function submitReplay({ store, actor }: Context, input: SubmitReplay & { id: string }): Promise<void> {
  await store.transaction(async (tx) => {
    const { replay } = await lockForAct(tx, input.id, "submit");
    const policies = await tx.policies.readAllLocked(replay);
    await checkProtected(tx, policies, actor);
    await checkPlan(tx, replay, input.planHash);
    const needed = approvalWanted(policies, replay.preflight);
    if (needed.length === 0) {
      throw new AppError("unprocessable", "The policy of this queue wants no approval of this plan: start it.");
    }
    await tx.replays.submit(replay.id, { personId: actor.id, reason: input.reason, ticket: input.ticket, needed });
    await tx.audit.append([
      {
        actor,
        action: "replay.submitted",
        subject: { kind: "replay", id: replay.id },
        queueId: replay.queueId,
        replayId: replay.id,
        reason: input.reason,
        detail: {
          planHash: replay.planHash,
          ticket: input.ticket,
          willSend: replay.preflight.willSend,
          target: replay.targetPath,
          needed,
        },
      },
    ]);
  });
}
