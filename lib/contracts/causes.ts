import * as z from "zod";
import { CAUSE_KINDS } from "@/lib/domain/cause-kind";
import { RULE_FIELDS, RULE_OPERATORS } from "@/lib/domain/cause-rules";
import { CAUSE_STATES, SET_CAUSE_STATES } from "@/lib/domain/cause-states";
import { decimalId, isoTime, queueId, storableText } from "./common";

const person = z.object({ id: z.uuid(), name: z.string() });

/** What people said of a cause, and what follows from it. */
export const causeWork = z.object({
  title: z.string().nullable(),
  kind: z.enum(CAUSE_KINDS),
  /** "guessed" from reason and text, or "said" by a person. */
  kindSource: z.enum(["guessed", "said"]),
  state: z.enum(CAUSE_STATES),
  stateAt: isoTime.nullable(),
  snoozedUntil: isoTime.nullable(),
  /** Messages at which the snooze ends. */
  snoozedCount: z.number().int().nullable(),
  owner: person.nullable(),
  /** Who looks after its reason in every queue, and so after a cause without an owner of its own. */
  reasonOwner: person.nullable(),
  comments: z.number().int(),
  /** Causes that are shown as part of this one. */
  merged: z.number().int(),
  /** The rule that makes this cause; null: the fingerprint does. */
  ruleId: z.number().int().nullable(),
  version: z.number().int(),
});
export type CauseWork = z.infer<typeof causeWork>;

export const causeComment = z.object({ id: decimalId, author: z.string(), at: isoTime, text: z.string() });

export const causeRule = z.object({
  id: z.number().int(),
  /** Null: of every queue. */
  queueId: z.number().int().nullable(),
  /** It splits one cause; false: it is asked of every message. */
  splits: z.boolean(),
  field: z.enum(RULE_FIELDS),
  property: z.string().nullable(),
  operator: z.enum(RULE_OPERATORS),
  pattern: z.string(),
  title: z.string(),
  createdAt: isoTime,
  createdBy: z.string(),
});
export type CauseRuleWire = z.infer<typeof causeRule>;

/** Everything about one cause but its figures. */
export const causeNotes = z.object({
  runbook: z.string().nullable(),
  reasonRunbook: z.object({ runbook: z.string(), updatedAt: isoTime, updatedBy: z.string() }).nullable(),
  comments: z.array(causeComment),
  /** On its reason, in whatever queue. */
  reasonComments: z.array(causeComment),
  merged: z.array(z.object({ id: decimalId, reason: z.string(), signature: z.string() })),
  rule: causeRule.nullable(),
  /** Messages are being put to their causes again, for these reasons: counts are on the move. */
  regrouping: z.array(z.string()),
  /** Who may own it. */
  people: z.array(person),
});
export type CauseNotes = z.infer<typeof causeNotes>;

const title = storableText.trim().min(1, "a name, or none at all").max(200);
const runbook = storableText.trim().min(1, "a text or a link, or none at all").max(5_000);
const reason = storableText.trim().max(500);

/** PATCH of a cause; what is left out stays. */
export const changeCause = z
  .strictObject({
    /** Of the cause as it was shown. */
    version: z.number().int().min(0),
    title: title.nullable().optional(),
    kind: z.enum(CAUSE_KINDS).nullable().optional(),
    state: z.enum(SET_CAUSE_STATES).optional(),
    /** With state "snoozed": an end in time, in messages, or both. */
    snoozedUntil: isoTime.nullable().optional(),
    snoozedCount: z.number().int().min(1).max(2_147_483_647).nullable().optional(),
    ownerId: z.uuid().nullable().optional(),
    runbook: runbook.nullable().optional(),
    reason: reason.optional(),
  })
  .refine((change) => Object.keys(change).some((key) => key !== "version" && key !== "reason"), "nothing is changed")
  .refine(
    ({ state, snoozedUntil, snoozedCount }) => state !== "snoozed" || snoozedUntil != null || snoozedCount != null,
    { error: "a snooze needs an end: a time or a count of messages", path: ["snoozedUntil"] },
  )
  .refine(
    ({ state, snoozedUntil, snoozedCount }) => state === "snoozed" || (snoozedUntil == null && snoozedCount == null),
    { error: "only a snoozed cause has an end of its snooze", path: ["snoozedUntil"] },
  );
export type ChangeCause = z.infer<typeof changeCause>;

export const mergeCause = z.strictObject({ into: decimalId, reason: reason.optional() });
export type MergeCause = z.infer<typeof mergeCause>;

const comment = storableText.trim().min(1, "a text").max(5_000);

export const addComment = z.strictObject({ text: comment });
export type AddComment = z.infer<typeof addComment>;

/** The reason of causes in whatever queue; empty: that of messages without one. */
const causeReason = storableText.max(300);

export const setReasonRunbook = z.strictObject({ reason: causeReason, runbook: runbook.nullable() });
export type SetReasonRunbook = z.infer<typeof setReasonRunbook>;

export const setReasonOwner = z.strictObject({ reason: causeReason, ownerId: z.uuid().nullable() });
export type SetReasonOwner = z.infer<typeof setReasonOwner>;

export const addReasonComment = z.strictObject({ reason: causeReason, text: comment });
export type AddReasonComment = z.infer<typeof addReasonComment>;

/** A rule before it is made. */
export const newCauseRule = z
  .strictObject({
    /** Null: of every queue. */
    queue: queueId.nullable(),
    /** The cause that it splits; left out: it is asked of every message. */
    cause: decimalId.optional(),
    field: z.enum(RULE_FIELDS),
    property: storableText.min(1).max(500).optional(),
    operator: z.enum(RULE_OPERATORS),
    pattern: storableText.min(1, "what to look for").max(1_000),
    title,
  })
  .refine(({ field, property }) => (field === "property") === (property !== undefined), {
    error: "the name of a property, and only where the field is a property",
    path: ["property"],
  })
  .refine(({ cause, queue }) => cause === undefined || queue !== null, {
    error: "a rule that splits a cause is of that cause's queue",
    path: ["queue"],
  });
export type NewCauseRule = z.infer<typeof newCauseRule>;

export const rulePreview = z.object({
  /** Messages there are, and how many of them, the newest, were looked at. */
  messages: z.number().int(),
  lookedAt: z.number().int(),
  matched: z.number().int(),
  /** Where the matches are now, most first. */
  causes: z.array(z.object({ id: decimalId, reason: z.string(), signature: z.string(), matched: z.number().int() })),
  examples: z.array(z.object({ id: decimalId, text: z.string() })),
});
export type RulePreview = z.infer<typeof rulePreview>;

export const causeRulesQuery = z.object({ queue: queueId });
export const causeRuleParams = z.object({ id: queueId });
export const causeRules = z.object({ rules: z.array(causeRule), regrouping: z.array(z.string()) });
export type CauseRules = z.infer<typeof causeRules>;
