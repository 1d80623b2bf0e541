import type { JudgedItems, JudgeItems } from "@/lib/contracts/judge-items";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import { checkProtected } from "./check-protected";
import type { PersonActor } from "./plan-replay";

/**
 * Records a person's judgement on uncertain items and lets it take effect (R5): "arrived" has the original removed,
 * "send-again" sends once more and may make a second copy, "leave" ends the item and frees its message. It is said of the attempt that
 * the person saw: an item that has had another one since stays as it is, and is named in the answer. All of the others or none: one that
 * is no longer uncertain, that may still be under way, or is to be sent again and is known to have arrived, is a "state-changed" answer.
 * To send again is a send: of a protected queue, or into one, it is an administrator's to say. The other two send nothing.
 */
export async function judgeItems(
  { store, actor }: { store: Store; actor: PersonActor },
  { id, items, judgement, reason }: JudgeItems & { id: string },
): Promise<JudgedItems> {
  return store.transaction(async (tx) => {
    const replay = await tx.replays.lock(id);
    if (replay === null) throw new AppError("not-found", "There is no such replay.");
    if (judgement === "send-again" && replay.state !== "running" && replay.state !== "paused") {
      throw new AppError("state-changed", `This replay is ${replay.state}: nothing of it is sent again.`);
    }
    if (judgement === "send-again") await checkProtected(tx, await tx.policies.readAllLocked(replay), actor);
    const { judged, overtaken } = await tx.replays.judge(id, items, judgement);
    const refused = items.length - judged.length - overtaken.length;
    if (refused > 0) {
      throw new AppError(
        "state-changed",
        `${refused} of these items are not uncertain any more, are known to have arrived, or their sender may still be at work. Look at them again.`,
      );
    }
    if (judged.length > 0) {
      const attempts = new Map(items.map(({ id: item, attempt }) => [item, attempt]));
      await tx.audit.append([
        {
          actor,
          action: "replay.item-judged",
          subject: { kind: "replay", id },
          queueId: replay.queueId,
          replayId: id,
          reason,
          // The attempts in the order of their items: a later one of these is not what was judged.
          detail: { judgement, items: judged, attempts: judged.map((item) => attempts.get(item)) },
        },
      ]);
    }
    return { judged: judged.length, overtaken: [...overtaken] };
  });
}
