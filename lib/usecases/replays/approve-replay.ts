import type { ApproveReplay } from "@/lib/contracts/replays";
import type { Store } from "@/lib/store/ports";
import { checkPlan, type PlanConfig, requireFresh } from "./check-plan";
import { lockForAct } from "./lock-for-act";
import type { PersonActor } from "./plan-replay";
import { requireSecondPerson } from "./require-second-person";

interface Context {
  readonly store: Store;
  readonly actor: PersonActor;
  readonly config: { readonly replay: PlanConfig };
}

/**
 * Approves exactly the plan that was looked at: its hash binds everything of it, so whatever is changed is another plan. It starts
 * nothing; whoever planned it, or another operator, does that.
 */
export async function approveReplay(
  { store, actor, config }: Context,
  input: ApproveReplay & { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const { replay } = await lockForAct(tx, input.id, "approve");
    await requireSecondPerson(tx, replay.id, actor);
    await requireFresh(tx, replay, config.replay);
    await checkPlan(tx, replay, input.planHash);
    await tx.replays.approve(replay.id, { personId: actor.id, reason: input.reason });
    await tx.audit.append([
      {
        actor,
        action: "replay.approved",
        subject: { kind: "replay", id: replay.id },
        queueId: replay.queueId,
        replayId: replay.id,
        ...(input.reason === null ? {} : { reason: input.reason }),
        detail: {
          planHash: replay.planHash,
          willSend: replay.preflight.willSend,
          target: replay.targetPath,
          rate: replay.rate,
          rateCeiling: replay.rateCeiling,
        },
      },
    ]);
  });
}
