import { beginDue } from "../begin-due";
import { stopFailing } from "../guard/stop-failing";
import { judgeCanary } from "../judge-canary";
import type { EngineContext } from "./context";
import { pauseByEngine } from "./pause-by-engine";

/**
 * What every worker does once a second, whoever works on the replays: takes over from dead workers, settles doubt on
 * evidence, ends replays, begins those whose time has come, and stops those that hurt (R5, R11). Every step is one that only one worker can win.
 */
export async function upkeep(context: EngineContext): Promise<void> {
  const { store, workerId, actor, timing, log } = context;
  const { recovered, settled, finished } = await store.transaction(async (tx) => {
    const recovered = await tx.ledger.recover(workerId, timing.sendTimeoutMs);
    const settled = await tx.ledger.settleDoubt(workerId, timing.sendTimeoutMs);
    const finished = await tx.ledger.finish(workerId);
    await tx.audit.append([
      ...recovered.uncertain.map(({ replayId, queueId, count }) => ({
        actor,
        action: "replay.item-uncertain" as const,
        subject: { kind: "replay" as const, id: replayId },
        queueId,
        replayId,
        reason: "the worker ended between the intent and the record of the send",
        detail: { items: count },
      })),
      ...settled
        .filter(({ byPolicy }) => byPolicy > 0)
        .map(({ replayId, queueId, byPolicy }) => ({
          actor,
          action: "replay.sent-again" as const,
          subject: { kind: "replay" as const, id: replayId },
          queueId,
          replayId,
          reason: "in doubt, and the replay's policy is to send again: a second copy is possible",
          detail: { items: byPolicy },
        })),
      ...finished.map(({ id, kind, queueId, items }) => ({
        actor,
        action: "replay.completed" as const,
        subject: { kind: "replay" as const, id },
        queueId,
        replayId: id,
        detail: { kind, items },
      })),
    ]);
    return { recovered, settled, finished };
  });
  if (recovered.workers.length > 0 || recovered.released > 0 || recovered.uncertain.length > 0) {
    log.warn(recovered, "took over from workers that ended");
  }
  for (const entry of settled) log.info(entry, "doubt settled");
  for (const { id, items } of finished) log.info({ replay: id, items }, "replay completed");
  await stopFailing(context);
  for (const { id, heldBack } of await beginDue(context)) {
    if (heldBack === null) log.info({ replay: id }, "scheduled replay begun");
    else log.warn({ replay: id, reason: heldBack }, "replay paused");
  }
  for (const canary of await store.replays.ripeCanaries()) {
    const words = await judgeCanary(context, canary);
    if (words === null) log.info(canary, "canary passed");
    else if (words !== undefined) log.warn({ ...canary, reason: words }, "replay paused");
  }
  for (const { id, count } of await store.ledger.stuckInDoubt(timing.sendTimeoutMs)) {
    const what =
      count === 1
        ? "one message is uncertain: its copy may or may not have arrived"
        : `${count} messages are uncertain: their copies may or may not have arrived`;
    await pauseByEngine(context, id, `${what}, and nothing but a person can tell`);
  }
}
