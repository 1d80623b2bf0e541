import * as z from "zod";
import { readPath } from "@/lib/domain/filter/json-path";
import { decimalId, isoTime, queueId, storableText } from "./common";
import { deadLetterFilter, propertyChange } from "./dead-letters";

/** Messages that one change is made of at most. */
export const MAX_GROUP_EDIT = 20_000;

const jsonPath = storableText
  .trim()
  .min(1)
  .max(500)
  .superRefine((text, issues) => {
    const read = readPath(text);
    if ("error" in read)
      issues.addIssue({ code: "custom", message: `At character ${read.at + 1} of the path: ${read.error}.` });
  });

/** What is changed in the JSON body of each message. `set`: a JSON text; its digits are kept. */
export const bodyChange = z.union([
  z.object({ path: jsonPath, set: storableText.min(1).max(65_536) }).strict(),
  z.object({ path: jsonPath, remove: z.literal(true) }).strict(),
]);
export type BodyChange = z.infer<typeof bodyChange>;

export const groupChange = z
  .object({ body: z.array(bodyChange).max(20), properties: z.array(propertyChange).max(20) })
  .strict()
  .refine(({ body, properties }) => body.length + properties.length > 0, "say what is to be changed");
export type GroupChange = z.infer<typeof groupChange>;

export const groupEditSelection = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("dead-letters"), queue: queueId, ids: z.array(decimalId).min(1).max(10_000) }).strict(),
  z.object({ kind: z.literal("filter"), filter: deadLetterFilter.strict() }).strict(),
]);
export type GroupEditSelection = z.infer<typeof groupEditSelection>;

/** POST: freezes the messages and tries the change on each, without saving anything. */
export const newGroupEdit = z.object({ selection: groupEditSelection, change: groupChange }).strict();
export type NewGroupEdit = z.infer<typeof newGroupEdit>;

/** POST to one that was tried: save the corrections. */
export const saveGroupEdit = z
  .object({ reason: storableText.trim().min(3, "why it is changed, in a few words").max(500) })
  .strict();
export type SaveGroupEdit = z.infer<typeof saveGroupEdit>;

export const GROUP_EDIT_STATES = ["trying", "tried", "saving", "saved", "cancelled"] as const;
export type GroupEditState = (typeof GROUP_EDIT_STATES)[number];

export const groupEditView = z.object({
  at: isoTime,
  id: z.uuid(),
  state: z.enum(GROUP_EDIT_STATES),
  queue: z.object({ id: z.number().int(), entityPath: z.string() }),
  change: groupChange,
  total: z.number().int(),
  /** Tried so far; and of these, what the change would make of them. */
  tried: z.number().int(),
  changes: z.number().int(),
  same: z.number().int(),
  /** Why the change cannot be made of some, most first. */
  refusals: z.array(z.object({ why: z.string(), count: z.number().int() })),
  /** Corrections that are saved; and those that were not, because something came in between, with why. */
  saved: z.number().int(),
  passedOver: z.array(z.object({ why: z.string(), count: z.number().int() })),
  /** How many the worker failed at alone, and left out; and the first of them. */
  failed: z.object({
    count: z.number().int(),
    first: z.array(z.object({ deadLetterId: decimalId, key: z.string() })),
  }),
  reason: z.string().nullable(),
  /** The worker fails at it, so often in a row; it goes on trying. */
  fault: z.object({ words: z.string(), times: z.number().int() }).nullable(),
  createdAt: isoTime,
  createdBy: z.string(),
});
export type GroupEditView = z.infer<typeof groupEditView>;

/** A message before and after, for the eye. */
export const groupEditSamples = z.object({
  samples: z.array(
    z.object({
      deadLetterId: decimalId,
      key: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
    }),
  ),
});
export type GroupEditSamples = z.infer<typeof groupEditSamples>;

export const groupEditParams = z.object({ id: z.uuid() });
