import { AGE_BUCKETS, type AgeClock } from "@/lib/domain/age";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import type { RollupDifference, RollupStore } from "./ports/rollups";

/**
 * The figures that pages read, at a cost that grows with causes and not with messages.
 *
 * Triggers on dead_letter append to cause_delta, in the writer's transaction, by how much a minute (of the enqueued time) and an hour
 * (of the first sight) of a cause has changed. Appending locks nothing that others want: scanners, replays and edits never wait for
 * each other here. A worker folds the deltas into cause_rollup, cause_hour, queue_hour and queue_arrivals. In every snapshot
 *
 *     rows = rollup + deltas
 *
 * holds exactly, so a figure is read from both in one statement, and nothing is wrong when no worker folds for a while, only slower.
 *
 * Messages grow older without being written. cause_rollup counts how many were enqueued before the five times of rollup_clock, which
 * lie at full minutes, so that every delta is on one side of them. Whoever reads adds the messages between those times and its own, from
 * an index; folding moves the times on. By the first sight it counts how many were seen before the hours that these times lie in, since deltas
 * know the hour of it: all five move on together, once an hour.
 */
export function rollupStore(db: Database): RollupStore {
  return {
    fold: (everySeconds) => fold(db, everySeconds),
    tidy: async () => {
      await db.$executeRaw`VACUUM cause_delta`;
    },
    differences: () => differences(db),
    recount: () => recount(db),
  };
}

/** The lock of whoever changes rollups: one at a time, since folding adds to what it read. */
const FOLD_LOCK = 72_707_370n;
/** Deltas that one statement folds: a first scan of a million writes as many. */
const FOLD_AT_MOST = 50_000;
/** The times of rollup_clock stay behind the clock by this much, so that a reader's own time never lies before them. */
const BEHIND = Prisma.raw("interval '30 seconds'");

/** An age that divides two buckets, on one of the clocks, and the columns that belong to it. */
export interface AgeLimit {
  readonly seconds: number;
  /** The time of ROLLUP_TIMES that cause_rollup has counted up to. */
  readonly before: Prisma.Sql;
  /** What cause_rollup has counted. */
  readonly older: Prisma.Sql;
  /** Short name of the count in a statement: o1, o2, …; s1, s2, … */
  readonly name: Prisma.Sql;
  /** The time of a row, and what of it a delta knows. */
  readonly row: Prisma.Sql;
  readonly delta: Prisma.Sql;
}

export const AGE_LIMITS: Readonly<Record<AgeClock, readonly AgeLimit[]>> = {
  enqueued: limitsOn({ prefix: "", short: "o", row: "enqueued_at", delta: "minute" }),
  "first-seen": limitsOn({ prefix: "seen_", short: "s", row: "first_seen_at", delta: "seen_hour" }),
};
const ALL_LIMITS = [...AGE_LIMITS.enqueued, ...AGE_LIMITS["first-seen"]];

function limitsOn(clock: { prefix: string; short: string; row: string; delta: string }): AgeLimit[] {
  return AGE_BUCKETS.slice(0, -1).map(({ id, under }, index) => ({
    seconds: under,
    before: Prisma.raw(`${clock.prefix}before_${id}`),
    older: Prisma.raw(`${clock.prefix}older_${id}`),
    name: Prisma.raw(`${clock.short}${index + 1}`),
    row: Prisma.raw(clock.row),
    delta: Prisma.raw(clock.delta),
  }));
}

/** One piece of SQL for each of these limits, joined by commas. */
export function eachAge(
  limits: readonly AgeLimit[],
  piece: (limit: AgeLimit) => Prisma.Sql,
  separator = ", ",
): Prisma.Sql {
  return Prisma.join(limits.map(piece), separator);
}

/** The times of rollup_clock, and the hours that they lie in. */
export const ROLLUP_TIMES = withSeenHours(Prisma.sql`rollup_clock`);

function withSeenHours(times: Prisma.Sql): Prisma.Sql {
  const hours = AGE_LIMITS["first-seen"].map(
    (age, index) =>
      Prisma.sql`date_bin('1 hour', t.${AGE_LIMITS.enqueued[index]?.before ?? Prisma.empty}, 'epoch') AS ${age.before}`,
  );
  return Prisma.sql`(SELECT t.*, ${Prisma.join(hours)} FROM ${times} t)`;
}

async function fold(db: Database, everySeconds: number): ReturnType<RollupStore["fold"]> {
  const locked = await db.$queryRaw<
    { mine: boolean }[]
  >`SELECT pg_try_advisory_xact_lock(${FOLD_LOCK}::bigint) AS mine`;
  if (locked[0]?.mine !== true) return { kind: "busy" };
  // The lock first, the snapshot after it: what the last holder folded must be seen.
  const due = await db.$queryRaw<{ due: boolean }[]>`
    SELECT folded_at <= clock_timestamp() - make_interval(secs => ${everySeconds}::float8) AS due FROM rollup_clock`;
  if (due[0]?.due !== true) return { kind: "busy" };
  const rows = await db.$queryRaw<{ deltas: number; turned: boolean; queues: number[] }[]>`
    WITH old AS MATERIALIZED (
      SELECT * FROM ${ROLLUP_TIMES} k
    ), clock AS MATERIALIZED (
      SELECT date_bin('1 minute', clock_timestamp() - ${BEHIND}, 'epoch') AS minute, date_bin('1 hour', clock_timestamp(), 'epoch') AS hour
    ), moved AS MATERIALIZED (
      SELECT c.hour, ${eachAge(AGE_LIMITS.enqueued, (age) => Prisma.sql`greatest(o.${age.before}, c.minute - make_interval(secs => ${age.seconds})) AS ${age.before}`)}
      FROM old o, clock c
    ), new AS MATERIALIZED (
      SELECT * FROM ${withSeenHours(Prisma.sql`moved`)} m
    ), taken AS (
      DELETE FROM cause_delta WHERE ctid = ANY (ARRAY(SELECT ctid FROM cause_delta LIMIT ${FOLD_AT_MOST})) RETURNING *
    ), aged AS (
      -- What the rollups know of the minutes that the times pass over: the rows of these minutes without what is not folded yet.
      SELECT p.cause_id, 0 AS present, 0 AS returned,
        ${eachAge(ALL_LIMITS, (age) => Prisma.sql`CASE WHEN p.${age.delta} >= o.${age.before} AND p.${age.delta} < n.${age.before} THEN -p.present ELSE 0 END AS ${age.name}`)}
      FROM cause_delta p, old o, new n
      ${Prisma.join(ALL_LIMITS.map(agedRows), " ")}
      UNION ALL
      SELECT t.cause_id, t.present, t.returned,
        ${eachAge(ALL_LIMITS, (age) => Prisma.sql`CASE WHEN t.${age.delta} < n.${age.before} THEN t.present ELSE 0 END`)}
      FROM taken t, new n
    ), summed AS (
      SELECT cause_id, sum(present)::int AS present, sum(returned)::int AS returned, ${eachAge(ALL_LIMITS, (age) => Prisma.sql`sum(${age.name})::int AS ${age.name}`)}
      FROM aged GROUP BY cause_id
    ), rolled AS (
      INSERT INTO cause_rollup AS r (cause_id, present, returned, ${eachAge(ALL_LIMITS, (age) => age.older)})
      SELECT s.cause_id, s.present, s.returned, ${eachAge(ALL_LIMITS, (age) => Prisma.sql`s.${age.name}`)}
      FROM summed s JOIN cause c ON c.id = s.cause_id
      WHERE s.present <> 0 OR s.returned <> 0 OR ${eachAge(ALL_LIMITS, (age) => Prisma.sql`s.${age.name} <> 0`, " OR ")}
      ON CONFLICT (cause_id) DO UPDATE SET present = r.present + excluded.present, returned = r.returned + excluded.returned,
        ${eachAge(ALL_LIMITS, (age) => Prisma.sql`${age.older} = r.${age.older} + excluded.${age.older}`)}
    ), hours AS (
      INSERT INTO cause_hour AS h (cause_id, hour, enqueued, seen)
      SELECT x.cause_id, x.hour, sum(x.enqueued), sum(x.seen) FROM (${HOURS_TAKEN}) x JOIN cause c ON c.id = x.cause_id
      GROUP BY x.cause_id, x.hour HAVING sum(x.enqueued) <> 0 OR sum(x.seen) <> 0
      ON CONFLICT (cause_id, hour) DO UPDATE SET enqueued = h.enqueued + excluded.enqueued, seen = h.seen + excluded.seen
    ), queue_hours AS (
      INSERT INTO queue_hour AS h (queue_id, hour, enqueued, seen)
      SELECT c.queue_id, x.hour, sum(x.enqueued), sum(x.seen) FROM (${HOURS_TAKEN}) x JOIN cause c ON c.id = x.cause_id
      GROUP BY c.queue_id, x.hour HAVING sum(x.enqueued) <> 0 OR sum(x.seen) <> 0
      ON CONFLICT (queue_id, hour) DO UPDATE SET enqueued = h.enqueued + excluded.enqueued, seen = h.seen + excluded.seen
    ), ticked AS (
      UPDATE rollup_clock k SET hour = n.hour, folded_at = clock_timestamp(), ${eachAge(AGE_LIMITS.enqueued, (age) => Prisma.sql`${age.before} = n.${age.before}`)} FROM new n
    )
    SELECT (SELECT count(*)::int FROM taken) AS deltas, o.hour <> n.hour AS turned,
      ARRAY(SELECT DISTINCT c.queue_id FROM taken t JOIN cause c ON c.id = t.cause_id WHERE t.seen <> 0) AS queues
    FROM old o, new n`;
  const { deltas, turned, queues } = rows[0] as { deltas: number; turned: boolean; queues: number[] };
  // Hours of which nothing is left: looked for once an hour, since that reads the table.
  if (turned) {
    await db.$executeRaw`DELETE FROM cause_hour WHERE enqueued = 0 AND seen = 0`;
    await db.$executeRaw`DELETE FROM queue_hour WHERE enqueued = 0 AND seen = 0`;
  }
  if (turned || queues.length > 0) await countArrivals(db, turned ? null : queues);
  return { kind: "folded", deltas, more: deltas === FOLD_AT_MOST };
}

/** What the folded deltas change on either clock. */
const HOURS_TAKEN = Prisma.sql`
  SELECT cause_id, date_bin('1 hour', minute, 'epoch') AS hour, present AS enqueued, 0 AS seen FROM taken
  UNION ALL SELECT cause_id, seen_hour, 0, seen FROM taken`;

/** Present rows that one of the times passes over. */
function agedRows(limit: AgeLimit): Prisma.Sql {
  const columns = eachAge(ALL_LIMITS, (age) => (age === limit ? Prisma.sql`1` : Prisma.sql`0`));
  return Prisma.sql`
    UNION ALL
    SELECT d.cause_id, 0, 0, ${columns} FROM old o, new n, LATERAL (
      SELECT x.cause_id FROM dead_letter x
      WHERE x.left_at IS NULL AND x.${limit.row} >= o.${limit.before} AND x.${limit.row} < n.${limit.before}
    ) d`;
}

/** First seen in each of the 24 hours up to rollup_clock.hour, from queue_hour, of these queues or (null) of all. */
async function countArrivals(db: Database, queues: readonly number[] | null): Promise<void> {
  await db.$executeRaw`
    INSERT INTO queue_arrivals AS a (queue_id, hours)
    SELECT q.id, ARRAY(
      SELECT coalesce(h.seen, 0)
      FROM generate_series(k.hour - interval '23 hours', k.hour, interval '1 hour') AS t(hour)
      LEFT JOIN queue_hour h ON h.queue_id = q.id AND h.hour = t.hour
      ORDER BY t.hour)
    FROM queue q, rollup_clock k
    WHERE ${queues === null ? Prisma.sql`EXISTS (SELECT 1 FROM cause c WHERE c.queue_id = q.id)` : Prisma.sql`q.id = ANY(${queues}::int[])`}
    ON CONFLICT (queue_id) DO UPDATE SET hours = excluded.hours`;
}

/** The rollups and their deltas, added up, beside the rows: of every cause. */
const TOLD_AND_TRUE = Prisma.sql`
  told AS (
    SELECT cause_id, sum(present)::int AS present, sum(returned)::int AS returned, ${eachAge(ALL_LIMITS, (age) => Prisma.sql`sum(${age.name})::int AS ${age.name}`)}
    FROM (
      SELECT cause_id, present, returned, ${eachAge(ALL_LIMITS, (age) => Prisma.sql`${age.older} AS ${age.name}`)} FROM cause_rollup
      UNION ALL
      SELECT p.cause_id, p.present, p.returned, ${eachAge(ALL_LIMITS, (age) => Prisma.sql`CASE WHEN p.${age.delta} < k.${age.before} THEN p.present ELSE 0 END`)}
      FROM cause_delta p, ${ROLLUP_TIMES} k
    ) x GROUP BY cause_id
  ), rows AS (
    SELECT d.cause_id, count(*)::int AS present, count(d.returned_from)::int AS returned,
      ${eachAge(ALL_LIMITS, (age) => Prisma.sql`(count(*) FILTER (WHERE d.${age.row} < k.${age.before}))::int AS ${age.name}`)}
    FROM dead_letter d, ${ROLLUP_TIMES} k WHERE d.left_at IS NULL GROUP BY d.cause_id
  ), told_hours AS (
    SELECT cause_id, hour, sum(enqueued)::int AS enqueued, sum(seen)::int AS seen FROM (
      SELECT cause_id, hour, enqueued, seen FROM cause_hour
      UNION ALL SELECT cause_id, date_bin('1 hour', minute, 'epoch'), present, 0 FROM cause_delta
      UNION ALL SELECT cause_id, seen_hour, 0, seen FROM cause_delta
    ) x GROUP BY cause_id, hour
  ), row_hours AS (
    SELECT cause_id, hour, sum(enqueued)::int AS enqueued, sum(seen)::int AS seen FROM (
      SELECT cause_id, date_bin('1 hour', enqueued_at, 'epoch') AS hour, 1 AS enqueued, 0 AS seen FROM dead_letter WHERE left_at IS NULL
      UNION ALL SELECT cause_id, date_bin('1 hour', first_seen_at, 'epoch'), 0, 1 FROM dead_letter
    ) x GROUP BY cause_id, hour
  )`;

async function differences(db: Database): Promise<RollupDifference[]> {
  const figures = ["present", "returned", ...ALL_LIMITS.map((age) => age.name.sql)];
  const names = ["present", "returned", ...ALL_LIMITS.map((age) => age.older.sql)];
  const compared = figures.map(
    (column, index) =>
      Prisma.sql`(${names[index]}, coalesce(${Prisma.raw(`t.${column}`)}, 0), coalesce(${Prisma.raw(`r.${column}`)}, 0))`,
  );
  return db.$queryRaw<RollupDifference[]>`
    WITH ${TOLD_AND_TRUE}
    SELECT coalesce(t.cause_id, r.cause_id)::text AS "causeId", f.figure, f.rollup, f.rows
    FROM told t FULL JOIN rows r USING (cause_id), LATERAL (VALUES ${Prisma.join(compared)}) AS f(figure, rollup, rows)
    WHERE f.rollup <> f.rows
    UNION ALL
    SELECT coalesce(t.cause_id, r.cause_id)::text, f.clock || ' ' || to_char(coalesce(t.hour, r.hour) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      f.rollup, f.rows
    FROM told_hours t FULL JOIN row_hours r USING (cause_id, hour), LATERAL (VALUES
      ('enqueued', coalesce(t.enqueued, 0), coalesce(r.enqueued, 0)), ('seen', coalesce(t.seen, 0), coalesce(r.seen, 0))) AS f(clock, rollup, rows)
    WHERE f.rollup <> f.rows
    UNION ALL
    SELECT coalesce(min(s.cause_id)::text, ''), 'queue ' || queue_id || ' ' || to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      coalesce(q.enqueued + q.seen, 0), coalesce(sum(s.enqueued + s.seen), 0)::int
    FROM queue_hour q FULL JOIN (SELECT c.queue_id, h.* FROM cause_hour h JOIN cause c ON c.id = h.cause_id) s USING (queue_id, hour)
    GROUP BY queue_id, hour, q.enqueued, q.seen
    HAVING coalesce(q.enqueued, 0) <> coalesce(sum(s.enqueued), 0) OR coalesce(q.seen, 0) <> coalesce(sum(s.seen), 0)
    LIMIT 100`;
}

/** Rows less deltas, from one snapshot, is what the rollups should hold; the lock keeps folders away until they do. */
async function recount(db: Database): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(${FOLD_LOCK}::bigint)`;
  await db.$executeRaw`
    WITH ${TOLD_AND_TRUE}, wrong AS (
      SELECT coalesce(t.cause_id, r.cause_id) AS cause_id,
        coalesce(r.present, 0) - coalesce(t.present, 0) AS present, coalesce(r.returned, 0) - coalesce(t.returned, 0) AS returned,
        ${eachAge(ALL_LIMITS, (age) => Prisma.sql`coalesce(r.${age.name}, 0) - coalesce(t.${age.name}, 0) AS ${age.name}`)}
      FROM told t FULL JOIN rows r USING (cause_id)
    ), wrong_hours AS (
      SELECT coalesce(t.cause_id, r.cause_id) AS cause_id, coalesce(t.hour, r.hour) AS hour,
        coalesce(r.enqueued, 0) - coalesce(t.enqueued, 0) AS enqueued, coalesce(r.seen, 0) - coalesce(t.seen, 0) AS seen
      FROM told_hours t FULL JOIN row_hours r USING (cause_id, hour)
    ), rolled AS (
      INSERT INTO cause_rollup AS r (cause_id, present, returned, ${eachAge(ALL_LIMITS, (age) => age.older)})
      SELECT w.cause_id, w.present, w.returned, ${eachAge(ALL_LIMITS, (age) => Prisma.sql`w.${age.name}`)} FROM wrong w JOIN cause c ON c.id = w.cause_id
      WHERE w.present <> 0 OR w.returned <> 0 OR ${eachAge(ALL_LIMITS, (age) => Prisma.sql`w.${age.name} <> 0`, " OR ")}
      ON CONFLICT (cause_id) DO UPDATE SET present = r.present + excluded.present, returned = r.returned + excluded.returned,
        ${eachAge(ALL_LIMITS, (age) => Prisma.sql`${age.older} = r.${age.older} + excluded.${age.older}`)}
    )
    INSERT INTO cause_hour AS h (cause_id, hour, enqueued, seen)
    SELECT w.cause_id, w.hour, w.enqueued, w.seen FROM wrong_hours w JOIN cause c ON c.id = w.cause_id WHERE w.enqueued <> 0 OR w.seen <> 0
    ON CONFLICT (cause_id, hour) DO UPDATE SET enqueued = h.enqueued + excluded.enqueued, seen = h.seen + excluded.seen`;
  await db.$executeRaw`
    INSERT INTO queue_hour AS h (queue_id, hour, enqueued, seen)
    SELECT queue_id, hour, coalesce(sum(s.enqueued), 0), coalesce(sum(s.seen), 0)
    FROM queue_hour FULL JOIN (SELECT c.queue_id, x.* FROM cause_hour x JOIN cause c ON c.id = x.cause_id) s USING (queue_id, hour)
    GROUP BY queue_id, hour
    ON CONFLICT (queue_id, hour) DO UPDATE SET enqueued = excluded.enqueued, seen = excluded.seen`;
  await countArrivals(db, null);
}
