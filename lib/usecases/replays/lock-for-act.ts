import { AppError } from "@/lib/domain/app-error";
import { afterAct, type ReplayAct, type ReplayState } from "@/lib/domain/replay-states";
import type { StoreScope } from "@/lib/store/ports";
import type { ReplayRow } from "@/lib/store/ports/replays";

const VERBS: Readonly<Record<ReplayAct, string>> = {
  submit: "submitted for approval",
  approve: "approved",
  decline: "declined",
  start: "started",
  pause: "paused",
  resume: "resumed",
  cancel: "cancelled",
  "change-rate": "given another rate",
};

/** Locks the replay for the transaction and says what the act makes of it; "state-changed" when its state does not allow the act. */
export async function lockForAct(
  tx: StoreScope,
  replayId: string,
  act: ReplayAct,
): Promise<{ replay: ReplayRow; next: ReplayState }> {
  const replay = await tx.replays.lock(replayId);
  if (replay === null) throw new AppError("not-found", "There is no such replay.");
  const next = afterAct(replay.state, act);
  if (next === null) {
    throw new AppError(
      "state-changed",
      `This replay is ${replay.state.replace("-", " ")} and cannot be ${VERBS[act]}.`,
    );
  }
  return { replay, next };
}
