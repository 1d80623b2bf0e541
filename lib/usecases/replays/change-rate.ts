import { AppError } from "@/lib/domain/app-error";
import { replayScope } from "@/lib/domain/throttle";
import type { Store } from "@/lib/store/ports";
import { lockForAct } from "./lock-for-act";
import type { PersonActor } from "./plan-replay";
import { checkRate, type ReplayConfig } from "./rate-ceiling";

/**
 * Gives a replay another rate, up to the ceiling that was planned and approved; a running one follows with its next permit. A
 * plan's rate is part of its hash: plan anew. Whether a queue is protected is not asked: a rate begins no send, and stays under a
 * ceiling that was planned and approved by those who may; a replay of a queue that was protected since may be slowed down by whoever may pause it.
 */
export async function changeRate(
  { store, actor, config }: { store: Store; actor: PersonActor; config: ReplayConfig },
  { id, rate }: { id: string; rate: number },
): Promise<void> {
  await store.transaction(async (tx) => {
    const { replay } = await lockForAct(tx, id, "change-rate");
    checkRate(config, replay.namespace, await tx.policies.readLocked(replay.queueId), rate);
    if (rate > replay.rateCeiling) {
      throw new AppError(
        "unprocessable",
        `This replay was planned with at most ${replay.rateCeiling} copies a second. Cancel it and plan the rest anew to go faster.`,
        { rate: `at most ${replay.rateCeiling}` },
      );
    }
    const pace = await tx.replays.changeRate(replay.id, rate);
    await tx.throttle.ensure([{ scope: replayScope(replay.id), rate: pace, burst: replay.burst }]);
    await tx.audit.append([
      {
        actor,
        action: "replay.rate-changed",
        subject: { kind: "replay", id: replay.id },
        queueId: replay.queueId,
        replayId: replay.id,
        detail: { from: replay.rate, to: rate },
      },
    ]);
  });
}
