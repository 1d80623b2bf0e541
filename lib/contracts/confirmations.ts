import * as z from "zod";
import { isoTime, storableText } from "./common";

/** What a consumer sends: the values of the property "dlq-console-item" of the copies that it has handled. */
export const confirmItems = z.object({ items: z.array(z.uuid()).min(1).max(1_000) }).strict();

export const confirmed = z.object({
  /** Confirmed by this call. */
  confirmed: z.number().int(),
  /** Confirmed before: nothing was changed. */
  already: z.number().int(),
  /** No copy of this namespace was sent under these. */
  unknown: z.array(z.uuid()),
});
export type Confirmed = z.infer<typeof confirmed>;

export const makeConfirmToken = z
  .object({
    namespace: storableText.min(1).max(100),
    name: storableText.trim().min(2, "name the consumer that will hold it").max(100),
  })
  .strict();

export const confirmToken = z.object({
  id: z.uuid(),
  namespace: z.string(),
  name: z.string(),
  createdAt: isoTime,
  createdBy: z.string(),
  /** To the minute; null: never. */
  usedAt: isoTime.nullable(),
  revokedAt: isoTime.nullable(),
  revokedBy: z.string().nullable(),
});
export type ConfirmToken = z.infer<typeof confirmToken>;
export const confirmTokenList = z.object({
  at: isoTime,
  items: z.array(confirmToken),
  /** Configured namespaces, which tokens can be made for. */
  namespaces: z.array(z.string()),
});

/** Told once, when it is made. */
export const madeConfirmToken = z.object({ id: z.uuid(), token: z.string() });
