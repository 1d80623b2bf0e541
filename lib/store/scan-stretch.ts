import { byteaArray, int8Array, textArray, timestamptzArray } from "./binary-arrays";
import type { Stretch, StretchOutcome } from "./ports/scans";
import type { RunStatement, Statement } from "./statement";

/** Rows that one statement marks as left: a purged DLQ of a million must not hold a statement for half a minute. */
const MARK_AT_MOST = 20_000;
const END = 9_223_372_036_854_775_807n;

/**
 * Still there, in words that the indexes of what is there do not know: the planner must read the stretch by its positions. Before a table has
 * been analyzed it takes the queue for a handful of rows and any index of it for as good.
 */
const PRESENT = (row: string) => `coalesce(${row}.left_at, 'infinity') = 'infinity'`;

/**
 * Holds what a peek showed of a stretch against the rows of that stretch, in one statement.
 *
 * A row that the peek should have shown and did not has left, if it was already in the index before the peek was sent;
 * a row first seen later is another arrival that the peek may have missed. Rows whose replay item is at work (claimed, sending, sent,
 * uncertain) are left alone: the replay knows better what becomes of them and says so itself.
 * A row that had left and is seen again by a peek sent after that is there, whatever was concluded: it is taken back.
 * One that left after the peek was sent is old news: it is neither taken back nor unknown.
 *
 * Unknown is what has no row and whose place no other row keeps: one that a replay is at work on, or that was taken in after the peek was sent.
 *
 * Mostly nothing has left: as many rows of the stretch as the page knows of them say so, and none is looked for; nor is one that keeps a place.
 */
const COMPARE: Statement = {
  name: "scan-compare",
  text: `
    WITH page AS MATERIALIZED (
      SELECT x.i::int - 1 AS i, x.key, x.position, x.enqueued, x.hash
      FROM unnest($5::text[], $6::bigint[], $7::timestamptz[], $8::bytea[]) WITH ORDINALITY AS x(key, position, enqueued, hash, i)
    ), same AS MATERIALIZED (
      SELECT p.i, p.key, known.id, known.left_at, known.left_at IS NULL AND known.first_seen_at <= $4::timestamptz AS was_there
      FROM page p CROSS JOIN LATERAL (
        SELECT d.id, d.left_at, d.first_seen_at FROM dead_letter d
        WHERE d.queue_id = $1::int AND d.position = p.position AND d.key = p.key
          AND d.enqueued_at = p.enqueued AND d.content_hash = p.hash
        OFFSET 0 -- one look into the index a message: a join would rather read all rows of the DLQ
      ) known
    ), there AS MATERIALIZED (
      SELECT count(*) AS present, count(*) FILTER (WHERE c.first_seen_at <= $4::timestamptz) AS before
      FROM dead_letter c WHERE c.queue_id = $1::int AND c.position BETWEEN $2::bigint AND $3::bigint AND ${PRESENT("c")}
    ), gone AS MATERIALIZED (
      SELECT d.id, d.key FROM dead_letter d
      WHERE (SELECT count(*) FROM same s WHERE s.was_there) <> (SELECT t.before FROM there t)
        AND d.queue_id = $1::int AND ${PRESENT("d")}
        AND d.position BETWEEN $2::bigint AND $3::bigint
        AND d.first_seen_at <= $4::timestamptz
        AND d.id <> ALL (ARRAY(SELECT s.id FROM same s))
        AND NOT EXISTS (
          SELECT 1 FROM replay_item i
          WHERE i.dead_letter_id = d.id AND i.open AND i.state IN ('claimed', 'sending', 'sent', 'uncertain')
          OFFSET 0)
      ORDER BY d.position LIMIT ${MARK_AT_MOST}
    ), new AS MATERIALIZED (
      SELECT p.i, p.key FROM page p
      WHERE p.i NOT IN (SELECT s.i FROM same s)
        AND ((SELECT count(*) FROM same s WHERE s.left_at IS NULL) = (SELECT t.present FROM there t)
          OR NOT EXISTS (
            SELECT 1 FROM dead_letter d
            WHERE d.queue_id = $1::int AND d.position = p.position AND d.key = p.key AND ${PRESENT("d")}
              AND d.id NOT IN (SELECT g.id FROM gone g)
            OFFSET 0))
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
        HAVING bool_and(s.left_at IS NOT NULL AND s.left_at < $4::timestamptz)
      ) AND NOT EXISTS (
        SELECT 1 FROM dead_letter other
        WHERE other.queue_id = d.queue_id AND other.key = d.key AND other.left_at IS NULL)
      RETURNING d.id
    )
    SELECT
      (SELECT array_agg(u.i ORDER BY u.i) FROM (SELECT min(n.i) AS i FROM new n GROUP BY n.key) u) AS unknown,
      (SELECT count(*)::int FROM marked) AS left,
      (SELECT count(*)::int FROM back) AS back`,
};

export async function compareStretch(run: RunStatement, stretch: Stretch): Promise<StretchOutcome> {
  const { messages } = stretch;
  const [row] = await run<{ unknown: number[] | null; left: number }>(COMPARE, [
    stretch.queueId,
    stretch.from.toString(),
    (stretch.through ?? END).toString(),
    stretch.before.toISOString(),
    textArray(messages, ({ key }) => key),
    int8Array(messages, ({ position }) => position),
    timestamptzArray(messages, ({ enqueuedAt }) => enqueuedAt),
    byteaArray(messages, ({ contentHash }) => contentHash),
  ]);
  const { unknown, left } = row as { unknown: number[] | null; left: number };
  return { unknown: unknown ?? [], left, more: left === MARK_AT_MOST };
}
