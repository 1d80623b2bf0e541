import type { HeatmapCell, QueueSummary } from "@/lib/contracts/queues";
import { AGE_BUCKET_IDS } from "@/lib/domain/age";
import { type CauseFigures, noAges } from "./cause-figures";
import { readColumns, readNumbers, text, time, whole } from "./columns";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import { HOUR_MS, hourOf, isoOfMs } from "./hours";
import { byReason, type QueueScope, type ReasonFigures, readRunningReplays } from "./queue-figures";
import { sideBySide } from "./side-by-side";

const TOP_REASONS = 3;
const ARRIVAL_HOURS = 24;

type QueueRows = Awaited<ReturnType<typeof readQueues>>;

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

/** Queues with their figures, at a cost that does not grow with messages. `readFigures` answers the figures of the scope's causes. */
export async function readQueueSummaries(
  db: Database,
  scope: QueueScope,
  at: Date,
  readFigures: () => Promise<readonly CauseFigures[]>,
): Promise<QueueSummaries> {
  const [rows, causes, { oldest, replays }] = await sideBySide(db, [
    () => readQueues(db, scope),
    readFigures,
    async () => ({ oldest: await readOldestRoots(db, scope), replays: await readRunningReplays(db, scope) }),
  ]);
  const figures = byReason(causes);
  const byQueue = new Map<number, ReasonFigures[]>();
  for (const figure of figures) {
    const known = byQueue.get(figure.queueId);
    if (known === undefined) byQueue.set(figure.queueId, [figure]);
    else known.push(figure);
  }
  const places = Array.from({ length: rows.length }, (_, n) => n);
  const idOf = (n: number) => rows.id[n] as number;
  return {
    queues: places.map((n) =>
      summarise(rows, n, {
        figures: byQueue.get(idOf(n)) ?? [],
        oldestRoot: oldest.get(idOf(n)) ?? null,
        arrivals: arrivalsOf(rows, n, at),
        runningReplays: replays.get(idOf(n)) ?? [],
      }),
    ),
    figures,
    settings: new Map(
      places.map((n) => [
        idOf(n),
        { settings: readObject(rows.settings[n]), settingsReadAt: isoOf(rows.settingsReadAt[n]) },
      ]),
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

async function readQueues(db: Database, scope: QueueScope) {
  return readColumns(
    db,
    {
      id: whole(Prisma.sql`q.id`),
      namespace: text(Prisma.sql`n.name`),
      entityPath: text(Prisma.sql`q.entity_path`),
      entityKind: text(Prisma.sql`q.entity_kind`),
      subQueue: text(Prisma.sql`q.sub_queue`),
      originPath: text(Prisma.sql`q.origin_path`),
      vanishedAt: time(Prisma.sql`q.vanished_at`),
      settings: text(scope.kind === "queue" ? Prisma.sql`q.settings::text` : Prisma.sql`NULL::text`),
      settingsReadAt: time(Prisma.sql`q.settings_read_at`),
      count: whole(Prisma.sql`q.count`),
      countReadAt: time(Prisma.sql`q.count_read_at`),
      countSource: text(Prisma.sql`q.count_source`),
      oldestEnqueuedAt: time(Prisma.sql`q.oldest_enqueued_at`),
      oldestReadAt: time(Prisma.sql`q.oldest_read_at`),
      walkStartedAt: time(Prisma.sql`q.walk_started_at`),
      walkedAt: time(Prisma.sql`q.walked_at`),
      walkSeen: whole(Prisma.sql`q.walk_seen`),
      scanError: text(Prisma.sql`q.scan_error`),
      scanErrorAt: time(Prisma.sql`q.scan_error_at`),
      scannedAt: time(Prisma.sql`q.scanned_at`),
      // First seen in the 24 hours up to `hour`; null: none is folded.
      arrivals: text(Prisma.sql`a.hours::text`),
      hour: time(Prisma.sql`k.hour`),
      // What is not folded yet: [hour in ms, messages].
      arriving: text(Prisma.sql`arriving.hours::text`),
    },
    Prisma.sql`queue q JOIN namespace n ON n.id = q.namespace_id CROSS JOIN rollup_clock k
      LEFT JOIN queue_arrivals a ON a.queue_id = q.id LEFT JOIN arriving ON arriving.queue_id = q.id
    WHERE ${scope.kind === "queue" ? Prisma.sql`q.id = ${scope.queueId}` : Prisma.sql`n.configured`}`,
    Prisma.sql`
    WITH arriving AS (
      SELECT queue_id, jsonb_agg(jsonb_build_array(extract(epoch FROM seen_hour) * 1000, seen)) AS hours FROM (
        SELECT c.queue_id, p.seen_hour, sum(p.seen) AS seen FROM cause_delta p JOIN cause c ON c.id = p.cause_id GROUP BY c.queue_id, p.seen_hour
      ) x GROUP BY queue_id
    )`,
  );
}

/**
 * The oldest message of each queue that is indexed, a returned copy counting from its root: two looks into an index a queue,
 * whatever lies behind them.
 */
async function readOldestRoots(db: Database, scope: QueueScope): Promise<Map<number, number | null>> {
  const rows = await readColumns(
    db,
    { id: whole(Prisma.sql`q.id`), root: time(Prisma.sql`least(oldest.enqueued_at, returned.root_enqueued_at)`) },
    Prisma.sql`queue q JOIN namespace n ON n.id = q.namespace_id
      LEFT JOIN LATERAL (
        SELECT d.enqueued_at FROM dead_letter d WHERE d.queue_id = q.id AND d.left_at IS NULL ORDER BY d.enqueued_at LIMIT 1
      ) oldest ON true
      LEFT JOIN LATERAL (
        SELECT d.root_enqueued_at FROM dead_letter d
        WHERE d.queue_id = q.id AND d.left_at IS NULL AND d.returned_from IS NOT NULL ORDER BY d.root_enqueued_at LIMIT 1
      ) returned ON true
    WHERE ${scope.kind === "queue" ? Prisma.sql`q.id = ${scope.queueId}` : Prisma.sql`n.configured`}`,
  );
  return new Map(rows.id.map((id, n) => [id as number, rows.root[n] ?? null]));
}

/** First seen per hour over the last 24 hours of the clock with the one under way, oldest first. */
function arrivalsOf(rows: QueueRows, n: number, at: Date): number[] {
  // Another hour may have begun since the rollups were folded.
  const foldedHour = rows.hour[n] as number;
  const newest = Math.max(hourOf(at), foldedHour);
  const folded = rows.arrivals[n];
  const arriving = rows.arriving[n];
  if (folded && !arriving && newest === foldedHour) return readNumbers(folded).map((seen) => seen ?? 0);
  const hours = new Array<number>(ARRIVAL_HOURS).fill(0);
  const add = (hour: number, seen: number) => {
    const index = ARRIVAL_HOURS - 1 - (newest - hour) / HOUR_MS;
    // What arrived while this was being read counts into the newest hour.
    if (index >= 0) hours[Math.min(index, ARRIVAL_HOURS - 1)] = (hours[Math.min(index, ARRIVAL_HOURS - 1)] ?? 0) + seen;
  };
  if (folded) {
    for (const [index, seen] of readNumbers(folded).entries())
      add(foldedHour - (ARRIVAL_HOURS - 1 - index) * HOUR_MS, seen ?? 0);
  }
  if (arriving) for (const [hour, seen] of JSON.parse(arriving) as [number, number][]) add(hour, seen);
  return hours;
}

function summarise(
  rows: QueueRows,
  n: number,
  {
    figures,
    oldestRoot,
    arrivals,
    runningReplays,
  }: Pick<QueueSummary, "arrivals" | "runningReplays"> & {
    figures: readonly ReasonFigures[];
    oldestRoot: number | null;
  },
): QueueSummary {
  const ages = noAges();
  let indexed = 0;
  let causes = 0;
  for (const figure of figures) {
    for (const id of AGE_BUCKET_IDS) ages[id] += figure.ages[id];
    indexed += figure.count;
    causes += figure.causes;
  }
  const peeked = rows.oldestEnqueuedAt[n] ?? null;
  const walking = (rows.walkStartedAt[n] ?? null) !== null;
  return {
    id: rows.id[n] as number,
    namespace: rows.namespace[n] as string,
    entityPath: rows.entityPath[n] as string,
    // The database's checks allow no others.
    entityKind: rows.entityKind[n] as QueueSummary["entityKind"],
    subQueue: rows.subQueue[n] as QueueSummary["subQueue"],
    originPath: rows.originPath[n] as string,
    vanishedAt: isoOf(rows.vanishedAt[n]),
    indexed,
    brokerCount: rows.count[n] ?? null,
    brokerCountAt: isoOf(rows.countReadAt[n]),
    brokerCountSource: rows.countSource[n] ?? null,
    oldestEnqueuedAt: isoOf(peeked),
    oldestReadAt: isoOf(rows.oldestReadAt[n]),
    // The peek may know an older one than has been indexed yet, a returned copy's root is older than its peek.
    oldestRootEnqueuedAt: isoOf(
      peeked === null || oldestRoot === null ? (peeked ?? oldestRoot) : Math.min(peeked, oldestRoot),
    ),
    ages,
    topReasons: figures.slice(0, TOP_REASONS).map((figure) => ({ reason: figure.reason, count: figure.count })),
    causes,
    scan: {
      scannedAt: isoOf(rows.scannedAt[n]),
      walkedAt: isoOf(rows.walkedAt[n]),
      walking,
      walkSeen: walking ? (rows.walkSeen[n] as number) : null,
      error: rows.scanError[n] ?? null,
      errorAt: isoOf(rows.scanErrorAt[n]),
    },
    arrivals,
    runningReplays,
  };
}

function readObject(json: string | null | undefined): Record<string, unknown> | null {
  return json ? (JSON.parse(json) as Record<string, unknown>) : null;
}

function isoOf(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : isoOfMs(ms);
}

export function iso(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}
