import * as z from "zod";
import { queueId, storableText } from "./common";

/** The chooser of a replay's target: entities of the namespace that the DLQ is in. */
export const targetsQuery = z.object({
  queue: queueId,
  q: storableText.trim().max(300).default(""),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const targetView = z.object({
  path: z.string(),
  kind: z.enum(["queue", "topic"]),
  /** Null in each: could not be read. */
  requiresSession: z.boolean().nullable(),
  duplicateDetection: z.object({ enabled: z.boolean(), windowSeconds: z.number() }).nullable(),
  maxMessageBytes: z.number().int().nullable(),
  disabled: z.boolean().nullable(),
  forwardTo: z.string().nullable(),
  /** Names; null: a queue, or could not be read. */
  subscriptions: z.array(z.string()).nullable(),
});
export type TargetView = z.infer<typeof targetView>;

export const targetPage = z.object({ items: z.array(targetView), total: z.number().int() });
