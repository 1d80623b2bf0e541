import type { StartReplay } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import { approvalWanted } from "@/lib/domain/replay-policies";
import type { Store } from "@/lib/store/ports";
import { missingApproval } from "./check-approval";
import { checkPlan, type PlanConfig, requireFresh } from "./check-plan";
import { checkProtected } from "./check-protected";
import { lockForAct } from "./lock-for-act";
import type { PersonActor } from "./plan-replay";
import { checkRate, type ReplayConfig } from "./rate-ceiling";

interface Context {
  readonly store: Store;
  readonly actor: PersonActor;
  readonly config: ReplayConfig & { readonly replay: PlanConfig };
}

/**
 * Starts exactly the plan that was seen: its hash binds set, edits, target, policies, rates, ramp and schedule (R9). Refused as
 * "state-changed" when anything of it has changed since, or it has expired. What its queue's policy, or that of a queue whose consumer gets the copies, wants approved starts only with an approval whose
 * giver may still approve. With a time that is still to come it is scheduled, and a worker starts it then.
 */
export async function startReplay(
  { store, actor, config }: Context,
  input: StartReplay & { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const { replay } = await lockForAct(tx, input.id, "start");
    const policies = await tx.policies.readAllLocked(replay);
    await checkProtected(tx, policies, actor);
    await requireFresh(tx, replay, config.replay);
    await checkPlan(tx, replay, input.planHash);
    checkRate(config, replay.namespace, policies.own, replay.rate);
    const missing = await missingApproval(tx, replay, policies);
    if (missing !== null) throw new AppError("state-changed", missing);
    const reason = replay.reason ?? input.reason;
    if (reason === null) {
      throw new AppError("invalid-input", "Say in a few words why these messages are replayed.", { reason: "missing" });
    }
    await tx.replays.start(replay.id, {
      personId: actor.id,
      reason,
      ticket: input.ticket,
      scheduled: replay.early,
      needed: approvalWanted(policies, replay.preflight),
    });
    await tx.audit.append([
      {
        actor,
        action: "replay.started",
        subject: { kind: "replay", id: replay.id },
        queueId: replay.queueId,
        replayId: replay.id,
        reason,
        detail: {
          kind: replay.kind,
          planHash: replay.planHash,
          ticket: input.ticket,
          willSend: replay.preflight.willSend,
          rate: replay.rate,
          ...(replay.early ? { startsAt: replay.startsAt?.toISOString() } : {}),
        },
      },
    ]);
  });
}
