import type { Database } from "./database";
import type { PlacedFilter } from "./dead-letter-filter";
import { Prisma } from "./generated/client";
import type { SearchStore } from "./ports/search";

/**
 * What the messages of long queues say, counted behind the index of search: of each fact how many of each cause and of the whole queue say it.
 * Counting 100,000 messages takes seconds, so it is done in the background, a stretch of the queue in each transaction:
 *
 *     queue_facts   none -> under way (began_at, position) -> counted (counted_at) -> under way -> …
 *     fact_part     the stretches of the count under way
 *     fact_total    the count that is read: all of it from one count
 *
 * Whoever holds the row of queue_facts does its next step; a worker that dies leaves it to the next one. A queue is counted again when a hundredth
 * of it has changed, or after a quarter of an hour when anything has; not while more than a twentieth of it waits to be indexed.
 */

/** Messages whose facts one statement adds up: some seconds. */
const TOGETHER = 100_000;
/** A queue rests for so many durations of its last count before the next one. */
const RESTS = 20;
/** A fact is answered when this share of the messages, or half of the others, say it. */
export const SHARE = 0.02;
export const SHARE_ELSEWHERE = 0.5;

/** The next step of any queue's count. */
export async function countNextFacts(
  db: Database,
  { longQueue, stretch }: Parameters<SearchStore["countNextFacts"]>[0],
): ReturnType<SearchStore["countNextFacts"]> {
  const [under] = await db.$queryRaw<{ queue_id: number; position: bigint }[]>`
    SELECT queue_id, position FROM queue_facts WHERE began_at IS NOT NULL ORDER BY began_at LIMIT 1 FOR UPDATE SKIP LOCKED`;
  if (under === undefined) return (await begin(db, longQueue)) ? "begun" : "idle";
  await db.$executeRaw`SELECT set_config('work_mem', '128MB', true)`;
  if (await countStretch(db, { queueId: under.queue_id, after: under.position, limit: stretch })) return "stretch";
  await addUp(db, under.queue_id);
  return "counted";
}

/** Which causes of the queue of `f`, a table of the statement, are merged: a count holds for one arrangement of them. */
function mergesOf(f: "f" | "l"): Prisma.Sql {
  return Prisma.sql`coalesce((
    SELECT string_agg(m.id || '>' || m.merged_into, ' ' ORDER BY m.id) FROM cause m
    WHERE m.queue_id = ${Prisma.raw(f)}.queue_id AND m.merged_into IS NOT NULL), '')`;
}

async function begin(db: Database, longQueue: number): Promise<boolean> {
  const begun = await db.$executeRaw`
    WITH long AS MATERIALIZED (
      SELECT c.queue_id, sum(r.present)::int AS present FROM cause c JOIN cause_rollup r ON r.cause_id = c.id
      GROUP BY c.queue_id HAVING sum(r.present) >= ${longQueue} OR EXISTS (SELECT 1 FROM queue_facts f WHERE f.queue_id = c.queue_id)
    ), now AS MATERIALIZED (
      SELECT l.queue_id, l.present, (SELECT coalesce(sum(h.seen), 0) FROM queue_hour h WHERE h.queue_id = l.queue_id) AS seen, ${mergesOf("l")} AS merges
      FROM long l
    )
    INSERT INTO queue_facts AS q (queue_id, began_at, began_seen, began_merges)
    SELECT n.queue_id, clock_timestamp(), n.seen, n.merges FROM now n LEFT JOIN queue_facts f ON f.queue_id = n.queue_id
    WHERE (SELECT count(*) FROM (SELECT 1 FROM search_pending p WHERE p.queue_id = n.queue_id LIMIT n.present / 20 + 1) pending) <= n.present / 20
      AND (f.queue_id IS NULL OR (f.began_at IS NULL AND f.next_at <= clock_timestamp() AND (
      f.counted_at IS NULL OR f.merges <> n.merges
      OR greatest(abs(n.present - f.present), abs(n.seen - f.seen)) > n.present * 0.01
      OR (f.counted_at < clock_timestamp() - interval '15 minutes' AND (n.present <> f.present OR n.seen <> f.seen OR EXISTS (
        SELECT 1 FROM regrouping g WHERE g.moved > 0 AND g.finished_at > f.counted_at AND (g.queue_id IS NULL OR g.queue_id = n.queue_id)))))))
    ORDER BY f.counted_at NULLS FIRST, n.present DESC LIMIT 1
    ON CONFLICT (queue_id) DO UPDATE SET began_at = excluded.began_at, began_seen = excluded.began_seen, began_merges = excluded.began_merges,
      position = DEFAULT WHERE q.began_at IS NULL`;
  return begun > 0;
}

/** Counts the next stretch of the queue; false when there is none left. */
async function countStretch(
  db: Database,
  { queueId, after, limit }: { queueId: number; after: bigint; limit: number },
): Promise<boolean> {
  const rows = await db.$queryRaw<{ last: bigint | null }[]>`
    WITH stretch AS MATERIALIZED (
      SELECT d.id, d.position, coalesce(c.merged_into, c.id) AS cause_id, d.correlation_id FROM dead_letter d JOIN cause c ON c.id = d.cause_id
      WHERE d.queue_id = ${queueId} AND d.position > ${after} AND d.left_at IS NULL ORDER BY d.position LIMIT ${limit}
    ), said AS (
      SELECT x.cause_id, array_agg(x.fact) AS facts, array_agg(x.n) AS counts, array_agg(x.example) AS examples FROM (
        SELECT m.cause_id, u.fact, count(*)::int AS n, max(m.id) AS example
        FROM stretch m JOIN message_search s ON s.dead_letter_id = m.id, unnest(s.facts) AS u(fact) GROUP BY m.cause_id, u.fact
      ) x GROUP BY x.cause_id
    ), parts AS (
      INSERT INTO fact_part (queue_id, cause_id, present, correlated, traced, messages, json, facts, counts, examples)
      SELECT ${queueId}, t.*, coalesce(said.facts, '{}'), coalesce(said.counts, '{}'), coalesce(said.examples, '{}') FROM (
        SELECT m.cause_id, count(*)::int, count(nullif(m.correlation_id, ''))::int, (count(*) FILTER (WHERE s.traced))::int, count(s.dead_letter_id)::int,
          (count(*) FILTER (WHERE s.body = 'json'))::int
        FROM stretch m LEFT JOIN message_search s ON s.dead_letter_id = m.id GROUP BY m.cause_id
      ) t LEFT JOIN said ON said.cause_id = t.cause_id
    ), moved AS (
      UPDATE queue_facts SET position = (SELECT max(position) FROM stretch) WHERE queue_id = ${queueId} AND EXISTS (SELECT 1 FROM stretch)
    )
    SELECT max(position) AS last FROM stretch`;
  return rows[0]?.last !== null;
}

/** Adds the stretches up and lets the count be read; it is begun anew at once if causes were merged or parted meanwhile. */
async function addUp(db: Database, queueId: number): Promise<void> {
  await db.$executeRaw`DELETE FROM fact_total WHERE queue_id = ${queueId}`;
  await db.$executeRaw`
    INSERT INTO fact_total (queue_id, cause_id, present, correlated, traced, messages, json, facts, counts, examples)
    SELECT ${queueId}, coalesce(p.cause_id, 0), coalesce(sum(p.present), 0), coalesce(sum(p.correlated), 0), coalesce(sum(p.traced), 0),
      coalesce(sum(p.messages), 0), coalesce(sum(p.json), 0), '{}', '{}', '{}'
    FROM fact_part p WHERE p.queue_id = ${queueId} GROUP BY GROUPING SETS ((p.cause_id), ())`;
  const rows = await db.$queryRaw<{ messages: number }[]>`
    SELECT messages FROM fact_total WHERE queue_id = ${queueId} AND cause_id = 0`;
  const whole = rows[0]?.messages ?? 0;
  // A statement for each share of the facts, so that none takes longer than statements may.
  const shares = 2 ** Math.ceil(Math.log2(Math.max(1, whole / TOGETHER)));
  for (let share = 0; share < shares; share++) await addShareUp(db, queueId, { whole, share, shares });
  await db.$executeRaw`DELETE FROM fact_part WHERE queue_id = ${queueId}`;
  await db.$executeRaw`
    UPDATE queue_facts f SET counted_at = f.began_at, seen = f.began_seen, merges = f.began_merges, began_at = NULL, position = DEFAULT,
      present = ${whole},
      next_at = CASE WHEN f.began_merges = ${mergesOf("f")} THEN clock_timestamp() + (clock_timestamp() - f.began_at) * ${RESTS}::int ELSE clock_timestamp() END
    WHERE f.queue_id = ${queueId}`;
}

/**
 * Facts whose lowest bits are `share`; there are a power of two of `shares`. `whole`: messages of the queue. No facts are joined: the
 * planner takes those in a few long arrays for a handful, and would step through all of them for each of them.
 */
async function addShareUp(
  db: Database,
  queueId: number,
  { whole, share, shares }: { whole: number; share: number; shares: number },
): Promise<void> {
  await db.$executeRaw`
    WITH said AS (
      SELECT p.cause_id, u.fact, sum(u.n)::int AS n, max(u.example) AS example
      FROM fact_part p, unnest(p.facts, p.counts, p.examples) AS u(fact, n, example)
      WHERE p.queue_id = ${queueId} AND (u.fact & ${shares - 1}::bigint) = ${share} GROUP BY p.cause_id, u.fact
    ), judged AS MATERIALIZED (
      SELECT a.cause_id, a.fact, a.n, a.example, a.n >= a.messages * ${SHARE}::float8
        OR (${whole} > a.messages AND a.everywhere - a.n >= (${whole} - a.messages) * ${SHARE_ELSEWHERE}::float8) AS frequent
      FROM (
        SELECT s.*, sum(s.n) OVER (PARTITION BY s.fact) AS everywhere,
          (SELECT c.messages FROM fact_total c WHERE c.queue_id = ${queueId} AND c.cause_id = s.cause_id) AS messages
        FROM said s
      ) a
    ), answered AS (
      SELECT cause_id, fact, n, example FROM judged WHERE frequent
      UNION ALL
      -- What is frequent in the queue, or in all of it but one cause, is frequent in one of its causes.
      SELECT 0, fact, sum(n)::int, max(example) FROM judged GROUP BY fact HAVING bool_or(frequent)
    ), arrays AS MATERIALIZED (
      SELECT cause_id, array_agg(fact) AS facts, array_agg(n) AS counts, array_agg(example) AS examples FROM answered GROUP BY cause_id
    )
    UPDATE fact_total t SET facts = t.facts || a.facts, counts = t.counts || a.counts, examples = t.examples || a.examples
    FROM arrays a
    WHERE t.queue_id = ${queueId} AND t.cause_id = a.cause_id`;
}

/** A count that can be read in place of the messages. */
export interface KeptFacts {
  readonly queueId: number;
  /** The cause that it is for; 0: the whole queue. */
  readonly causeId: string;
  readonly countedAt: Date;
  readonly correlation: { readonly total: number; readonly withCorrelationId: number; readonly withTrace: number };
}

/**
 * The count of a filter that is a whole queue or a cause of it; null: it was not counted, not with the causes as they are merged now, or so much has left
 * since that it is soon counted anew.
 */
export async function readKeptFacts(db: Database, filter: PlacedFilter): Promise<KeptFacts | null> {
  const { queue, causes, reason, age, returned, q } = filter;
  const narrower = reason !== undefined || age !== undefined || returned !== undefined || (q ?? "") !== "";
  if (queue === undefined || narrower) return null;
  const causeId = causes === null ? "0" : (filter.cause ?? "0");
  const rows = await db.$queryRaw<{ at: Date; total: number; correlated: number; traced: number }[]>`
    SELECT f.counted_at AS at, t.present AS total, t.correlated, t.traced
    FROM queue_facts f JOIN fact_total t ON t.queue_id = f.queue_id AND t.cause_id = ${causeId}::text::bigint
    WHERE f.queue_id = ${queue} AND f.counted_at IS NOT NULL AND f.merges = ${mergesOf("f")}
      AND f.present <= 2 * (SELECT coalesce(sum(r.present), 0) FROM cause c JOIN cause_rollup r ON r.cause_id = c.id WHERE c.queue_id = f.queue_id)`;
  const row = rows[0];
  if (row === undefined) return null;
  const correlation = { total: row.total, withCorrelationId: row.correlated, withTrace: row.traced };
  return { queueId: queue, causeId, countedAt: row.at, correlation };
}
