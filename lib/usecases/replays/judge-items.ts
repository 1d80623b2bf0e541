import type { JudgeItems } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import type { PersonActor } from "./plan-replay";

/**
 * Records a person's judgement on uncertain items and lets it take effect (R5): "arrived" has the original removed,
 * "send-again" sends once more and may make a second copy, "leave" ends the item and frees its message. All of the items or
 * none: one that is no longer uncertain, that may still be under way, or is to be sent again and is known to have arrived, is a "state-changed" answer.
 */
export async function judgeItems(
  { store, actor }: { store: Store; actor: PersonActor },
  { id, items, judgement, reason }: JudgeItems & { id: string },
): Promise<{ judged: number }> {
  return store.transaction(async (tx) => {
    const replay = await tx.replays.lock(id);
    if (replay === null) throw new AppError("not-found", "There is no such replay.");
    if (judgement === "send-again" && replay.state !== "running" && replay.state !== "paused") {
      throw new AppError("state-changed", `This replay is ${replay.state}: nothing of it is sent again.`);
    }
    const wanted = new Set(items);
    const judged = await tx.replays.judge(id, [...wanted], judgement);
    if (judged.length < wanted.size) {
      throw new AppError(
        "state-changed",
        `${wanted.size - judged.length} of these items are not uncertain any more, are known to have arrived, or their sender may still be at work. Look at them again.`,
      );
    }
    await tx.audit.append([
      {
        actor,
        action: "replay.item-judged",
        subject: { kind: "replay", id },
        queueId: replay.queueId,
        replayId: id,
        reason,
        detail: { judgement, items: judged },
      },
    ]);
    return { judged: judged.length };
  });
}
