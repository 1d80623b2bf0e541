import * as z from "zod";
import { DEAD_LETTER_SORTS } from "@/lib/contracts/dead-letters";
import { ageBucket } from "@/lib/contracts/queues";
import { MAX_FILTER_LENGTH } from "@/lib/domain/filter/parse-filter";

/** URL state of a message list; the page adds its queue and cause. */
export const messagesState = z.object({
  /** A filter in its language; kept as it is written, so that an unreadable one can say what is wrong. */
  q: z.string().max(MAX_FILTER_LENGTH).optional(),
  reason: z.string().max(1024).optional(),
  age: ageBucket.optional(),
  returned: z.enum(["yes", "no"]).optional(),
  sort: z.enum(DEAD_LETTER_SORTS).default("oldest"),
});
export type MessagesState = z.output<typeof messagesState>;

/** URL state of the page of one message. */
export const messageState = z.object({ mode: z.enum(["read", "edit"]).default("read") });
