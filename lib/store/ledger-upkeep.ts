import type { Database } from "./database";
import { Prisma } from "./generated/client";
import { HAS_ARRIVED } from "./has-arrived";
import { me } from "./ledger-fence";
import {
  type ArchivedMessage,
  type LedgerStore,
  MOST_PLANNED_COUNTED,
  type OpenItem,
  type QueueWork,
  type Settled,
} from "./ports/ledger";

const COUNTED = Prisma.raw(String(MOST_PLANNED_COUNTED));

type Upkeep = Pick<
  LedgerStore,
  "work" | "openItems" | "recordMissing" | "archived" | "recover" | "settleDoubt" | "finish" | "stuckInDoubt"
>;

/** The steps beside the windows: what there is to do, what has become of it, and taking over from the dead. */
export function ledgerUpkeep(db: Database): Upkeep {
  return {
    work: (workerId) => readWork(db, workerId),

    openItems: async (queueId, from, limit) =>
      db.$queryRaw<OpenItem[]>`
        SELECT o.id::text, o.position, o.key, o.state FROM replay r
        CROSS JOIN LATERAL (
          SELECT i.id, i.position, i.key, i.state FROM replay_item i
          WHERE i.replay_id = r.id AND i.open
            AND (i.state = 'sent' OR (i.state = 'planned' AND r.state = 'running')) AND i.position >= ${from}
          ORDER BY i.position LIMIT ${limit}
        ) o
        WHERE r.queue_id = ${queueId} AND r.kind <> 'restore'
        ORDER BY o.position LIMIT ${limit}`,

    recordMissing: async (workerId, ids) => {
      await db.$executeRaw`
        WITH ${me(workerId)}, missed AS (
          UPDATE replay_item i
          SET state = CASE WHEN i.state = 'sent' THEN 'settled' WHEN i.doubt THEN 'uncertain' ELSE 'gone' END,
              settled_at = CASE WHEN i.state = 'sent' THEN clock_timestamp() END,
              error = CASE WHEN i.state = 'sent' THEN i.error
                           WHEN i.doubt THEN 'the original has left the dead-letter queue, and a copy may have arrived'
                           ELSE 'it had left the dead-letter queue before it was sent' END
          FROM me WHERE i.id = ANY(${ids}::uuid[]) AND i.state IN ('planned', 'sent')
          RETURNING i.dead_letter_id, i.state, i.replay_id
        )
        UPDATE dead_letter d SET left_at = coalesce(d.left_at, clock_timestamp()),
          left_how = CASE WHEN m.state = 'settled' AND r.kind = 'discard' THEN 'discarded' WHEN m.state = 'settled' THEN 'replayed' ELSE coalesce(d.left_how, 'removed') END
        FROM missed m JOIN replay r ON r.id = m.replay_id WHERE d.id = m.dead_letter_id AND (d.left_at IS NULL OR m.state = 'settled')`;
    },

    archived: (replayId, known, limit, maxBytes) => readArchived(db, replayId, known, limit, maxBytes),

    // The items of a worker that ended are looked for until no statement of its own can still be running (30 s at most), and once
    // after that, whenever there is a worker to do it: the time is that before the look, which may have waited.
    recover: async (workerId, graceMs) => {
      const rows = await db.$queryRaw<
        {
          workers: string[] | null;
          released: number;
          uncertain: { replayId: string; queueId: number; count: number }[] | null;
        }[]
      >`
        WITH ${me(workerId)}, dead AS (
          UPDATE worker w SET ended_at = clock_timestamp() FROM me
          WHERE w.ended_at IS NULL AND w.id <> ${workerId}::uuid
            AND w.lease_until < clock_timestamp() - make_interval(secs => ${graceMs / 1000}::float8)
          RETURNING w.id
        ), swept AS (
          UPDATE worker w SET swept_at = statement_timestamp() FROM me
          WHERE w.ended_at IS NOT NULL AND (w.swept_at IS NULL OR (w.swept_at < clock_timestamp() - interval '5 s'
            AND w.swept_at < w.ended_at + interval '35 s'))
          RETURNING w.id
        ), held AS MATERIALIZED (
          SELECT i.id, i.state FROM replay_item i
          WHERE i.open AND i.worker_id = ANY (ARRAY(SELECT id FROM dead UNION ALL SELECT id FROM swept))
            AND EXISTS (SELECT 1 FROM dead UNION ALL SELECT 1 FROM swept)
        ), taken AS (
          UPDATE replay_item i
          SET state = CASE WHEN i.state = 'sending' THEN 'uncertain'
                           WHEN i.state <> 'claimed' THEN i.state
                           WHEN r.state IN ('running', 'paused') THEN 'planned'
                           WHEN i.doubt THEN 'uncertain' ELSE 'cancelled' END,
              doubt = i.doubt OR i.state = 'sending', judged = i.judged AND i.state <> 'sending',
              doubt_settled = i.doubt_settled AND i.state <> 'sending',
              -- What was seen of an earlier copy says nothing of this one.
              evidence = CASE WHEN i.state <> 'sending' THEN i.evidence END,
              judge_after = CASE WHEN i.state = 'sending' THEN clock_timestamp() ELSE i.judge_after END,
              error = CASE WHEN i.state = 'sending' THEN 'its worker ended between the intent and the record of the send' ELSE i.error END,
              worker_id = NULL
          FROM held h, replay r, me
          WHERE i.id = h.id AND i.state = h.state AND r.id = i.replay_id
          RETURNING i.replay_id, r.queue_id, h.state
        )
        SELECT (SELECT jsonb_agg(id) FROM dead) AS workers,
               (SELECT count(*)::int FROM taken WHERE state = 'claimed') AS released,
               (SELECT jsonb_agg(jsonb_build_object('replayId', u.replay_id, 'queueId', u.queue_id, 'count', u.n))
                FROM (SELECT replay_id, queue_id, count(*) AS n FROM taken WHERE state = 'sending' GROUP BY 1, 2) u) AS uncertain`;
      const row = rows[0];
      return { workers: row?.workers ?? [], released: row?.released ?? 0, uncertain: row?.uncertain ?? [] };
    },

    settleDoubt: async (workerId, sendTimeoutMs) =>
      db.$queryRaw<Settled[]>`
        WITH ${me(workerId)}, doubtful AS MATERIALIZED (
          SELECT i.id, CASE
            WHEN ${Prisma.raw(HAS_ARRIVED)} THEN 'arrived'
            -- Sent again it was refused, or its original had gone: once more would end the same way, and nobody would be asked.
            WHEN i.doubt_settled OR i.judge_after > clock_timestamp() OR r.state <> 'running' THEN NULL
            WHEN i.sent_message_id IS NOT NULL AND i.first_intent_at + make_interval(secs => coalesce(
              (SELECT CASE WHEN (d.detection ->> 'enabled')::boolean THEN (d.detection ->> 'windowSeconds')::float8 END
               FROM target_detection(r.namespace_id, r.target_path) AS d(detection)), 0))
              > clock_timestamp() + make_interval(secs => ${sendTimeoutMs / 1000}::float8) THEN 'again'
            -- Evidence comes first; where none is to be had within half a minute, the policy decides without.
            WHEN r.doubt_policy = 'send-again' AND (NOT r.stamps OR i.evidence ? 'words'
              OR i.judge_after < clock_timestamp() - interval '30 s') THEN 'policy'
          END AS verdict
          FROM replay_item i JOIN replay r ON r.id = i.replay_id CROSS JOIN me
          WHERE i.loose AND i.state = 'uncertain'
        ), settled AS (
          UPDATE replay_item i
          SET state = CASE WHEN d.verdict = 'arrived' THEN 'sent' ELSE 'planned' END,
              sent_at = CASE WHEN d.verdict = 'arrived' THEN coalesce(i.sent_at, i.intent_at) ELSE i.sent_at END,
              doubt = d.verdict <> 'arrived', doubt_settled = true, worker_id = NULL
          FROM doubtful d WHERE i.id = d.id AND d.verdict IS NOT NULL AND i.state = 'uncertain'
          RETURNING i.replay_id, d.verdict
        )
        SELECT s.replay_id::text AS "replayId", r.queue_id AS "queueId",
               (count(*) FILTER (WHERE s.verdict = 'arrived'))::int AS arrived,
               (count(*) FILTER (WHERE s.verdict = 'again'))::int AS "sentAgain",
               (count(*) FILTER (WHERE s.verdict = 'policy'))::int AS "byPolicy"
        FROM settled s JOIN replay r ON r.id = s.replay_id GROUP BY s.replay_id, r.queue_id`,

    finish: async (workerId) => {
      // Of a restore nothing is left to remove: what was sent by a worker that ended, or is known to have arrived, is closed.
      await db.$executeRaw`
        WITH ${me(workerId)}, closed AS (
          UPDATE replay_item i SET state = 'settled', settled_at = clock_timestamp() FROM replay r, me
          WHERE r.id = i.replay_id AND r.kind = 'restore' AND i.loose AND i.state = 'sent'
          RETURNING i.id, i.dead_letter_id
        )
        UPDATE archive a SET restored_at = clock_timestamp(), restored_item = c.id FROM closed c WHERE a.dead_letter_id = c.dead_letter_id`;
      // What slipped back to planned while its replay was being cancelled: its claim ends here. Replays with something open are few and
      // are stepped through by the index, one look for each: neither all that have ended nor all that is open is read.
      await db.$executeRaw`
        WITH RECURSIVE ${me(workerId)}, live(id) AS (
          (SELECT i.replay_id FROM replay_item i WHERE i.open ORDER BY i.replay_id LIMIT 1)
          UNION ALL
          SELECT (SELECT i.replay_id FROM replay_item i WHERE i.open AND i.replay_id > l.id ORDER BY i.replay_id LIMIT 1)
          FROM live l WHERE l.id IS NOT NULL
        ), ended AS MATERIALIZED (
          SELECT r.id FROM replay r
          WHERE r.id = ANY (ARRAY(SELECT l.id FROM live l)) AND r.state IN ('cancelled', 'declined', 'expired')
        ), slipped AS MATERIALIZED (
          SELECT o.id FROM ended e CROSS JOIN LATERAL (
            SELECT i.id FROM replay_item i WHERE i.replay_id = e.id AND i.open AND i.state = 'planned' OFFSET 0) o
        )
        UPDATE replay_item i SET state = CASE WHEN i.doubt THEN 'uncertain' ELSE 'cancelled' END
        FROM me WHERE i.id = ANY (ARRAY(SELECT s.id FROM slipped s)) AND i.state = 'planned'`;
      return db.$queryRaw<{ id: string; kind: string; queueId: number; items: Record<string, number> }[]>`
        WITH ${me(workerId)}, finished AS (
          UPDATE replay r SET state = 'completed', finished_at = clock_timestamp(), notice = NULL, pause_reason = NULL FROM me
          WHERE r.state IN ('running', 'paused') AND NOT EXISTS (
            SELECT 1 FROM replay_item i WHERE i.replay_id = r.id AND i.open)
          RETURNING r.id, r.queue_id, r.kind
        )
        SELECT f.id::text, f.kind, f.queue_id AS "queueId", (SELECT jsonb_object_agg(c.state, c.n) FROM (
          SELECT i.state, count(*) AS n FROM replay_item i WHERE i.replay_id = f.id GROUP BY i.state) c) AS items
        FROM finished f`;
    },

    stuckInDoubt: async (sendTimeoutMs) =>
      db.$queryRaw<{ id: string; count: number }[]>`
        SELECT r.id::text, (SELECT count(*)::int FROM replay_item u WHERE u.replay_id = r.id AND u.loose AND u.state = 'uncertain') AS count
        FROM replay r
        WHERE r.state = 'running'
          AND EXISTS (SELECT 1 FROM replay_item u WHERE u.replay_id = r.id AND u.loose AND u.state = 'uncertain')
          AND NOT EXISTS (SELECT 1 FROM replay_item o WHERE o.replay_id = r.id AND o.open AND (o.state IN ('claimed', 'sending', 'sent')
            OR (o.state = 'planned' AND NOT EXISTS (
              SELECT 1 FROM replay_item b WHERE r.ordered AND b.replay_id = r.id AND b.session_id = o.session_id
                AND b.ordinal < o.ordinal AND b.open AND b.state = 'uncertain')
              -- Beyond the canary it goes once nothing of the canary is left to be sent; what is left and can go counts itself.
              AND (o.ordinal <= replay_last_ordinal(r) OR NOT EXISTS (
                SELECT 1 FROM replay_item c WHERE c.replay_id = r.id AND c.open AND c.state = 'planned' AND c.ordinal <= replay_last_ordinal(r))))
            OR (o.state = 'uncertain' AND (o.judge_after > clock_timestamp() - make_interval(secs => ${sendTimeoutMs / 1000}::float8)
              -- The policy decides after half a minute at the latest (settleDoubt), in a replay that runs alone.
              OR (r.doubt_policy = 'send-again' AND NOT o.doubt_settled AND o.judge_after > clock_timestamp() - interval '40 s')))))`,
  };
}

interface WorkRow extends Omit<QueueWork, "replays" | "mayOrder"> {
  readonly replays: QueueWork["replays"] | null;
  readonly mayOrder: boolean;
}

async function readWork(db: Database, workerId: string): Promise<QueueWork[]> {
  // R13: one worker at a time sends for the sessions of a DLQ; its lease ends with the worker itself, see recover.
  await db.$executeRaw`
    WITH ${me(workerId)}
    UPDATE queue q SET session_worker = ${workerId}::uuid FROM me
    WHERE EXISTS (SELECT 1 FROM replay r WHERE r.queue_id = q.id AND r.state = 'running' AND (r.ordered OR r.kind = 'restore'))
      AND (q.session_worker IS NULL OR EXISTS (SELECT 1 FROM worker w WHERE w.id = q.session_worker AND w.ended_at IS NOT NULL))`;
  const rows = await db.$queryRaw<WorkRow[]>`
    WITH ${me(workerId)}, sending AS MATERIALIZED (
      SELECT r.*, replay_last_ordinal(r) AS last_ordinal, replay_pace(r) AS pace FROM replay r WHERE r.state = 'running' AND replay_sends(r)
    ), counted AS MATERIALIZED (
      -- While a canary is out its few are found by their ordinals, else the first of those that are open: what is done is not read again.
      SELECT r.*, CASE WHEN r.last_ordinal < 2147483647 THEN (
        SELECT count(*) FROM (SELECT 1 FROM replay_item i
          WHERE i.replay_id = r.id AND i.open AND i.state = 'planned' AND i.ordinal <= r.last_ordinal LIMIT ${COUNTED}) o
      ) ELSE (
        SELECT count(*) FROM (SELECT 1 FROM replay_item i
          WHERE i.replay_id = r.id AND i.open AND i.state = 'planned' ORDER BY i.position LIMIT ${COUNTED}) o
      ) END AS planned
      FROM sending r
    ), running AS MATERIALIZED (
      SELECT r.* FROM counted r WHERE r.planned > 0 OR EXISTS (
        SELECT 1 FROM (SELECT i.ordinal FROM replay_item i WHERE i.replay_id = r.id AND i.open AND i.state = 'claimed' OFFSET 0) c
        WHERE c.ordinal <= r.last_ordinal)
    ), loose AS MATERIALIZED (
      SELECT r.queue_id, r.id FROM replay r
      WHERE r.kind <> 'restore' AND r.id IN (SELECT i.replay_id FROM replay_item i WHERE i.loose AND i.state = 'sent')
    )
    SELECT q.id AS "queueId", q.namespace_id AS "namespaceId", n.name AS namespace, q.entity_path AS "entityPath",
           q.sub_queue AS "subQueue", (q.settings ->> 'lockSeconds')::float8 AS "lockSeconds",
           coalesce(q.session_worker = ${workerId}::uuid, false) AS "mayOrder",
           greatest(1, (SELECT count(*)::int FROM worker w WHERE w.ended_at IS NULL AND w.lease_until > clock_timestamp())) AS workers,
           (SELECT jsonb_agg(jsonb_build_object('id', r.id, 'kind', r.kind, 'targetPath', r.target_path, 'rate', r.pace, 'burst', r.burst,
              'entityRate', entity_max_rate(r.namespace_id, r.target_path), 'notice', r.notice,
              'messageIdPolicy', r.message_id_policy, 'expiryPolicy', r.expiry_policy, 'deliverAt', r.deliver_at,
              'routeTo', r.route_to, 'stamps', r.stamps, 'ordered', r.ordered) ORDER BY r.created_at)
            FROM running r WHERE r.queue_id = q.id) AS replays,
           -- Whoever may not order would lock the ordered ones for nothing, and keep them from the one who may.
           (SELECT least(${COUNTED}, coalesce(sum(r.planned), 0))::int FROM running r
            WHERE r.queue_id = q.id AND r.kind <> 'restore' AND (NOT r.ordered OR q.session_worker = ${workerId}::uuid)) AS planned,
           (SELECT least(2000, coalesce(sum(r.planned), 0))::int FROM running r
            WHERE r.queue_id = q.id AND r.kind = 'restore') AS restoring,
           (SELECT count(*)::int FROM (SELECT 1 FROM loose r JOIN replay_item i ON i.replay_id = r.id
              WHERE r.queue_id = q.id AND i.loose AND i.state = 'sent' LIMIT 2000) o) AS sent
    FROM queue q JOIN namespace n ON n.id = q.namespace_id CROSS JOIN me
    WHERE q.id IN (SELECT queue_id FROM running UNION SELECT queue_id FROM loose)
    ORDER BY q.id`;
  return rows.map((row) => ({
    ...row,
    // Through JSON a time is text.
    replays: (row.replays ?? []).map((replay) => ({
      ...replay,
      deliverAt: replay.deliverAt === null ? null : new Date(replay.deliverAt),
    })),
  }));
}

async function readArchived(
  db: Database,
  replayId: string,
  known: readonly string[],
  limit: number,
  maxBytes: number,
): Promise<ArchivedMessage[]> {
  return db.$queryRaw<ArchivedMessage[]>`
    WITH next AS MATERIALIZED (
      SELECT i.id, i.ordinal, i.key, i.position, i.enqueued_at, i.message_id, i.content_hash, i.dead_letter_id FROM replay_item i
      WHERE i.replay_id = ${replayId}::uuid AND i.open AND i.state = 'planned' AND NOT i.id = ANY(${known}::uuid[])
      ORDER BY i.ordinal LIMIT ${limit}
    ), sized AS (
      SELECT n.*, sum(length(c.encoded)) OVER (ORDER BY n.ordinal) - length(c.encoded) AS before
      FROM next n JOIN dead_letter_content c ON c.dead_letter_id = n.dead_letter_id
    )
    SELECT s.id::text AS "itemId", s.key, s.position, s.enqueued_at AS "enqueuedAt", s.message_id AS "messageId",
           s.content_hash AS "contentHash", c.encoded, d.reason, d.description, d.delivery_count AS "deliveryCount",
           d.body_size AS "bodySize", d.content_type AS "contentType", d.subject, d.correlation_id AS "correlationId",
           d.session_id AS "sessionId", d.partition_key AS "partitionKey", d.dead_letter_source AS "deadLetterSource",
           d.expires_at AS "expiresAt", d.properties
    FROM sized s JOIN dead_letter_content c ON c.dead_letter_id = s.dead_letter_id JOIN dead_letter d ON d.id = s.dead_letter_id
    WHERE s.before < ${maxBytes}::bigint ORDER BY s.ordinal`;
}
