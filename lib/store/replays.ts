import type { Database } from "./database";
import type { Prisma } from "./generated/client";
import type { ReplayRow, ReplayStore } from "./ports/replays";
import { readClock } from "./queue-summaries";
import { insertPlan, readPlanFacts, readPlanHash, readSelectionFacts } from "./replay-plan";
import { listReplayItems, listReplays, readReplayDetail } from "./replay-reads";

export function replayStore(db: Database): ReplayStore {
  return {
    planFacts: (queueId, targetPath) => readPlanFacts(db, queueId, targetPath),
    lockPlanning: async (queueId) => {
      await db.$executeRaw`SELECT pg_advisory_xact_lock(72707370, ${queueId}::int)`;
    },
    selectionFacts: async (selection, windowSeconds) =>
      readSelectionFacts(db, selection, windowSeconds, (await readClock(db)).at),
    insertPlan: async (replay, rules) => insertPlan(db, replay, rules, (await readClock(db)).at),
    planHash: (replayId, terms) => readPlanHash(db, replayId, terms),
    savePlan: async (replayId, planHash, preflight) => {
      await db.replay.update({
        where: { id: replayId },
        data: { planHash, preflight: preflight as Prisma.InputJsonValue },
      });
    },

    lock: (replayId) => lockReplay(db, replayId),
    countChangedEdits: async (replayId) => {
      const rows = await db.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count FROM replay_item i
        LEFT JOIN edit e ON e.dead_letter_id = i.dead_letter_id AND e.ended_at IS NULL
        WHERE i.replay_id = ${replayId}::uuid AND i.state = 'planned' AND e.id IS DISTINCT FROM i.edit_id`;
      return (rows[0] as { count: number }).count;
    },
    countPlanned: (replayId) => db.replayItem.count({ where: { replayId, state: "planned" } }),
    start: async (replayId, by) => {
      await db.$executeRaw`
        UPDATE replay SET state = 'running', reason = ${by.reason}, ticket = ${by.ticket}, started_by = ${by.personId}::uuid,
          started_at = clock_timestamp(), resumed_at = clock_timestamp()
        WHERE id = ${replayId}::uuid`;
    },
    pause: async (replayId, reason) => {
      await db.replay.update({ where: { id: replayId }, data: { state: "paused", pauseReason: reason, notice: null } });
    },
    resume: async (replayId) => {
      await db.$executeRaw`
        UPDATE replay SET state = 'running', pause_reason = NULL, notice = NULL, resumed_at = clock_timestamp()
        WHERE id = ${replayId}::uuid`;
    },
    cancel: (replayId) => cancelReplay(db, replayId, "cancelled"),
    changeRate: async (replayId, rate) => {
      await db.replay.update({ where: { id: replayId }, data: { rate } });
    },
    judge: async (replayId, items, judgement) => {
      const state = { arrived: "sent", "send-again": "planned", leave: "failed" }[judgement];
      const rows = await db.$queryRaw<{ id: string }[]>`
        UPDATE replay_item i
        SET state = ${state}, judged = ${judgement === "send-again"}, worker_id = NULL,
            doubt = CASE WHEN ${judgement} = 'arrived' THEN false ELSE i.doubt END,
            sent_at = CASE WHEN ${judgement} = 'arrived' THEN coalesce(i.sent_at, i.intent_at) ELSE i.sent_at END,
            outcome = CASE WHEN ${judgement} = 'arrived' THEN coalesce(i.outcome, 'unknown') ELSE i.outcome END,
            error = CASE WHEN ${judgement} = 'leave' THEN 'left in the dead-letter queue by a person; a copy may have arrived' ELSE i.error END
        WHERE i.replay_id = ${replayId}::uuid AND i.state = 'uncertain' AND i.judge_after <= clock_timestamp()
          AND i.id IN (SELECT jsonb_array_elements_text(${JSON.stringify(items)}::jsonb)::uuid)
        RETURNING i.id::text`;
      return rows.map(({ id }) => id);
    },
    expire: (hours) => expirePlans(db, hours),

    detail: (replayId) => readReplayDetail(db, replayId),
    list: (query) => listReplays(db, query),
    items: (replayId, query) => listReplayItems(db, replayId, query),
  };
}

async function lockReplay(db: Database, replayId: string): Promise<ReplayRow | null> {
  const rows = await db.$queryRaw<ReplayRow[]>`
    SELECT r.id::text, r.queue_id AS "queueId", r.namespace_id AS "namespaceId", n.name AS namespace, r.state,
           r.plan_hash AS "planHash", r.target_path AS "targetPath", r.rate, r.burst, r.total
    FROM replay r JOIN namespace n ON n.id = r.namespace_id
    WHERE r.id = ${replayId}::uuid FOR UPDATE OF r`;
  return rows[0] ?? null;
}

/**
 * An intent and this contend for the item's row: an item is cancelled or its intent committed, never both. What slips back
 * to planned later is swept by the worker (ledger-upkeep.ts, finish).
 */
async function cancelReplay(db: Database, replayId: string, state: "cancelled" | "expired"): Promise<number> {
  await db.$executeRaw`
    UPDATE replay SET state = ${state}, pause_reason = NULL, notice = NULL, finished_at = clock_timestamp()
    WHERE id = ${replayId}::uuid`;
  const rows = await db.$queryRaw<{ cancelled: number }[]>`
    WITH ended AS (
      UPDATE replay_item SET worker_id = NULL, state = CASE WHEN doubt THEN 'uncertain' ELSE 'cancelled' END
      WHERE replay_id = ${replayId}::uuid AND state IN ('planned', 'claimed')
      RETURNING state
    ) SELECT (count(*) FILTER (WHERE state = 'cancelled'))::int AS cancelled FROM ended`;
  return (rows[0] as { cancelled: number }).cancelled;
}

async function expirePlans(db: Database, hours: number): Promise<{ id: string; queueId: number; items: number }[]> {
  const rows = await db.$queryRaw<{ id: string; queueId: number }[]>`
    SELECT id::text, queue_id AS "queueId" FROM replay
    WHERE state = 'planned' AND created_at < clock_timestamp() - make_interval(secs => ${hours * 3600})
    ORDER BY id FOR UPDATE SKIP LOCKED`;
  const expired: { id: string; queueId: number; items: number }[] = [];
  for (const row of rows) expired.push({ ...row, items: await cancelReplay(db, row.id, "expired") });
  return expired;
}
