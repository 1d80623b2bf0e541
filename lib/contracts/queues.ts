import * as z from "zod";
import { AGE_BUCKET_IDS, AGE_CLOCKS } from "@/lib/domain/age";
import { causeNotes, causeWork } from "./causes";
import { decimalId, isoTime } from "./common";

export const ageBucket = z.enum(AGE_BUCKET_IDS);
export const ageClock = z.enum(AGE_CLOCKS);
/** Query and URL state: what the ages of a page are counted from. */
export const agesQuery = z.object({ clock: ageClock.default("enqueued") });
/** Messages by age bucket; every bucket is present. */
export const ageCounts = z.record(ageBucket, z.number().int());

/** One DLQ as a row of the overview. Unknown figures are null, never 0. */
export const queueSummary = z.object({
  id: z.number().int(),
  namespace: z.string(),
  entityPath: z.string(),
  entityKind: z.enum(["queue", "subscription"]),
  subQueue: z.enum(["dead-letter", "transfer-dead-letter", "forwarded"]),
  originPath: z.string(),
  vanishedAt: isoTime.nullable(),
  /** Dead letters in the index (read and still there as far as known). */
  indexed: z.number().int(),
  /** What the broker counts; may lag. */
  brokerCount: z.number().int().nullable(),
  brokerCountAt: isoTime.nullable(),
  /** Where the broker's count is from, in words; null while it is unknown. */
  brokerCountSource: z.string().nullable(),
  /** Enqueued time of the oldest, by a peek of one; null with oldestReadAt: empty. */
  oldestEnqueuedAt: isoTime.nullable(),
  oldestReadAt: isoTime.nullable(),
  /** Counting a returned copy from its root: what alerts use. */
  oldestRootEnqueuedAt: isoTime.nullable(),
  ages: ageCounts,
  /** First seen per hour of the clock (UTC), the last 24 with the one under way, oldest first: the sparkline. */
  arrivals: z.array(z.number().int()),
  topReasons: z.array(z.object({ reason: z.string(), count: z.number().int() })),
  causes: z.number().int(),
  scan: z.object({
    scannedAt: isoTime.nullable(),
    /** Start of the newest completed walk: complete as of then. */
    walkedAt: isoTime.nullable(),
    walking: z.boolean(),
    /** Messages that the walk under way has read so far; null: none is under way. */
    walkSeen: z.number().int().nullable(),
    error: z.string().nullable(),
    errorAt: isoTime.nullable(),
  }),
  runningReplays: z.array(
    z.object({ id: z.uuid(), state: z.string(), done: z.number().int(), total: z.number().int() }),
  ),
});
export type QueueSummary = z.infer<typeof queueSummary>;

export const heatmapCell = z.object({ reason: z.string(), age: ageBucket, count: z.number().int() });
export type HeatmapCell = z.infer<typeof heatmapCell>;

export const overview = z.object({
  /** The database's time of these figures: ages are counted from it. */
  at: isoTime,
  /** What its ages are counted from, in the queues and the heatmap. */
  agesBy: ageClock,
  queues: z.array(queueSummary),
  heatmap: z.array(heatmapCell),
  namespaces: z.array(
    z.object({ name: z.string(), broker: z.string(), listedAt: isoTime.nullable(), listError: z.string().nullable() }),
  ),
  /** Workers whose lease is running; none: figures are ageing and nothing replays. */
  liveWorkers: z.number().int(),
});
export type Overview = z.infer<typeof overview>;

/** A cause in figures; those of causes merged into it among them. */
export const causeFigures = z.object({
  id: decimalId,
  queueId: z.number().int(),
  reason: z.string(),
  /** Reasons of messages that are shown as this cause's, beside its own. */
  otherReasons: z.array(z.string()),
  signature: z.string(),
  example: z.string().nullable(),
  count: z.number().int(),
  ages: ageCounts,
  oldestEnqueuedAt: isoTime.nullable(),
  newestEnqueuedAt: isoTime.nullable(),
  firstSeenAt: isoTime,
  lastSeenAt: isoTime,
  /** Enqueued per hour of the clock (UTC), the last 48 with the one under way, of what is there, oldest first. */
  trend: z.array(z.number().int()),
  /** Messages of it that came back from a replay. */
  returned: z.number().int(),
});
export type CauseFigures = z.infer<typeof causeFigures>;

/** A cause in figures and what people said of it. */
export const causeSummary = causeFigures.extend({ work: causeWork });
export type CauseSummary = z.infer<typeof causeSummary>;

/** Dead letters per hour of the clock (UTC) on both clocks, up to the hour under way. */
export const timeline = z.object({
  /** Start of the first hour. */
  from: isoTime,
  /** By the time when they were enqueued: of those that are there. */
  enqueued: z.array(z.number().int()),
  /** By the time when this console first saw them in the dead-letter queue: of all that it has kept. */
  firstSeen: z.array(z.number().int()),
});
export type Timeline = z.infer<typeof timeline>;

export const queueDetail = z.object({
  at: isoTime,
  /** What its ages are counted from: of the queue, its causes and the heatmap. */
  agesBy: ageClock,
  queue: queueSummary,
  settings: z.record(z.string(), z.unknown()).nullable(),
  settingsReadAt: isoTime.nullable(),
  causes: z.array(causeSummary),
  heatmap: z.array(heatmapCell),
  timeline,
});
export type QueueDetail = z.infer<typeof queueDetail>;

export const causeDetail = z.object({
  at: isoTime,
  queue: queueSummary,
  cause: causeSummary,
  notes: causeNotes,
  timeline,
});
export type CauseDetail = z.infer<typeof causeDetail>;
