import type { Database } from "./database";
import type { Stretch, StretchOutcome } from "./ports/scans";

/** Rows that one statement marks as left: a purged DLQ of a million must not hold a statement for half a minute. */
const MARK_AT_MOST = 20_000;
const END = 9_223_372_036_854_775_807n;

/**
 * Holds what a peek showed of a stretch against the rows of that stretch, in one statement.
 *
 * A row that the peek should have shown and did not has left, if it was already in the index before the peek was sent;
 * a row first seen later is another arrival that the peek may have missed. Rows whose replay item is at work (claimed, sending, sent,
 * uncertain) are left alone: the replay knows better what becomes of them and says so itself.
 * A row that had left and is seen again by a peek sent after that is there, whatever was concluded: it is taken back.
 * One that left after the peek was sent is old news: it is neither taken back nor unknown.
 */
export async function compareStretch(db: Database, stretch: Stretch): Promise<StretchOutcome> {
  const page = JSON.stringify(
    stretch.messages.map((message, i) => ({
      i,
      key: message.key,
      position: message.position.toString(),
      enqueued: message.enqueuedAt.toISOString(),
      hash: Buffer.from(message.contentHash).toString("hex"),
    })),
  );
  const before = stretch.before.toISOString();
  const rows = await db.$queryRaw<{ unknown: number[]; left: number }[]>`
    WITH page AS (
      SELECT x.i, x.key, x.position, x.enqueued, decode(x.hash, 'hex') AS hash
      FROM jsonb_to_recordset(${page}::jsonb) AS x(i int, key text, position bigint, enqueued timestamptz, hash text)
    ), same AS (
      SELECT p.i, p.key, known.id, known.left_at
      FROM page p CROSS JOIN LATERAL (
        SELECT d.id, d.left_at FROM dead_letter d
        WHERE d.queue_id = ${stretch.queueId} AND d.position = p.position AND d.key = p.key
          AND d.enqueued_at = p.enqueued::timestamptz(3) AND d.content_hash = p.hash
        OFFSET 0 -- one look into the index a message: a join would rather read all rows of the DLQ
      ) known
    ), gone AS (
      SELECT d.id, d.key FROM dead_letter d
      WHERE d.queue_id = ${stretch.queueId} AND d.left_at IS NULL
        AND d.position BETWEEN ${stretch.from}::bigint AND ${stretch.through ?? END}::bigint
        AND d.first_seen_at <= ${before}::timestamptz
        AND d.id <> ALL (ARRAY(SELECT s.id FROM same s))
        AND NOT EXISTS (
          SELECT 1 FROM replay_item i
          WHERE i.dead_letter_id = d.id AND i.state IN ('claimed', 'sending', 'sent', 'uncertain'))
      ORDER BY d.position LIMIT ${MARK_AT_MOST}
    ), marked AS (
      UPDATE dead_letter d SET left_at = clock_timestamp(), left_how = CASE
        WHEN EXISTS (SELECT 1 FROM replay_item i WHERE i.dead_letter_id = d.id AND i.state = 'settled') THEN 'replayed'
        WHEN g.key IN (SELECT key FROM page) THEN 'replaced'
        ELSE 'removed' END
      FROM gone g WHERE d.id = g.id
      RETURNING d.id
    ), back AS (
      UPDATE dead_letter d SET left_at = NULL, left_how = NULL
      WHERE d.id IN (
        SELECT max(s.id) FROM same s GROUP BY s.i
        HAVING bool_and(s.left_at IS NOT NULL AND s.left_at < ${before}::timestamptz)
      ) AND NOT EXISTS (
        SELECT 1 FROM dead_letter other
        WHERE other.queue_id = d.queue_id AND other.key = d.key AND other.left_at IS NULL)
      RETURNING d.id
    )
    SELECT
      (SELECT coalesce(array_agg(p.i ORDER BY p.i), '{}') FROM page p
        WHERE NOT EXISTS (SELECT 1 FROM same s WHERE s.i = p.i)) AS unknown,
      (SELECT count(*)::int FROM marked) AS left,
      (SELECT count(*)::int FROM back) AS back`;
  const row = rows[0] as { unknown: number[]; left: number };
  return { unknown: row.unknown, left: row.left, more: row.left === MARK_AT_MOST };
}
