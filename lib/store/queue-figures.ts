import type { QueueSummary } from "@/lib/contracts/queues";
import { AGE_BUCKET_IDS, type AgeBucketId, ageBounds } from "@/lib/domain/age";
import type { Database } from "./database";
import { Prisma } from "./generated/client";

/** Which queues the figures are for. */
export type QueueScope = { readonly kind: "configured" } | { readonly kind: "one"; readonly queueId: number };

export type AgeCounts = Record<AgeBucketId, number>;

/** Dead letters of one queue and reason, by age. */
export interface ReasonFigures {
  readonly queueId: number;
  readonly reason: string;
  readonly ages: AgeCounts;
  readonly count: number;
  readonly causes: number;
  readonly oldestRoot: Date;
}

const HOURS = 24;

/** Columns that count rows of `d` by age bucket, in the order of AGE_BUCKETS: a0, a1, … */
export function ageColumns(at: Date): Prisma.Sql {
  const columns = AGE_BUCKET_IDS.map((id, index) => {
    const { after, until } = ageBounds(id, at);
    const conditions = [
      ...(after === null ? [] : [Prisma.sql`d.enqueued_at > ${after.toISOString()}::timestamptz`]),
      ...(until === null ? [] : [Prisma.sql`d.enqueued_at <= ${until.toISOString()}::timestamptz`]),
    ];
    return Prisma.sql`count(*) FILTER (WHERE ${Prisma.join(conditions, " AND ")})::int AS ${Prisma.raw(`a${index}`)}`;
  });
  return Prisma.join(columns, ", ");
}

/** Reads what `ageColumns` counted. */
export function agesOf(row: Readonly<Record<string, unknown>>): AgeCounts {
  return Object.fromEntries(AGE_BUCKET_IDS.map((id, index) => [id, Number(row[`a${index}`])])) as AgeCounts;
}

export function noAges(): AgeCounts {
  return Object.fromEntries(AGE_BUCKET_IDS.map((id) => [id, 0])) as AgeCounts;
}

const SUMMED = Prisma.raw(AGE_BUCKET_IDS.map((_, index) => `sum(p.a${index})::int AS a${index}`).join(", "));

/** One row per queue and reason with dead letters that are there, from one statement: its sums agree with each other. */
export async function readReasonFigures(db: Database, scope: QueueScope, at: Date): Promise<ReasonFigures[]> {
  const rows = await db.$queryRaw<Record<string, unknown>[]>`
    WITH per_cause AS (
      SELECT d.cause_id, count(*)::int AS n, min(d.root_enqueued_at) AS oldest_root, ${ageColumns(at)}
      FROM dead_letter d
      WHERE d.left_at IS NULL ${scope.kind === "one" ? Prisma.sql`AND d.queue_id = ${scope.queueId}` : Prisma.empty}
      GROUP BY d.cause_id
    )
    SELECT c.queue_id, c.reason, sum(p.n)::int AS n, count(*)::int AS causes, min(p.oldest_root) AS oldest_root, ${SUMMED}
    FROM per_cause p JOIN cause c ON c.id = p.cause_id
    GROUP BY c.queue_id, c.reason
    ORDER BY n DESC, c.reason`;
  return rows.map((row) => ({
    queueId: Number(row.queue_id),
    reason: String(row.reason),
    ages: agesOf(row),
    count: Number(row.n),
    causes: Number(row.causes),
    oldestRoot: row.oldest_root as Date,
  }));
}

/** First seen per hour over the last 24 hours, oldest first, by queue; a queue without arrivals is absent. */
export async function readArrivals(db: Database, scope: QueueScope, at: Date): Promise<Map<number, number[]>> {
  const since = new Date(at.getTime() - HOURS * 3_600_000);
  const rows = await db.$queryRaw<{ queue_id: number; hour: Date; n: number }[]>`
    SELECT queue_id, date_bin('1 hour', first_seen_at, ${since.toISOString()}::timestamptz) AS hour, count(*)::int AS n
    FROM dead_letter
    WHERE first_seen_at >= ${since.toISOString()}::timestamptz
      ${scope.kind === "one" ? Prisma.sql`AND queue_id = ${scope.queueId}` : Prisma.empty}
    GROUP BY queue_id, hour`;
  const arrivals = new Map<number, number[]>();
  for (const row of rows) {
    const hours = arrivals.get(row.queue_id) ?? noArrivals();
    // What arrived while this was being read counts into the newest hour.
    const hour = Math.min(hoursBetween(since, row.hour), HOURS - 1);
    hours[hour] = (hours[hour] ?? 0) + row.n;
    arrivals.set(row.queue_id, hours);
  }
  return arrivals;
}

export function hoursBetween(since: Date, until: Date): number {
  return Math.round((until.getTime() - since.getTime()) / 3_600_000);
}

export function noArrivals(): number[] {
  return new Array<number>(HOURS).fill(0);
}

/** Replays that run or are paused, by queue. */
export async function readRunningReplays(
  db: Database,
  scope: QueueScope,
): Promise<Map<number, QueueSummary["runningReplays"]>> {
  const rows = await db.$queryRaw<{ id: string; queue_id: number; state: string; total: number; open: number }[]>`
    SELECT r.id::text AS id, r.queue_id, r.state, r.total, (
      SELECT count(*)::int FROM replay_item i
      WHERE i.replay_id = r.id AND i.state IN ('planned', 'claimed', 'sending', 'sent', 'uncertain')
    ) AS open
    FROM replay r
    WHERE r.state IN ('running', 'paused') ${scope.kind === "one" ? Prisma.sql`AND r.queue_id = ${scope.queueId}` : Prisma.empty}
    ORDER BY r.started_at, r.id`;
  const replays = new Map<number, QueueSummary["runningReplays"]>();
  for (const row of rows) {
    const entry = { id: row.id, state: row.state, done: row.total - row.open, total: row.total };
    replays.set(row.queue_id, [...(replays.get(row.queue_id) ?? []), entry]);
  }
  return replays;
}
