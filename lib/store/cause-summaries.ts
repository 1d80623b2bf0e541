import type { CauseSummary } from "@/lib/contracts/queues";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import { ageColumns, agesOf, hoursBetween, noAges } from "./queue-figures";

const HOURS = 48;

export type CauseScope =
  | { readonly kind: "of-queue"; readonly queueId: number }
  | { readonly kind: "one"; readonly causeId: string };

interface CauseRow {
  readonly id: string;
  readonly queue_id: number;
  readonly reason: string;
  readonly signature: string;
  readonly example: string | null;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
  readonly n: number | null;
  readonly oldest: Date | null;
  readonly newest: Date | null;
  readonly returned: number | null;
}

/**
 * Causes with their figures, most messages first. Of a queue: those that have messages; one by id also without.
 */
export async function readCauseSummaries(db: Database, scope: CauseScope, at: Date): Promise<CauseSummary[]> {
  const messages =
    scope.kind === "of-queue"
      ? Prisma.sql`d.queue_id = ${scope.queueId}`
      : Prisma.sql`d.cause_id = ${scope.causeId}::bigint`;
  const causes = scope.kind === "of-queue" ? Prisma.sql`p.n > 0` : Prisma.sql`c.id = ${scope.causeId}::bigint`;
  const rows = await db.$queryRaw<(CauseRow & Record<string, unknown>)[]>`
    WITH present AS (
      SELECT d.cause_id, count(*)::int AS n, min(d.enqueued_at) AS oldest, max(d.enqueued_at) AS newest,
        count(d.returned_from)::int AS returned, ${ageColumns(at)}
      FROM dead_letter d WHERE ${messages} AND d.left_at IS NULL GROUP BY d.cause_id
    )
    SELECT c.id::text AS id, c.queue_id, c.reason, c.signature, c.example, c.first_seen_at, c.last_seen_at, p.*
    FROM cause c LEFT JOIN present p ON p.cause_id = c.id
    WHERE ${causes}
    ORDER BY p.n DESC NULLS LAST, c.id`;
  const trends = await readTrends(db, messages, at);
  return rows.map((row) => ({
    id: row.id,
    queueId: row.queue_id,
    reason: row.reason,
    signature: row.signature,
    example: row.example,
    count: row.n ?? 0,
    ages: row.n === null ? noAges() : agesOf(row),
    oldestEnqueuedAt: row.oldest === null ? null : row.oldest.toISOString(),
    newestEnqueuedAt: row.newest === null ? null : row.newest.toISOString(),
    firstSeenAt: row.first_seen_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    trend: trends.get(row.id) ?? new Array<number>(HOURS).fill(0),
    returned: row.returned ?? 0,
  }));
}

/** Enqueued per hour over the last 48 hours, of what is there, by cause. */
async function readTrends(db: Database, messages: Prisma.Sql, at: Date): Promise<Map<string, number[]>> {
  const since = new Date(at.getTime() - HOURS * 3_600_000);
  const rows = await db.$queryRaw<{ cause_id: string; hour: Date; n: number }[]>`
    SELECT d.cause_id::text AS cause_id, date_bin('1 hour', d.enqueued_at, ${since.toISOString()}::timestamptz) AS hour,
      count(*)::int AS n
    FROM dead_letter d
    WHERE ${messages} AND d.left_at IS NULL AND d.enqueued_at >= ${since.toISOString()}::timestamptz
    GROUP BY d.cause_id, hour`;
  const trends = new Map<string, number[]>();
  for (const row of rows) {
    const hours = trends.get(row.cause_id) ?? new Array<number>(HOURS).fill(0);
    const hour = Math.min(hoursBetween(since, row.hour), HOURS - 1);
    hours[hour] = (hours[hour] ?? 0) + row.n;
    trends.set(row.cause_id, hours);
  }
  return trends;
}
