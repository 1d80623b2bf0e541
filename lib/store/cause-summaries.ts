import type { CauseFigures, Timeline } from "@/lib/contracts/queues";
import { type CauseFigures as Counted, causesOf, noAges, sumByCause } from "./cause-figures";
import { readColumns, time, whole } from "./columns";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import { HOUR_MS, hourOf } from "./hours";
import { sideBySide } from "./side-by-side";

const HOURS = 48;
const TIMELINE_HOURS = 14 * 24;

export type CauseScope =
  | { readonly kind: "queue"; readonly queueId: number }
  | { readonly kind: "cause"; readonly causeId: string };

interface CauseRow {
  readonly id: string;
  readonly queue_id: number;
  readonly reason: string;
  readonly signature: string;
  readonly example: string | null;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
  readonly oldest: Date | null;
  readonly newest: Date | null;
}

/**
 * Causes with their figures, most messages first; what was merged into a cause counts as its own. Of a queue: those that have
 * messages; one by id also without. `readFigures` answers the figures of the scope's causes at least.
 */
export async function readCauseSummaries(
  db: Database,
  scope: CauseScope,
  at: Date,
  readFigures: () => Promise<readonly Counted[]>,
): Promise<CauseFigures[]> {
  const [rows, figures, trends] = await sideBySide(db, [
    () => readCauses(db, scope),
    readFigures,
    () => readTrends(db, scope, at),
  ]);
  const figuresOf = sumByCause(figures);
  const reasons = new Map<string, Set<string>>();
  for (const { causeId, reason } of figures) {
    const known = reasons.get(causeId);
    if (known === undefined) reasons.set(causeId, new Set([reason]));
    else known.add(reason);
  }
  return rows
    .filter((row) => scope.kind === "cause" || figuresOf.has(row.id))
    .map((row) => {
      const known = figuresOf.get(row.id);
      return {
        id: row.id,
        queueId: row.queue_id,
        reason: row.reason,
        otherReasons: [...(reasons.get(row.id) ?? [])].filter((reason) => reason !== row.reason),
        signature: row.signature,
        example: row.example,
        count: known?.count ?? 0,
        ages: known?.ages ?? noAges(),
        oldestEnqueuedAt: row.oldest === null ? null : row.oldest.toISOString(),
        newestEnqueuedAt: row.newest === null ? null : row.newest.toISOString(),
        firstSeenAt: row.first_seen_at.toISOString(),
        lastSeenAt: row.last_seen_at.toISOString(),
        trend: trends.get(row.id) ?? new Array<number>(HOURS).fill(0),
        returned: known?.returned ?? 0,
      };
    })
    .sort((a, b) => b.count - a.count || Number(BigInt(a.id) - BigInt(b.id)));
}

/** The causes that stand for themselves; oldest and newest of each are a look into an index. */
async function readCauses(db: Database, scope: CauseScope): Promise<CauseRow[]> {
  const of =
    scope.kind === "queue"
      ? Prisma.sql`c.queue_id = ${scope.queueId} AND c.merged_into IS NULL`
      : Prisma.sql`c.id = ${scope.causeId}::bigint`;
  const edge = (direction: Prisma.Sql) => Prisma.sql`
    LATERAL (
      SELECT d.enqueued_at FROM dead_letter d WHERE d.cause_id = member.id AND d.left_at IS NULL
      ORDER BY d.enqueued_at ${direction} LIMIT 1
    )`;
  return db.$queryRaw<CauseRow[]>`
    SELECT c.id::text AS id, c.queue_id, c.reason, c.signature, c.example, min(member.first_seen_at) AS first_seen_at,
      max(member.last_seen_at) AS last_seen_at, min(oldest.enqueued_at) AS oldest, max(newest.enqueued_at) AS newest
    FROM cause c JOIN cause member ON member.id = c.id OR member.merged_into = c.id
      LEFT JOIN ${edge(Prisma.sql`ASC`)} oldest ON true LEFT JOIN ${edge(Prisma.sql`DESC`)} newest ON true
    WHERE ${of}
    GROUP BY c.id`;
}

/** Hours of a cause or queue as rows (id of the cause that shows them, hour, enqueued, seen), folded and not. */
function hoursSince(scope: CauseScope, since: Date): Prisma.Sql {
  const from = Prisma.sql`${since.toISOString()}::timestamptz`;
  const shownBy = Prisma.sql`coalesce(c.merged_into, c.id) AS id`;
  return Prisma.sql`
    SELECT ${shownBy}, h.hour, h.enqueued, h.seen FROM cause c JOIN cause_hour h ON h.cause_id = c.id
    WHERE ${causesOf(scope)} AND h.hour >= ${from}
    UNION ALL
    SELECT ${shownBy}, date_bin('1 hour', p.minute, 'epoch'), p.present, 0 FROM cause c JOIN cause_delta p ON p.cause_id = c.id
    WHERE ${causesOf(scope)} AND p.minute >= ${from}
    UNION ALL
    SELECT ${shownBy}, p.seen_hour, 0, p.seen FROM cause c JOIN cause_delta p ON p.cause_id = c.id
    WHERE ${causesOf(scope)} AND p.seen_hour >= ${from}`;
}

/** The same of a whole queue, from its own sums: rows (hour, enqueued, seen). */
function queueHoursSince(queueId: number, since: Date): Prisma.Sql {
  const from = Prisma.sql`${since.toISOString()}::timestamptz`;
  return Prisma.sql`
    SELECT h.hour, h.enqueued, h.seen FROM queue_hour h WHERE h.queue_id = ${queueId} AND h.hour >= ${from}
    UNION ALL
    SELECT x.hour, x.enqueued, x.seen FROM cause_delta p JOIN cause c ON c.id = p.cause_id, LATERAL (VALUES
      (date_bin('1 hour', p.minute, 'epoch'), p.present, 0), (p.seen_hour::timestamptz, 0, p.seen)) AS x(hour, enqueued, seen)
    WHERE c.queue_id = ${queueId} AND x.hour >= ${from}`;
}

/** Enqueued per hour over the last 48 hours, of what is there, by cause. */
async function readTrends(db: Database, scope: CauseScope, at: Date): Promise<Map<string, number[]>> {
  const since = new Date(hourOf(at) - (HOURS - 1) * HOUR_MS);
  const rows = await readColumns(
    db,
    { id: whole(Prisma.sql`x.id`), hour: time(Prisma.sql`x.hour`), enqueued: whole(Prisma.sql`x.enqueued`) },
    Prisma.sql`(${hoursSince(scope, since)}) x WHERE x.enqueued <> 0`,
  );
  const hours = new Map<string, [number, number][]>();
  for (const [n, id] of rows.id.entries()) {
    const hour: [number, number] = [rows.hour[n] as number, rows.enqueued[n] as number];
    const known = hours.get(String(id));
    if (known === undefined) hours.set(String(id), [hour]);
    else known.push(hour);
  }
  return new Map([...hours].map(([id, of]) => [id, spread(of, since, HOURS)]));
}

/** Both clocks over the last 14 days, of a queue or a cause. */
export async function readTimeline(db: Database, scope: CauseScope, at: Date): Promise<Timeline> {
  const since = new Date(hourOf(at) - (TIMELINE_HOURS - 1) * HOUR_MS);
  const rows = await db.$queryRaw<{ hour: Date; enqueued: number; seen: number }[]>`
    SELECT x.hour, sum(x.enqueued)::int AS enqueued, sum(x.seen)::int AS seen
    FROM (${scope.kind === "queue" ? queueHoursSince(scope.queueId, since) : hoursSince(scope, since)}) x GROUP BY x.hour`;
  const hours = (of: (row: (typeof rows)[number]) => number) =>
    spread(
      rows.map((row) => [row.hour.getTime(), of(row)]),
      since,
      TIMELINE_HOURS,
    );
  return { from: since.toISOString(), enqueued: hours((row) => row.enqueued), firstSeen: hours((row) => row.seen) };
}

/** One number an hour; what is dated later than the last hour counts into it. */
function spread(hours: readonly (readonly [number, number])[], since: Date, length: number): number[] {
  const spread = new Array<number>(length).fill(0);
  for (const [hour, n] of hours) {
    const index = Math.min((hour - since.getTime()) / HOUR_MS, length - 1);
    spread[index] = (spread[index] ?? 0) + n;
  }
  return spread;
}
