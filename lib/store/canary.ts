import { Prisma } from "./generated/client";

/**
 * What has become of the canary of the replay in row `r`, one row: how many are sent, still to be sent, and returned; the end of
 * the wait (null: some are still to be sent); whether every dead-letter queue of the target has been read since that end.
 * Sent counts whatever may have arrived, so that a doubtful copy is waited for as well; returned, whatever died in some dead-letter
 * queue, also when another consumer confirmed it.
 */
export const canaryFacts = (r: Prisma.Sql) => Prisma.sql`
  SELECT f.*, NOT EXISTS (
      SELECT 1 FROM queue q WHERE q.namespace_id = ${r}.namespace_id AND lower(q.origin_path) = lower(${r}.target_path)
        AND q.vanished_at IS NULL AND (q.scanned_at IS NULL OR q.scanned_at <= f.until)) AS read
  FROM (
    SELECT (count(*) FILTER (WHERE i.state IN ('sent', 'settled', 'uncertain')))::int AS sent,
           (count(*) FILTER (WHERE i.state IN ('planned', 'claimed', 'sending')))::int AS left_over,
           (count(*) FILTER (WHERE i.returned_at IS NOT NULL))::int AS returned,
           CASE WHEN count(*) FILTER (WHERE i.state IN ('planned', 'claimed', 'sending')) = 0
                -- What the target keeps back is delivered, and fails, later than it was sent.
                THEN greatest(max(coalesce(i.sent_at, i.intent_at)), CASE WHEN bool_or(i.intent_at IS NOT NULL) THEN ${r}.deliver_at END)
                     + make_interval(secs => (${r}.ramp -> 'canary' ->> 'waitSeconds')::float8) END AS until
    FROM replay_item i WHERE i.replay_id = ${r}.id AND i.ordinal <= ${r}.canary_ordinal
  ) f`;
