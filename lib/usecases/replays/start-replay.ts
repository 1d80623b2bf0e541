import type { StartReplay } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import { spellTerms } from "@/lib/domain/plan-terms";
import type { Store } from "@/lib/store/ports";
import { lockForAct } from "./lock-for-act";
import type { PersonActor } from "./plan-replay";
import { checkRate, type ReplayConfig } from "./rate-ceiling";

/**
 * Starts exactly the plan that was seen: its hash binds set, edits, target, policies and rate (R9). Refused as
 * "state-changed" when anything of it has changed since, also when a message has been edited after the planning.
 */
export async function startReplay(
  { store, actor, config }: { store: Store; actor: PersonActor; config: ReplayConfig },
  input: StartReplay & { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const { replay } = await lockForAct(tx, input.id, "start");
    if (replay.planHash !== input.planHash) {
      throw new AppError("state-changed", "This is not the plan that you saw. Look at it again before you start it.");
    }
    checkRate(config, replay.namespace, replay.rate);
    if ((await tx.replays.countPlanned(replay.id)) === 0) {
      throw new AppError("unprocessable", "Every message of this plan is refused: there is nothing to start.");
    }
    const changed = await tx.replays.countChangedEdits(replay.id);
    if (changed > 0) {
      throw new AppError(
        "state-changed",
        `${changed === 1 ? "One message has" : `${changed} messages have`} been edited since this was planned. Cancel the plan and make a new one.`,
      );
    }
    const detail = await tx.replays.detail(replay.id);
    if (
      detail === null ||
      (await tx.replays.planHash(replay.id, spellTerms({ ...replay, ...detail }))) !== replay.planHash
    ) {
      throw new AppError("state-changed", "The plan no longer holds what was planned. Cancel it and make a new one.");
    }
    await tx.replays.start(replay.id, { personId: actor.id, reason: input.reason, ticket: input.ticket });
    await tx.audit.append([
      {
        actor,
        action: "replay.started",
        subject: { kind: "replay", id: replay.id },
        queueId: replay.queueId,
        replayId: replay.id,
        reason: input.reason,
        detail: {
          planHash: replay.planHash,
          ticket: input.ticket,
          willSend: detail.preflight.willSend,
          rate: replay.rate,
        },
      },
    ]);
  });
}
