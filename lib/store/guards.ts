import { DEFAULT_DYING_SECONDS } from "@/lib/domain/circuit-breaker";
import { copyWay } from "./copy-way";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import { HAS_ARRIVED } from "./has-arrived";
import { me } from "./ledger-fence";
import type { DoubtfulCopy, GuardedReplay, GuardStore, ReturnFigures } from "./ports/guards";

/** Looks for one copy, and seconds between two. A look that its worker never ended counts as one. */
const MOST_LOOKS = 3;
const LOOK_SECONDS = 30;

export function guardStore(db: Database): GuardStore {
  return {
    returns: () => db.$queryRaw<ReturnFigures[]>`
      SELECT r.id::text, r.total, b.returned, b.old_returned AS "oldReturned", (
          SELECT coalesce(sum(s.sent), 0)::int FROM replay_second s
          WHERE s.replay_id = r.id AND s.second >= date_trunc('second', r.resumed_at) AND s.second < old.before
            AND (r.deliver_at IS NULL OR r.deliver_at < old.before)
        ) AS old
      FROM replay r CROSS JOIN LATERAL (
        SELECT clock_timestamp() - make_interval(secs => coalesce(
          max(coalesce((q.settings ->> 'maxDeliveryCount')::float8 * (q.settings ->> 'lockSeconds')::float8, ${DEFAULT_DYING_SECONDS}::float8)),
          ${DEFAULT_DYING_SECONDS}::float8)) AS before
        FROM queue q WHERE q.namespace_id = r.namespace_id AND lower(q.origin_path) IN (${copyWay(Prisma.sql`r`)})
          AND q.sub_queue = 'dead-letter' AND q.vanished_at IS NULL
      ) old CROSS JOIN LATERAL (
        -- What the target keeps back begins to be delivered later than it was sent. One consumer's confirmation does not make good
        -- what another one let die.
        SELECT count(*)::int AS returned, (count(*) FILTER (WHERE greatest(i.sent_at, r.deliver_at) < old.before))::int AS old_returned
        FROM replay_item i
        WHERE i.replay_id = r.id AND i.returned_at IS NOT NULL AND i.sent_at >= r.resumed_at
      ) b
      WHERE r.state = 'running' AND b.returned > 0`,

    claimGuarded: (workerId, seconds) => db.$queryRaw<GuardedReplay[]>`
      WITH ${me(workerId)}, due AS MATERIALIZED (
        SELECT r.id FROM replay r
        WHERE r.state = 'running' AND (r.guarded_at IS NULL OR r.guarded_at < clock_timestamp()
          - make_interval(secs => CASE WHEN replay_waits_for_consumer(r) THEN ${seconds.waiting}::float8 ELSE ${seconds.sending}::float8 END))
        ORDER BY r.id FOR UPDATE SKIP LOCKED
      ), taken AS (
        UPDATE replay r SET guarded_at = clock_timestamp() FROM due, me WHERE r.id = due.id
        RETURNING r.id, r.namespace_id, r.target_path, r.route_to, r.cleared_by, replay_waits_for_consumer(r) AS waits, r AS whole
      )
      SELECT t.id::text, n.name AS namespace, t.target_path AS "targetPath", t.route_to AS "routeTo",
             CASE WHEN t.cleared_by IS NULL THEN p.health_urls ELSE '{}' END AS "healthUrls", p.backlog_bound AS "backlogBound",
             t.waits
      FROM taken t JOIN namespace n ON n.id = t.namespace_id CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT p.health_url) FILTER (WHERE p.health_url IS NOT NULL), '{}') AS health_urls,
               min(p.backlog_bound) AS backlog_bound
        FROM replay_target_policies(t.whole) p
      ) p
      WHERE p.health_urls <> '{}' OR p.backlog_bound IS NOT NULL`,

    clear: async (workerId, replayId) => {
      // The notice said what it had waited for.
      await db.$executeRaw`
        WITH ${me(workerId)}
        UPDATE replay r SET cleared_at = clock_timestamp(), notice = NULL FROM me
        WHERE r.id = ${replayId}::uuid AND r.state = 'running' AND r.cleared_at IS NULL`;
    },

    claimDoubtful: (workerId, limit) => db.$queryRaw<DoubtfulCopy[]>`
      WITH ${me(workerId)}, due AS MATERIALIZED (
        SELECT i.id FROM replay_item i JOIN replay r ON r.id = i.replay_id CROSS JOIN me
        WHERE i.loose AND i.state = 'uncertain' AND i.judge_after <= clock_timestamp() AND r.stamps AND NOT ${Prisma.raw(HAS_ARRIVED)}
          AND coalesce((i.evidence ->> 'looks')::int, 0) < ${MOST_LOOKS}
          AND (i.evidence IS NULL OR (i.evidence ->> 'at')::timestamptz < clock_timestamp() - make_interval(secs => ${LOOK_SECONDS}::float8))
        ORDER BY i.id LIMIT ${limit} FOR UPDATE OF i SKIP LOCKED
      )
      UPDATE replay_item i SET evidence = coalesce(i.evidence, '{}'::jsonb)
        || jsonb_build_object('at', clock_timestamp(), 'looks', coalesce((i.evidence ->> 'looks')::int, 0) + 1)
      FROM due, replay r, namespace n
      WHERE i.id = due.id AND r.id = i.replay_id AND n.id = r.namespace_id
      RETURNING i.id::text AS "itemId", n.name AS namespace, r.target_path AS "targetPath", i.sent_message_id AS "sentMessageId"`,

    recordLockRate: async (queueId, perSecond) => {
      await db.$executeRaw`UPDATE queue SET lock_rate = ${perSecond}::float8 WHERE id = ${queueId}`;
    },

    recordEvidence: async (workerId, itemIds, evidence) => {
      // A look takes seconds: what became known meanwhile is not overwritten by what it did not find.
      await db.$executeRaw`
        WITH ${me(workerId)}
        UPDATE replay_item i SET evidence = i.evidence || ${JSON.stringify(evidence)}::jsonb || jsonb_build_object('at', clock_timestamp()),
          found_at = CASE WHEN ${evidence.found} THEN clock_timestamp() END
        FROM me WHERE i.id = ANY(${itemIds}::uuid[]) AND i.state = 'uncertain' AND NOT ${Prisma.raw(HAS_ARRIVED)}`;
    },
  };
}
