import type { Config } from "@/lib/contracts/configuration";
import { AppError } from "@/lib/domain/app-error";
import { spellTerms } from "@/lib/domain/plan-terms";
import type { StoreScope } from "@/lib/store/ports";
import type { ReplayRow } from "@/lib/store/ports/replays";

/**
 * Whether the plan is the one that was seen, and still holds what was planned (R9): "state-changed" when not, also when a
 * message has been edited since. Call it under the replay's lock.
 */
export async function checkPlan(tx: StoreScope, replay: ReplayRow, planHash: string): Promise<void> {
  if (replay.planHash !== planHash) {
    throw new AppError("state-changed", "This is not the plan that you saw. Look at it again.");
  }
  if ((await tx.replays.countPlanned(replay.id)) === 0) {
    throw new AppError("unprocessable", "Every message of this plan is refused: there is nothing to send.");
  }
  const changed = await tx.replays.countChangedEdits(replay.id);
  if (changed > 0) {
    throw new AppError(
      "state-changed",
      `${changed === 1 ? "One message has" : `${changed} messages have`} been edited since this was planned. Cancel the plan and make a new one.`,
    );
  }
  if ((await tx.replays.planHash(replay.id, spellTerms(replay))) !== replay.planHash) {
    throw new AppError("state-changed", "The plan no longer holds what was planned. Cancel it and make a new one.");
  }
}

/** How long a plan waits for somebody to go on with it. */
export type PlanConfig = Pick<Config["replay"], "planHours">;

/** "state-changed" when nobody has gone on with the plan in time: workers free its messages, but none may be running. */
export async function requireFresh(tx: StoreScope, replay: ReplayRow, { planHours }: PlanConfig): Promise<void> {
  if (await tx.replays.isStale(replay.id, planHours)) {
    throw new AppError("state-changed", "This plan has expired: it must be made again.");
  }
}
