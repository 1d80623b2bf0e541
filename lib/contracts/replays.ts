import * as z from "zod";
import { ITEM_STATES, OUTCOMES, REPLAY_STATES } from "@/lib/domain/replay-states";
import { decimalId, isoTime, pageOf, queueId, storableText } from "./common";
import { deadLetterFilter } from "./dead-letters";

/** What to replay: resolved once, at planning, into an explicit frozen set (R9). */
export const replaySelection = z.discriminatedUnion("kind", [
  z
    .object({
      kind: z.literal("dead-letters"),
      queue: z.number().int().positive(),
      ids: z.array(decimalId).min(1).max(10_000),
    })
    .strict(),
  z
    .object({
      kind: z.literal("filter"),
      filter: deadLetterFilter.strict(),
      /** Only the first so many, oldest first: "replay five, look". */ first: z.number().int().min(1).optional(),
    })
    .strict(),
]);
export type ReplaySelection = z.infer<typeof replaySelection>;

export const MAX_RATE = 1000;
export const planReplay = z
  .object({
    selection: replaySelection,
    /** Null: the origin. */
    targetPath: storableText.min(1).max(300).nullable().default(null),
    rate: z.number().positive().max(MAX_RATE),
    burst: z.number().int().min(1).max(MAX_RATE).default(1),
    /** "auto" lets the plan choose from the target's duplicate detection and explain. */
    messageIdPolicy: z.enum(["auto", "preserve", "new"]).default("auto"),
    doubtPolicy: z.enum(["hold", "send-again"]).default("hold"),
  })
  .strict();
export type PlanReplay = z.infer<typeof planReplay>;

/** What the preflight found: shown on the plan page, kept with the replay. */
export const preflight = z.object({
  target: z.string(),
  /** Copies that will be sent. */
  willSend: z.number().int(),
  refusals: z.array(z.object({ code: z.string(), reason: z.string(), count: z.number().int() })),
  warnings: z.array(z.object({ code: z.string(), text: z.string() })),
  messageIdPolicy: z.enum(["preserve", "new"]),
  messageIdWhy: z.string(),
  /** Topic targets: every subscription that gets a copy; null for a queue or when they cannot be read. */
  subscriptions: z
    .array(z.object({ name: z.string(), receives: z.enum(["yes", "no", "unknown"]), rules: z.string() }))
    .nullable(),
  edited: z.number().int(),
  oldestEnqueuedAt: isoTime.nullable(),
  newestEnqueuedAt: isoTime.nullable(),
  totalBytes: z.number().int(),
  expectedSeconds: z.number(),
  causes: z.array(z.object({ reason: z.string(), signature: z.string(), count: z.number().int() })),
});
export type Preflight = z.infer<typeof preflight>;

export const startReplay = z
  .object({
    planHash: z.string().length(64),
    reason: storableText.trim().min(3, "say in a few words why these messages are replayed").max(2_000),
    ticket: storableText.trim().max(200).nullable().default(null),
  })
  .strict();
export type StartReplay = z.infer<typeof startReplay>;

/** A person's word on uncertain items, on the evidence that they have (R5). */
export const JUDGEMENTS = ["arrived", "send-again", "leave"] as const;
export const judgeItems = z
  .object({
    items: z.array(z.uuid()).min(1).max(1_000),
    judgement: z.enum(JUDGEMENTS),
    reason: storableText.trim().min(3, "say in a few words how you know").max(2_000),
  })
  .strict();
export type JudgeItems = z.infer<typeof judgeItems>;

export const changeRate = z.object({ rate: z.number().positive().max(MAX_RATE) }).strict();

export const itemCounts = z.record(z.enum(ITEM_STATES), z.number().int());
export const outcomeCounts = z.record(z.enum(OUTCOMES), z.number().int());

export const replaySummary = z.object({
  id: z.uuid(),
  state: z.enum(REPLAY_STATES),
  queue: z.object({ id: z.number().int(), namespace: z.string(), entityPath: z.string(), subQueue: z.string() }),
  targetPath: z.string(),
  reason: z.string().nullable(),
  ticket: z.string().nullable(),
  pauseReason: z.string().nullable(),
  /** What holds a running replay up, in words: "the broker is busy, trying again"; null: nothing. */
  notice: z.string().nullable(),
  rate: z.number(),
  burst: z.number().int(),
  total: z.number().int(),
  items: itemCounts,
  outcomes: outcomeCounts,
  createdBy: z.string(),
  createdAt: isoTime,
  startedBy: z.string().nullable(),
  startedAt: isoTime.nullable(),
  finishedAt: isoTime.nullable(),
});
export type ReplaySummary = z.infer<typeof replaySummary>;

export const replayDetail = z.object({
  at: isoTime,
  replay: replaySummary,
  selection: replaySelection,
  planHash: z.string(),
  preflight,
  messageIdPolicy: z.enum(["preserve", "new"]),
  doubtPolicy: z.enum(["hold", "send-again"]),
  /** Sent in each of the last 300 seconds that had any: for the plot of the real rate. */
  sends: z.array(z.object({ second: isoTime, sent: z.number().int() })),
  /** Copies a second over the last ten seconds; null when nothing was sent in them. */
  actualRate: z.number().nullable(),
  /** Seconds to the end at the actual rate; null when it cannot be said. */
  etaSeconds: z.number().nullable(),
  liveWorkers: z.number().int(),
  /** Dead letters of the same filter that arrived after the plan: counted beside it, never swept along. */
  newArrivals: z.number().int().nullable(),
});
export type ReplayDetail = z.infer<typeof replayDetail>;

export const replayItem = z.object({
  id: z.uuid(),
  ordinal: z.number().int(),
  deadLetterId: decimalId,
  key: z.string(),
  messageId: z.string().nullable(),
  sentMessageId: z.string().nullable(),
  state: z.enum(ITEM_STATES),
  attempt: z.number().int(),
  edited: z.boolean(),
  error: z.string().nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  /** When its send was begun; the copy may have arrived from then on. */
  intentAt: isoTime.nullable(),
  sentAt: isoTime.nullable(),
  settledAt: isoTime.nullable(),
  returnedAt: isoTime.nullable(),
  returnedAs: decimalId.nullable(),
});
export type ReplayItemRow = z.infer<typeof replayItem>;

export const replayItemsQuery = z.object({
  state: z.enum(ITEM_STATES).optional(),
  outcome: z.enum(OUTCOMES).optional(),
  /** The ordinal that the page before ended with. */
  cursor: z
    .string()
    .regex(/^[0-9]{1,9}$/, "not a cursor of this list")
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
export const replayItemPage = pageOf(replayItem);

function isReplayCursor(text: string): boolean {
  const [at, id] = text.split("_");
  return z.tuple([z.iso.datetime(), z.uuid()]).safeParse([at, id]).success;
}

export const replaysQuery = z.object({
  state: z.enum(REPLAY_STATES).optional(),
  queue: queueId.optional(),
  /** Creation time and id of the replay that the page before ended with. */
  cursor: z.string().refine(isReplayCursor, "not a cursor of this list").optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
/** `at`: the database's time, which ages are counted from. */
export const replayPage = pageOf(replaySummary).extend({ at: isoTime });
export type ReplayPage = z.infer<typeof replayPage>;
