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
  /** What a discard has archived and nobody has restored: sent from the archive. */
  z
    .object({
      kind: z.literal("archive"),
      queue: z.number().int().positive(),
      discard: z.uuid(),
      /** Only these of its dead letters. */ ids: z.array(decimalId).min(1).max(10_000).optional(),
      /** Only the first so many, oldest first. */ first: z.number().int().min(1).optional(),
    })
    .strict(),
]);
export type ReplaySelection = z.infer<typeof replaySelection>;

export const MAX_RATE = 1000;
export const EXPIRY_POLICIES = ["keep", "renew", "none"] as const;
export const ramp = z
  .object({
    /** So many first; then a wait for what comes back of them. */
    canary: z
      .object({
        count: z.number().int().min(1).max(10_000),
        /** Null, and less than it takes to come back dead: as long as that takes. */
        waitSeconds: z.number().int().min(0).max(86_400).nullable().default(null),
      })
      .strict()
      .nullable()
      .default(null),
    steps: z
      .array(
        z.object({ rate: z.number().positive().max(MAX_RATE), seconds: z.number().int().min(1).max(86_400) }).strict(),
      )
      .max(10)
      .default([]),
  })
  .strict();
export const planReplay = z
  .object({
    selection: replaySelection,
    /** Null: the origin. */
    targetPath: storableText.min(1).max(300).nullable().default(null),
    rate: z.number().positive().max(MAX_RATE),
    /** The most that the rate may be changed to later; null: the rate itself where somebody approves it, else what the queue allows. */
    rateCeiling: z.number().positive().max(MAX_RATE).nullable().default(null),
    burst: z.number().int().min(1).max(MAX_RATE).default(1),
    /** "auto" lets the plan choose from the target's duplicate detection and explain. */
    messageIdPolicy: z.enum(["auto", "preserve", "new"]).default("auto"),
    /** Null: the queue's. */
    doubtPolicy: z.enum(["hold", "send-again"]).nullable().default(null),
    ramp: ramp.nullable().default(null),
    /** Nothing is sent before; null: from the start on. */
    startsAt: isoTime.nullable().default(null),
    /** Time to live and absolute expiry of the copies: as they are, begun anew, or none. */
    expiryPolicy: z.enum(EXPIRY_POLICIES).default("keep"),
    /** The target keeps the copies back until then; null: delivered at once. */
    deliverAt: isoTime.nullable().default(null),
    /** Of a topic: the one subscription that the copies are stamped for; null: all that match. */
    routeTo: storableText.min(1).max(300).nullable().default(null),
  })
  .strict();
export type PlanReplay = z.infer<typeof planReplay>;

/** Dead letters to archive and remove; nothing is sent. */
export const planDiscard = z
  .object({
    selection: replaySelection.refine(({ kind }) => kind !== "archive", "what is archived is discarded already"),
    /** Messages a second. */
    rate: z.number().positive().max(MAX_RATE),
  })
  .strict();
export type PlanDiscard = z.infer<typeof planDiscard>;

/** What the preflight found: shown on the plan page, kept with the replay. */
export const preflight = z.object({
  target: z.string(),
  /** Copies that will be sent. */
  willSend: z.number().int(),
  refusals: z.array(z.object({ code: z.string(), reason: z.string(), count: z.number().int() })),
  warnings: z.array(z.object({ code: z.string(), text: z.string() })),
  messageIdPolicy: z.enum(["preserve", "new"]),
  messageIdWhy: z.string(),
  targetKind: z.enum(["queue", "topic"]),
  /** Topic targets: what each subscription gets; null for a queue or when they cannot be read. */
  subscriptions: z
    .array(
      z.object({
        name: z.string(),
        /** Copies that it will get, and those of which it cannot be told. */
        copies: z.number().int(),
        unknown: z.number().int(),
        /** Of the copies refused for their route: those that it gets, or may get. */
        wouldGet: z.number().int(),
        /** Null: could not be read. `matches`: of all these, how many the rule is known to match; `unsure`: of how many it is not known. */
        rules: z
          .array(
            z.object({
              name: z.string(),
              filter: z.string(),
              matches: z.number().int().nullable(),
              unsure: z.number().int().optional(),
            }),
          )
          .nullable(),
      }),
    )
    .nullable(),
  /** A replay to one subscription: what to add to the rules of the others; null: to all that match. */
  route: z
    .object({
      to: z.string(),
      /** Rules of other subscriptions as they would have to be, for those that would receive a copy now. */
      rules: z.array(z.object({ subscription: z.string(), name: z.string(), filter: z.string() })),
    })
    .nullable(),
  expiry: z.object({
    policy: z.enum(EXPIRY_POLICIES),
    /** Copies with an absolute expiry time. */
    carrying: z.number().int(),
  }),
  deliverAt: isoTime.nullable(),
  /** False: returns cannot be seen, nor a copy be found in the target. */
  stamps: z.boolean(),
  /** False: nothing of what comes back dead is seen, for want of stamps or since no scan reads where it would. Earlier plans did not ask. */
  seesReturns: z.boolean().default(true),
  /** Sessions that its messages belong to. */
  sessions: z.number().int(),
  /** Messages of the session that has most of them, where those of one go one after the other; null: their order does not count. */
  longestSession: z.number().int().nullable(),
  /** Of the largest copy, at most; and what the target takes, null: could not be read. */
  largestBytes: z.number().int().nullable(),
  maxBytes: z.number().int().nullable(),
  /** What it costs of the namespace; null: it counts no credits. */
  credits: z.object({ total: z.number().int(), perSecond: z.number().int() }).nullable(),
  /** How deep the replay reaches, and how many messages that stay stand before its last one; null: none. */
  reach: z
    .object({
      messages: z.number().int(),
      passedBy: z.number().int(),
      rate: z.number(),
      lockSeconds: z.number(),
      by: z.enum(["measured", "assumed", "credits"]),
    })
    .nullable(),
  /** By which consumers know messages, with those beyond the first that carry one which another one carries too. */
  businessKeys: z.array(z.object({ where: z.string(), repeated: z.number().int(), without: z.number().int() })),
  edited: z.number().int(),
  oldestEnqueuedAt: isoTime.nullable(),
  newestEnqueuedAt: isoTime.nullable(),
  totalBytes: z.number().int(),
  /** Of sending, without quiet hours. */
  expectedSeconds: z.number(),
  causes: z.array(z.object({ reason: z.string(), signature: z.string(), count: z.number().int() })),
});
export type Preflight = z.infer<typeof preflight>;

const replayReason = storableText.trim().min(3, "say in a few words why these messages are replayed").max(2_000);
export const startReplay = z
  .object({
    planHash: z.string().length(64),
    /** Null for an approved plan: it was given with the question for approval, and approved with it. */
    reason: replayReason.nullable().default(null),
    ticket: storableText.trim().max(200).nullable().default(null),
  })
  .strict();
export type StartReplay = z.infer<typeof startReplay>;

/** Asks a second person for approval. */
export const submitReplay = startReplay.extend({ reason: replayReason });
export type SubmitReplay = z.infer<typeof submitReplay>;

export const approveReplay = z
  .object({
    /** Of the plan that was looked at: what is approved is exactly that. */
    planHash: z.string().length(64),
    reason: storableText.trim().max(2_000).nullable().default(null),
  })
  .strict();
export type ApproveReplay = z.infer<typeof approveReplay>;

export const declineReplay = z
  .object({ reason: storableText.trim().min(3, "say in a few words why it is declined").max(2_000) })
  .strict();
export type DeclineReplay = z.infer<typeof declineReplay>;

/** Lets a replay begin although its consumer does not say that it is well. */
export const goOnReplay = z
  .object({
    reason: storableText
      .trim()
      .min(3, "say in a few words why it goes on although its consumer is not well")
      .max(2_000),
  })
  .strict();
export type GoOnReplay = z.infer<typeof goOnReplay>;

export const changeRate = z.object({ rate: z.number().positive().max(MAX_RATE) }).strict();

export const itemCounts = z.record(z.enum(ITEM_STATES), z.number().int());
export const outcomeCounts = z.record(z.enum(OUTCOMES), z.number().int());

export const REPLAY_KINDS = ["replay", "discard", "restore"] as const;
export type ReplayKind = (typeof REPLAY_KINDS)[number];

export const replaySummary = z.object({
  id: z.uuid(),
  /** A discard archives and removes, a restore sends from the archive. */
  kind: z.enum(REPLAY_KINDS),
  /** Of a discard: archived messages that nobody has restored; null: it is none. */
  restorable: z.number().int().nullable(),
  state: z.enum(REPLAY_STATES),
  queue: z.object({
    id: z.number().int(),
    namespace: z.string(),
    entityPath: z.string(),
    subQueue: z.string(),
    originPath: z.string(),
  }),
  targetPath: z.string(),
  reason: z.string().nullable(),
  ticket: z.string().nullable(),
  pauseReason: z.string().nullable(),
  /** What holds a running replay up, in words: "the broker is busy, trying again"; null: nothing. */
  notice: z.string().nullable(),
  rate: z.number(),
  rateCeiling: z.number(),
  /** Copies a second that it may send now: its rate, lowered by its ramp and by quiet hours. */
  pace: z.number(),
  /** What keeps a running replay from sending, though it will go on by itself or when a stop is lifted. */
  hold: z
    .discriminatedUnion("kind", [
      z.object({ kind: z.literal("stopped"), reason: z.string(), by: z.string(), at: isoTime }),
      z.object({ kind: z.literal("quiet-hours"), until: isoTime }),
      /** Its consumer has not been found well since the start or resume; the notice says what was answered. */
      z.object({ kind: z.literal("consumer") }),
      /** `until` null: its messages are still being sent, or the dead-letter queue is still to be read. */
      z.object({ kind: z.literal("canary"), until: isoTime.nullable() }),
    ])
    .nullable(),
  burst: z.number().int(),
  total: z.number().int(),
  items: itemCounts,
  outcomes: outcomeCounts,
  /** Copies that died in some dead-letter queue: the returned ones, and of the confirmed ones those that another consumer let die. */
  cameBack: z.number().int(),
  approval: z.object({
    /** Why a second person must approve it, in words; empty: nobody need. */
    needed: z.array(z.string()),
    submittedBy: z.string().nullable(),
    submittedAt: isoTime.nullable(),
    approvedBy: z.string().nullable(),
    approvedAt: isoTime.nullable(),
    approvalReason: z.string().nullable(),
    declinedBy: z.string().nullable(),
    declinedAt: isoTime.nullable(),
    declineReason: z.string().nullable(),
  }),
  startsAt: isoTime.nullable(),
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
  /** Messages of one session go one after the other. */
  ordered: z.boolean(),
  /** With the wait that the plan made of it. */
  ramp: z
    .object({
      canary: z.object({ count: z.number().int(), waitSeconds: z.number().int() }).nullable(),
      steps: z.array(z.object({ rate: z.number(), seconds: z.number().int() })),
    })
    .nullable(),
  canary: z
    .object({
      count: z.number().int(),
      sent: z.number().int(),
      /** Not sent yet. */
      left: z.number().int(),
      returned: z.number().int(),
      /** End of the wait; null until the last of them is sent. */
      until: isoTime.nullable(),
      /** The dead-letter queues of its target have been read since the wait ended. */
      read: z.boolean(),
      /** What comes back of it can be seen; else it pauses when its wait is over. */
      seen: z.boolean(),
      passedAt: isoTime.nullable(),
    })
    .nullable(),
  /** The step of the ramp that a running replay is in; null: none, or the full rate. */
  step: z.object({ number: z.number().int(), of: z.number().int(), rate: z.number(), until: isoTime }).nullable(),
  /** When a plan that has not begun would begin and end, through quiet hours, by the policies and the clock of now; null: it has begun, or ended. */
  forecast: z
    .object({
      beginsAt: isoTime,
      /** Null: not within the 31 days that are looked at. */
      endsAt: isoTime.nullable(),
      /** What quiet hours do to it on the way, at most. */
      quiet: z.enum(["none", "slower", "stopped"]),
    })
    .nullable(),
  /** Persons who may not approve it: whoever planned, submitted or edited it. */
  involved: z.array(z.uuid()),
  /** Sent in each of the last 300 seconds that had any: for the plot of the real rate. */
  sends: z.array(z.object({ second: isoTime, sent: z.number().int() })),
  /** Copies a second over the last ten seconds; null when nothing was sent in them. */
  actualRate: z.number().nullable(),
  /** Seconds to the end at the actual rate; null when it cannot be said. */
  etaSeconds: z.number().nullable(),
  liveWorkers: z.number().int(),
  /** Dead letters of the same filter that arrived after the plan: counted beside it, never swept along. */
  newArrivals: z.number().int().nullable(),
  /** Dead-letter queues that its copies, or copies of those, came back in. */
  returnedIn: z.array(
    z.object({ queueId: z.number().int(), entityPath: z.string(), subQueue: z.string(), count: z.number().int() }),
  ),
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
  confirmedAt: isoTime.nullable(),
  /** What a look into the target showed of a copy in doubt; null: nobody has looked. */
  evidence: z.object({ at: isoTime, found: z.boolean(), words: z.string() }).nullable(),
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
