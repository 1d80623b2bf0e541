import * as z from "zod";
import { storableText } from "./common";

/** A person's word on uncertain items, on the evidence that they have (R5). */
export const JUDGEMENTS = ["arrived", "send-again", "leave"] as const;

export const judgeItems = z
  .object({
    items: z
      .array(
        z
          .object({
            id: z.uuid(),
            /** The one that the person saw: its copy is judged, and no later one. */
            attempt: z.int32().nonnegative(),
          })
          .strict(),
      )
      .min(1)
      .max(1_000)
      .refine((items) => new Set(items.map(({ id }) => id)).size === items.length, "an item is named twice"),
    judgement: z.enum(JUDGEMENTS),
    reason: storableText.trim().min(3, "say in a few words how you know").max(2_000),
  })
  .strict();
export type JudgeItems = z.infer<typeof judgeItems>;

export const judgedItems = z.object({
  judged: z.number().int(),
  /** Items that have had another attempt since the one that was named: nothing was changed of them. */
  overtaken: z.array(z.uuid()),
});
export type JudgedItems = z.infer<typeof judgedItems>;
