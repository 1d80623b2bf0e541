import type { Config } from "@/lib/contracts/configuration";
import type { ApproveReplay } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import { checkPlan } from "./check-plan";
import { lockForAct } from "./lock-for-act";
import type { PersonActor } from "./plan-replay";
import { requireSecondPerson } from "./require-second-person";

interface Context {
  readonly store: Store;
  readonly actor: PersonActor;
  readonly config: { readonly replay: Pick<Config["replay"], "planHours"> };
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
    if (await tx.replays.isStale(replay.id, config.replay.planHours)) {
      throw new AppError("state-changed", "This plan has expired: it must be made again.");
    }
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
