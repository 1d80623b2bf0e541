import { copyWay } from "./copy-way";
import { Prisma } from "./generated/client";

/** After the end of the wait; a queue that was not read to its end by then, since reading fails or it is long, is taken for one that nobody sees. */
const LONGEST_READING_SECONDS = 900;

/**
 * What has become of the canary of the replay in row `r`, one row: how many are sent, still to be sent, and returned; the end of
 * the wait (null: some are still to be sent); whether any of it can be seen, which it cannot where reading fails for long; whether every
 * dead-letter queue of the target, and of what that passes its messages on to, has been read to its end since that end.
 * Sent counts whatever may have arrived, so that a doubtful copy is waited for as well; returned, whatever died in some dead-letter
 * queue, also when another consumer confirmed it.
 */
export const canaryFacts = (r: Prisma.Sql) => Prisma.sql`
  SELECT f.*, d.read, d.watched AND coalesce((${r}.preflight ->> 'seesReturns')::boolean, ${r}.stamps)
           AND (d.read OR f.until IS NULL OR f.until > clock_timestamp() - make_interval(secs => ${LONGEST_READING_SECONDS}::float8)) AS seen
  FROM (
    SELECT (count(*) FILTER (WHERE i.state IN ('sent', 'settled', 'uncertain')))::int AS sent,
           (count(*) FILTER (WHERE i.state IN ('planned', 'claimed', 'sending')))::int AS left_over,
           (count(*) FILTER (WHERE i.returned_at IS NOT NULL))::int AS returned,
           CASE WHEN count(*) FILTER (WHERE i.state IN ('planned', 'claimed', 'sending')) = 0
                -- What the target keeps back is delivered, and fails, later than it was sent.
                THEN greatest(max(coalesce(i.sent_at, i.intent_at)), CASE WHEN bool_or(i.intent_at IS NOT NULL) THEN ${r}.deliver_at END)
                     + make_interval(secs => (${r}.ramp -> 'canary' ->> 'waitSeconds')::float8) END AS until
    FROM replay_item i WHERE i.replay_id = ${r}.id AND i.ordinal <= ${r}.canary_ordinal
  ) f CROSS JOIN LATERAL (
    WITH way AS (${copyWay(r)})
    -- Of no queue at all it is not true that each was read.
    SELECT count(*) FILTER (WHERE q.sub_queue <> 'transfer-dead-letter') > 0 AS watched, coalesce(bool_and(coalesce(q.read_through_at > f.until, false)), false) AS read
    FROM queue q
    WHERE q.namespace_id = ${r}.namespace_id AND q.vanished_at IS NULL AND (
      -- One whose dead letters are forwarded cannot be read, nor do they stay there.
      lower(q.origin_path) IN (SELECT path FROM way) AND (q.sub_queue <> 'dead-letter' OR q.settings ->> 'forwardDeadLettersTo' IS NULL)
      OR q.sub_queue = 'forwarded' AND lower(q.entity_path) IN (
        SELECT lower(o.settings ->> 'forwardDeadLettersTo') FROM queue o
        WHERE o.namespace_id = ${r}.namespace_id AND lower(o.origin_path) IN (SELECT path FROM way)
          AND o.sub_queue = 'dead-letter' AND o.vanished_at IS NULL))
  ) d`;
