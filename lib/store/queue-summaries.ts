import type { HeatmapCell, QueueSummary } from "@/lib/contracts/queues";
import { AGE_BUCKET_IDS } from "@/lib/domain/age";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import {
  noAges,
  noArrivals,
  type QueueScope,
  type ReasonFigures,
  readArrivals,
  readReasonFigures,
  readRunningReplays,
} from "./queue-figures";

const TOP_REASONS = 3;

interface QueueRow {
  readonly id: number;
  readonly namespace: string;
  readonly entity_path: string;
  readonly entity_kind: "queue" | "subscription";
  readonly sub_queue: "dead-letter" | "transfer-dead-letter" | "forwarded";
  readonly origin_path: string;
  readonly vanished_at: Date | null;
  readonly settings: Record<string, unknown> | null;
  readonly settings_read_at: Date | null;
  readonly count: bigint | null;
  readonly count_read_at: Date | null;
  readonly oldest_enqueued_at: Date | null;
  readonly oldest_read_at: Date | null;
  readonly walk_started_at: Date | null;
  readonly walked_at: Date | null;
  readonly scan_error: string | null;
  readonly scan_error_at: Date | null;
  readonly scanned_at: Date | null;
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

/** Queues with their figures: four statements, whatever the number of queues. */
export async function readQueueSummaries(db: Database, scope: QueueScope, at: Date): Promise<QueueSummaries> {
  const rows = await readQueues(db, scope);
  const figures = await readReasonFigures(db, scope, at);
  const arrivals = await readArrivals(db, scope, at);
  const replays = await readRunningReplays(db, scope);
  const byQueue = new Map<number, ReasonFigures[]>();
  for (const figure of figures) {
    const known = byQueue.get(figure.queueId);
    if (known === undefined) byQueue.set(figure.queueId, [figure]);
    else known.push(figure);
  }
  return {
    queues: rows.map((row) => ({
      ...summarise(row, byQueue.get(row.id) ?? []),
      arrivals: arrivals.get(row.id) ?? noArrivals(),
      runningReplays: replays.get(row.id) ?? [],
    })),
    figures,
    settings: new Map(
      rows.map((row) => [row.id, { settings: row.settings, settingsReadAt: iso(row.settings_read_at) }]),
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
  return db.$queryRaw<QueueRow[]>`
    SELECT q.id, n.name AS namespace, q.entity_path, q.entity_kind, q.sub_queue, q.origin_path, q.vanished_at,
      q.settings, q.settings_read_at, q.count, q.count_read_at, q.oldest_enqueued_at, q.oldest_read_at,
      q.walk_started_at, q.walked_at, q.scan_error, q.scan_error_at, q.scanned_at
    FROM queue q JOIN namespace n ON n.id = q.namespace_id
    WHERE ${scope.kind === "one" ? Prisma.sql`q.id = ${scope.queueId}` : Prisma.sql`n.configured`}
    ORDER BY n.name, q.entity_path, q.sub_queue`;
}

function summarise(
  row: QueueRow,
  figures: readonly ReasonFigures[],
): Omit<QueueSummary, "arrivals" | "runningReplays"> {
  const ages = noAges();
  for (const figure of figures) for (const id of AGE_BUCKET_IDS) ages[id] += figure.ages[id];
  // The peek may know an older one than has been indexed yet, a returned copy's root is older than its peek.
  const oldest = [row.oldest_enqueued_at, ...figures.map((figure) => figure.oldestRoot)].filter(
    (time) => time !== null,
  );
  return {
    id: row.id,
    namespace: row.namespace,
    entityPath: row.entity_path,
    entityKind: row.entity_kind,
    subQueue: row.sub_queue,
    originPath: row.origin_path,
    vanishedAt: iso(row.vanished_at),
    indexed: figures.reduce((sum, figure) => sum + figure.count, 0),
    brokerCount: row.count === null ? null : Number(row.count),
    brokerCountAt: iso(row.count_read_at),
    oldestEnqueuedAt: iso(row.oldest_enqueued_at),
    oldestReadAt: iso(row.oldest_read_at),
    oldestRootEnqueuedAt:
      oldest.length === 0 ? null : new Date(Math.min(...oldest.map((time) => time.getTime()))).toISOString(),
    ages,
    topReasons: figures.slice(0, TOP_REASONS).map((figure) => ({ reason: figure.reason, count: figure.count })),
    causes: figures.reduce((sum, figure) => sum + figure.causes, 0),
    scan: {
      scannedAt: iso(row.scanned_at),
      walkedAt: iso(row.walked_at),
      walking: row.walk_started_at !== null,
      error: row.scan_error,
      errorAt: iso(row.scan_error_at),
    },
  };
}

export function iso(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}
