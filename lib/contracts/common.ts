import * as z from "zod";

// In a browser zod would try whether it may make code from text, which the pages' policy forbids and reports.
if (typeof window !== "undefined") z.config({ jitless: true });

/** Ids and positions travel as decimal text: they pass 2^53. */
export const decimalId = z
  .string()
  // Aborts, since the next check can only read digits.
  .regex(/^[0-9]{1,19}$/, { error: "a decimal id", abort: true })
  .refine((text) => BigInt(text) <= 9_223_372_036_854_775_807n, "a decimal id");
/** Number of a DLQ, from a path or a query. */
export const queueId = z.coerce.number().int().positive().max(2_147_483_647);
/** Text that a person typed: the database keeps any character of it but NUL, and no half of a surrogate pair. */
export const storableText = z
  .string()
  .refine((text) => !text.includes("\0"), "holds a NUL character (U+0000), which cannot be kept as text: take it out")
  .refine((text) => !/\p{Surrogate}/u.test(text), "holds half a character, which cannot be kept as text: take it out");
export const isoTime = z.iso.datetime({ offset: true });

/** The body of every error answer. */
export const errorBody = z.object({
  error: z.object({
    /** Machine-readable, see lib/domain/app-error.ts. */
    code: z.string(),
    /** What happened, where, and what to do; safe to show. */
    message: z.string(),
    /** Field errors by path, for forms. */
    fields: z.record(z.string(), z.string()).optional(),
    /** Names the log line of this request. */
    requestId: z.string().optional(),
  }),
});
export type ErrorBody = z.infer<typeof errorBody>;

/** A page of a keyset-paged list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    /** Pass as ?cursor= for the next page; null at the end. */ nextCursor: z.string().nullable(),
  });
