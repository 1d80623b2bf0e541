import type { HeatmapCell, QueueSummary } from "@/lib/contracts/queues";
import { AGE_BUCKET_IDS } from "@/lib/domain/age";
import { noAges, readCauseFigures } from "./cause-figures";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import { HOUR_MS, hourOf } from "./hours";
import { isoTimeOf, readJsonRows } from "./json-rows";
import { byReason, type QueueScope, type ReasonFigures, readRunningReplays } from "./queue-figures";
import { sideBySide } from "./side-by-side";

const TOP_REASONS = 3;
const ARRIVAL_HOURS = 24;

interface QueueRow {
  readonly id: number;
  readonly namespace: string;
  readonly entity_path: string;
  readonly entity_kind: "queue" | "subscription";
  readonly sub_queue: "dead-letter" | "transfer-dead-letter" | "forwarded";
  readonly origin_path: string;
  readonly vanished_at: string | null;
  readonly settings: Record<string, unknown> | null;
  readonly settings_read_at: string | null;
  readonly count: number | null;
  readonly count_read_at: string | null;
  readonly count_source: string | null;
  readonly oldest_enqueued_at: string | null;
  readonly oldest_read_at: string | null;
  readonly walk_started_at: string | null;
  readonly walked_at: string | null;
  readonly walk_seen: number;
  readonly scan_error: string | null;
  readonly scan_error_at: string | null;
  readonly scanned_at: string | null;
  /** First seen in the 24 hours up to `hour`: "0,3,…"; null: none is folded. */
  readonly arrivals: string | null;
  /** In ms. */
  readonly hour: number;
  /** What is not folded yet: [hour as ms, messages]. */
  readonly arriving: readonly (readonly [number, number])[] | null;
}

export interface QueueSummaries {
  readonly queues: QueueSummary[];
  readonly figures: ReasonFigures[];
  readonly settings: ReadonlyMap<
    number,
    { readonly settings: Record<string, unknown> | null; readonly settingsReadAt: string | null }
  >;
}

/** The time of an answer, and how many workers were alive at it. */
export async function readClock(db: Database): Promise<{ at: Date; liveWorkers: number }> {
  const rows = await db.$queryRaw<{ at: Date; live: number }[]>`
    SELECT clock.at, (SELECT count(*)::int FROM worker WHERE ended_at IS NULL AND lease_until > clock.at) AS live
    FROM (SELECT clock_timestamp()::timestamptz(3) AS at) clock`;
  const row = rows[0] as { at: Date; live: number };
  return { at: row.at, liveWorkers: row.live };
}

/** Queues with their figures: four statements, whatever the number of queues and messages. */
export async function readQueueSummaries(db: Database, scope: QueueScope, at: Date): Promise<QueueSummaries> {
  const [rows, causes, { oldest, replays }] = await sideBySide(db, [
    () => readQueues(db, scope),
    () => readCauseFigures(db, scope, at),
    async () => ({ oldest: await readOldestRoots(db, scope), replays: await readRunningReplays(db, scope) }),
  ]);
  const figures = byReason(causes);
  const byQueue = new Map<number, ReasonFigures[]>();
  for (const figure of figures) {
    const known = byQueue.get(figure.queueId);
    if (known === undefined) byQueue.set(figure.queueId, [figure]);
    else known.push(figure);
  }
  return {
    queues: rows.map((row) => ({
      ...summarise(row, byQueue.get(row.id) ?? [], oldest.get(row.id) ?? null),
      arrivals: arrivalsOf(row, at),
      runningReplays: replays.get(row.id) ?? [],
    })),
    figures,
    settings: new Map(
      rows.map((row) => [row.id, { settings: row.settings, settingsReadAt: isoTimeOf(row.settings_read_at) }]),
    ),
  };
}

/** Reason × age over these figures; empty cells are left out. */
export function heatmapOf(figures: readonly ReasonFigures[]): HeatmapCell[] {
  const byReason = new Map<string, Record<string, number>>();
  for (const figure of figures) {
    const ages = byReason.get(figure.reason) ?? noAges();
    for (const id of AGE_BUCKET_IDS) ages[id] = (ages[id] ?? 0) + figure.ages[id];
    byReason.set(figure.reason, ages);
  }
  return [...byReason].flatMap(([reason, ages]) =>
    AGE_BUCKET_IDS.map((age) => ({ reason, age, count: ages[age] ?? 0 })).filter((cell) => cell.count > 0),
  );
}

async function readQueues(db: Database, scope: QueueScope): Promise<QueueRow[]> {
  return readJsonRows<QueueRow>(
    db,
    Prisma.sql`
    WITH arriving AS (
      SELECT queue_id, jsonb_agg(jsonb_build_array(extract(epoch FROM seen_hour) * 1000, seen)) AS hours FROM (
        SELECT c.queue_id, p.seen_hour, sum(p.seen) AS seen FROM cause_delta p JOIN cause c ON c.id = p.cause_id GROUP BY c.queue_id, p.seen_hour
      ) x GROUP BY queue_id
    )
    SELECT q.id, n.name AS namespace, q.entity_path, q.entity_kind, q.sub_queue, q.origin_path, q.vanished_at,
      ${scope.kind === "queue" ? Prisma.sql`q.settings` : Prisma.sql`NULL::jsonb AS settings`}, q.settings_read_at,
      q.count, q.count_read_at, q.count_source, q.oldest_enqueued_at, q.oldest_read_at,
      q.walk_started_at, q.walked_at, q.walk_seen, q.scan_error, q.scan_error_at, q.scanned_at,
      array_to_string(a.hours, ',') AS arrivals, (extract(epoch FROM k.hour) * 1000)::bigint AS hour, arriving.hours AS arriving
    FROM queue q JOIN namespace n ON n.id = q.namespace_id CROSS JOIN rollup_clock k
      LEFT JOIN queue_arrivals a ON a.queue_id = q.id LEFT JOIN arriving ON arriving.queue_id = q.id
    WHERE ${scope.kind === "queue" ? Prisma.sql`q.id = ${scope.queueId}` : Prisma.sql`n.configured`}`,
  );
}

/**
 * The oldest message of each queue that is indexed, a returned copy counting from its root: two looks into an index a queue,
 * whatever lies behind them.
 */
async function readOldestRoots(db: Database, scope: QueueScope): Promise<Map<number, string | null>> {
  const rows = await readJsonRows<{ id: number; root: string | null }>(
    db,
    Prisma.sql`
    SELECT q.id, least(oldest.enqueued_at, returned.root_enqueued_at) AS root
    FROM queue q JOIN namespace n ON n.id = q.namespace_id
      LEFT JOIN LATERAL (
        SELECT d.enqueued_at FROM dead_letter d WHERE d.queue_id = q.id AND d.left_at IS NULL ORDER BY d.enqueued_at LIMIT 1
      ) oldest ON true
      LEFT JOIN LATERAL (
        SELECT d.root_enqueued_at FROM dead_letter d
        WHERE d.queue_id = q.id AND d.left_at IS NULL AND d.returned_from IS NOT NULL ORDER BY d.root_enqueued_at LIMIT 1
      ) returned ON true
    WHERE ${scope.kind === "queue" ? Prisma.sql`q.id = ${scope.queueId}` : Prisma.sql`n.configured`}`,
  );
  return new Map(rows.map((row) => [row.id, isoTimeOf(row.root)]));
}

/** First seen per hour over the last 24 hours of the clock with the one under way, oldest first. */
function arrivalsOf(row: QueueRow, at: Date): number[] {
  // Another hour may have begun since the rollups were folded.
  const newest = Math.max(hourOf(at), row.hour);
  const hours = new Array<number>(ARRIVAL_HOURS).fill(0);
  const add = (hour: number, seen: number) => {
    const index = ARRIVAL_HOURS - 1 - (newest - hour) / HOUR_MS;
    // What arrived while this was being read counts into the newest hour.
    if (index >= 0) hours[Math.min(index, ARRIVAL_HOURS - 1)] = (hours[Math.min(index, ARRIVAL_HOURS - 1)] ?? 0) + seen;
  };
  const folded = row.arrivals === null ? [] : row.arrivals.split(",");
  for (const [index, seen] of folded.entries()) add(row.hour - (ARRIVAL_HOURS - 1 - index) * HOUR_MS, Number(seen));
  for (const [hour, seen] of row.arriving ?? []) add(hour, seen);
  return hours;
}

function summarise(
  row: QueueRow,
  figures: readonly ReasonFigures[],
  oldestRoot: string | null,
): Omit<QueueSummary, "arrivals" | "runningReplays"> {
  const ages = noAges();
  for (const figure of figures) for (const id of AGE_BUCKET_IDS) ages[id] += figure.ages[id];
  // The peek may know an older one than has been indexed yet, a returned copy's root is older than its peek.
  const oldest = [isoTimeOf(row.oldest_enqueued_at), oldestRoot].filter((time) => time !== null).sort();
  return {
    id: row.id,
    namespace: row.namespace,
    entityPath: row.entity_path,
    entityKind: row.entity_kind,
    subQueue: row.sub_queue,
    originPath: row.origin_path,
    vanishedAt: isoTimeOf(row.vanished_at),
    indexed: figures.reduce((sum, figure) => sum + figure.count, 0),
    brokerCount: row.count,
    brokerCountAt: isoTimeOf(row.count_read_at),
    brokerCountSource: row.count_source,
    oldestEnqueuedAt: isoTimeOf(row.oldest_enqueued_at),
    oldestReadAt: isoTimeOf(row.oldest_read_at),
    oldestRootEnqueuedAt: oldest[0] ?? null,
    ages,
    topReasons: figures.slice(0, TOP_REASONS).map((figure) => ({ reason: figure.reason, count: figure.count })),
    causes: figures.reduce((sum, figure) => sum + figure.causes, 0),
    scan: {
      scannedAt: isoTimeOf(row.scanned_at),
      walkedAt: isoTimeOf(row.walked_at),
      walking: row.walk_started_at !== null,
      walkSeen: row.walk_started_at === null ? null : row.walk_seen,
      error: row.scan_error,
      errorAt: isoTimeOf(row.scan_error_at),
    },
  };
}

export function iso(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}
