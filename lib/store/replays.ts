import { dyingSeconds } from "@/lib/domain/circuit-breaker";
import { canaryFacts } from "./canary";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import { HAS_ARRIVED } from "./has-arrived";
import { pathEquals } from "./path-equals";
import type { ReplayRow, ReplayStore, RipeCanary } from "./ports/replays";
import { readClock } from "./queue-summaries";
import { insertPlan, readPlanFacts, readPlanHash, readSelectionFacts } from "./replay-plan";
import { listReplayItems, listReplays, readInvolved, readReplayDetail } from "./replay-reads";

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
    savePlan: async (replayId, { planHash, preflight, rateCeiling, approvalNeeded, canary }) => {
      await db.$executeRaw`
        UPDATE replay SET plan_hash = ${planHash}, preflight = ${JSON.stringify(preflight)}::jsonb,
          rate_ceiling = ${rateCeiling}, approval_needed = ${[...approvalNeeded]},
          canary_ordinal = (SELECT i.ordinal FROM replay_item i
            WHERE i.replay_id = ${replayId}::uuid AND i.state = 'planned' AND ${canary}::int IS NOT NULL
            ORDER BY i.ordinal LIMIT 1 OFFSET greatest(0, coalesce(${canary}::int, 1) - 1))
        WHERE id = ${replayId}::uuid`;
    },
    secondsToDie: (namespaceId, targetPath) => readSecondsToDie(db, namespaceId, targetPath),

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
        UPDATE replay r SET state = CASE WHEN ${by.scheduled} THEN 'scheduled' ELSE 'running' END, cleared_at = ${unlessAsked},
          reason = coalesce(reason, ${by.reason}), ticket = coalesce(ticket, ${by.ticket}), started_by = ${by.personId}::uuid,
          approval_needed = CASE WHEN approved_at IS NULL THEN ${[...by.needed]} ELSE approval_needed END,
          started_at = CASE WHEN NOT ${by.scheduled} THEN clock_timestamp() END,
          resumed_at = CASE WHEN NOT ${by.scheduled} THEN clock_timestamp() END
        WHERE id = ${replayId}::uuid`;
    },
    submit: async (replayId, by) => {
      await db.$executeRaw`
        UPDATE replay SET state = 'awaiting-approval', reason = ${by.reason}, ticket = ${by.ticket},
          submitted_by = ${by.personId}::uuid, submitted_at = clock_timestamp(), approval_needed = ${[...by.needed]}
        WHERE id = ${replayId}::uuid`;
    },
    approve: async (replayId, by) => {
      await db.$executeRaw`
        UPDATE replay SET state = 'approved', approved_by = ${by.personId}::uuid, approved_at = clock_timestamp(),
          approval_reason = ${by.reason}
        WHERE id = ${replayId}::uuid`;
    },
    decline: async (replayId, by) => {
      await db.$executeRaw`
        UPDATE replay SET declined_by = ${by.personId}::uuid, declined_at = clock_timestamp(), decline_reason = ${by.reason}
        WHERE id = ${replayId}::uuid`;
      return endReplay(db, replayId, "declined");
    },
    involved: (replayId) => readInvolved(db, replayId),
    isStale: async (replayId, hours) => {
      const rows = await db.$queryRaw<{ stale: boolean }[]>`
        SELECT ${staleSince(hours)} AS stale FROM replay WHERE id = ${replayId}::uuid`;
      return rows[0]?.stale ?? true;
    },
    countAwaitingApproval: () => db.replay.count({ where: { state: "awaiting-approval" } }),
    due: async () => {
      const rows = await db.$queryRaw<{ id: string }[]>`
        SELECT id::text FROM replay WHERE state = 'scheduled' AND starts_at <= clock_timestamp() ORDER BY id FOR UPDATE SKIP LOCKED`;
      return rows.map(({ id }) => id);
    },
    begin: async (replayId) => {
      await db.$executeRaw`
        UPDATE replay r SET state = 'running', started_at = clock_timestamp(), resumed_at = clock_timestamp(),
          guarded_at = NULL, cleared_at = ${unlessAsked}
        WHERE id = ${replayId}::uuid`;
    },
    ripeCanaries: () => readRipeCanaries(db),
    judgeCanary: async (replayId, passed) => {
      await db.$executeRaw`
        UPDATE replay SET canary_judged_at = clock_timestamp(),
          canary_passed_at = CASE WHEN ${passed} THEN clock_timestamp() END
        WHERE id = ${replayId}::uuid`;
    },
    pause: async (replayId, reason) => {
      await db.replay.update({ where: { id: replayId }, data: { state: "paused", pauseReason: reason, notice: null } });
    },
    resume: async (replayId) => {
      await db.$executeRaw`
        UPDATE replay r SET state = 'running', pause_reason = NULL, notice = NULL, resumed_at = clock_timestamp(),
          guarded_at = NULL, cleared_at = ${unlessAsked}, cleared_by = NULL,
          started_at = coalesce(started_at, clock_timestamp()),
          canary_passed_at = CASE WHEN canary_judged_at IS NOT NULL THEN coalesce(canary_passed_at, clock_timestamp()) END
        WHERE id = ${replayId}::uuid`;
    },
    goOnRegardless: async (replayId, personId) => {
      const rows = await db.$queryRaw<{ words: string | null }[]>`
        WITH waiting AS (
          SELECT r.id, r.notice FROM replay r WHERE r.id = ${replayId}::uuid AND r.state = 'running' AND replay_waits_for_consumer(r)
        )
        UPDATE replay r SET cleared_at = clock_timestamp(), cleared_by = ${personId}::uuid, notice = NULL
        FROM waiting w WHERE r.id = w.id RETURNING w.notice AS words`;
      return rows[0] ?? null;
    },
    cancel: (replayId) => endReplay(db, replayId, "cancelled"),
    changeRate: async (replayId, rate) => {
      await db.replay.update({ where: { id: replayId }, data: { rate } });
      const rows = await db.$queryRaw<{ pace: number }[]>`
        SELECT replay_pace(r) AS pace FROM replay r WHERE r.id = ${replayId}::uuid`;
      return rows[0]?.pace ?? rate;
    },
    judge: async (replayId, items, judgement) => {
      const state = { arrived: "sent", "send-again": "planned", leave: "failed" }[judgement];
      const given = Prisma.sql`jsonb_to_recordset(${JSON.stringify(items)}::jsonb) AS g(id uuid, attempt int)`;
      const rows = await db.$queryRaw<{ id: string }[]>`
        UPDATE replay_item i
        SET state = ${state}, judged = ${judgement === "send-again"}, doubt_settled = true, worker_id = NULL,
            doubt = CASE WHEN ${judgement} = 'arrived' THEN false ELSE i.doubt END,
            sent_at = CASE WHEN ${judgement} = 'arrived' THEN coalesce(i.sent_at, i.intent_at) ELSE i.sent_at END,
            outcome = CASE WHEN ${judgement} = 'arrived' THEN coalesce(i.outcome, 'unknown') ELSE i.outcome END,
            error = CASE WHEN ${judgement} = 'leave' THEN 'left in the dead-letter queue by a person; a copy may have arrived' ELSE i.error END
        FROM ${given}
        WHERE i.id = g.id AND i.attempt = g.attempt AND i.replay_id = ${replayId}::uuid AND i.state = 'uncertain'
          AND i.judge_after <= clock_timestamp()
          -- It is in doubt no more: sent again it would be a second copy for certain.
          AND (${judgement !== "send-again"} OR NOT ${Prisma.raw(HAS_ARRIVED)})
        RETURNING i.id::text`;
      const others = await db.$queryRaw<{ id: string }[]>`
        SELECT i.id::text FROM ${given} JOIN replay_item i ON i.id = g.id
        WHERE i.replay_id = ${replayId}::uuid AND i.attempt <> g.attempt`;
      return { judged: rows.map(({ id }) => id), overtaken: others.map(({ id }) => id) };
    },
    expire: (hours) => expirePlans(db, hours),

    detail: (replayId) => readReplayDetail(db, replayId),
    list: (query) => listReplays(db, query),
    items: (replayId, query) => listReplayItems(db, replayId, query),
  };
}

/** A replay `r` that begins or goes on waits for its consumers where they can be asked whether they are well. */
const unlessAsked = Prisma.sql`CASE WHEN NOT replay_asks_consumer(r) THEN clock_timestamp() END`;

async function lockReplay(db: Database, replayId: string): Promise<ReplayRow | null> {
  const rows = await db.$queryRaw<ReplayRow[]>`
    SELECT r.id::text, r.kind, r.queue_id AS "queueId", r.namespace_id AS "namespaceId", n.name AS namespace, r.state,
           r.plan_hash AS "planHash", r.target_path AS "targetPath", r.rate, r.burst, r.total,
           r.rate_ceiling AS "rateCeiling", r.ramp, r.starts_at AS "startsAt",
           coalesce(r.starts_at > clock_timestamp(), false) AS early, r.message_id_policy AS "messageIdPolicy",
           r.doubt_policy AS "doubtPolicy", r.expiry_policy AS "expiryPolicy", r.deliver_at AS "deliverAt",
           r.route_to AS "routeTo", r.stamps, r.preflight, r.reason, r.created_by::text AS "createdBy",
           r.approved_by::text AS "approvedBy", r.started_by::text AS "startedBy", r.started_at IS NOT NULL AS begun,
           r.canary_judged_at IS NOT NULL AND r.canary_passed_at IS NULL AS "canaryFailed",
           r.canary_passed_at IS NOT NULL AS "canaryPassed"
    FROM replay r JOIN namespace n ON n.id = r.namespace_id
    WHERE r.id = ${replayId}::uuid FOR UPDATE OF r`;
  return rows[0] ?? null;
}

/**
 * An intent and this contend for the item's row: an item is cancelled or its intent committed, never both. Rows that an intent
 * holds are left to it: each waiting for rows of the other would be a deadlock. What stays or slips back to planned is
 * swept by the worker (ledger-upkeep.ts, finish).
 */
async function endReplay(db: Database, replayId: string, state: "cancelled" | "declined" | "expired"): Promise<number> {
  await db.$executeRaw`
    UPDATE replay SET state = ${state}, pause_reason = NULL, notice = NULL, finished_at = clock_timestamp()
    WHERE id = ${replayId}::uuid`;
  const rows = await db.$queryRaw<{ cancelled: number }[]>`
    WITH free AS MATERIALIZED (
      SELECT id FROM replay_item WHERE replay_id = ${replayId}::uuid AND state IN ('planned', 'claimed')
      FOR NO KEY UPDATE SKIP LOCKED
    ), ended AS (
      UPDATE replay_item i SET worker_id = NULL, state = CASE WHEN i.doubt THEN 'uncertain' ELSE 'cancelled' END
      FROM free f WHERE i.id = f.id
      RETURNING i.state
    ) SELECT (count(*) FILTER (WHERE state = 'cancelled'))::int AS cancelled FROM ended`;
  return (rows[0] as { cancelled: number }).cancelled;
}

async function expirePlans(db: Database, hours: number): Promise<{ id: string; queueId: number; items: number }[]> {
  const rows = await db.$queryRaw<{ id: string; queueId: number }[]>`
    SELECT id::text, queue_id AS "queueId" FROM replay
    WHERE state IN ('planned', 'awaiting-approval', 'approved') AND ${staleSince(hours)}
    ORDER BY id FOR UPDATE SKIP LOCKED`;
  const expired: { id: string; queueId: number; items: number }[] = [];
  for (const row of rows) expired.push({ ...row, items: await endReplay(db, row.id, "expired") });
  return expired;
}

/** Every step that a person takes with a plan gives it its time again. */
const staleSince = (hours: number) => Prisma.sql`
  greatest(created_at, submitted_at, approved_at) < clock_timestamp() - make_interval(secs => ${hours * 3600})`;

async function readSecondsToDie(db: Database, namespaceId: number, targetPath: string): Promise<number> {
  const rows = await db.queue.findMany({
    where: {
      namespaceId,
      originPath: pathEquals(targetPath),
      vanishedAt: null,
      subQueue: "dead-letter",
    },
    select: { settings: true },
  });
  const settings = rows.map(
    (row) => row.settings as { maxDeliveryCount: number | null; lockSeconds: number | null } | null,
  );
  return Math.max(
    ...(settings.length === 0 ? [null] : settings).map((entity) =>
      dyingSeconds(entity?.maxDeliveryCount ?? null, entity?.lockSeconds ?? null),
    ),
  );
}

async function readRipeCanaries(db: Database): Promise<RipeCanary[]> {
  return db.$queryRaw<RipeCanary[]>`
    SELECT r.id::text, r.queue_id AS "queueId", c.sent, c.returned, c.seen
    FROM replay r CROSS JOIN LATERAL (${canaryFacts(Prisma.sql`r`)}) c
    WHERE r.state = 'running' AND r.canary_ordinal IS NOT NULL AND r.canary_passed_at IS NULL
      AND c.left_over = 0 AND (c.sent = 0 OR (c.until <= clock_timestamp() AND (c.read OR NOT c.seen)))`;
}
