import * as z from "zod";
import { DEAD_LETTER_SORTS } from "@/lib/contracts/dead-letters";
import { ageBucket } from "@/lib/contracts/queues";

/** URL state of a message list; the page adds its queue and cause. */
export const messagesState = z.object({
  reason: z.string().max(1024).optional(),
  age: ageBucket.optional(),
  returned: z.enum(["yes", "no"]).optional(),
  sort: z.enum(DEAD_LETTER_SORTS).default("oldest"),
});
export type MessagesState = z.output<typeof messagesState>;

/** URL state of the page of one message. */
export const messageState = z.object({ mode: z.enum(["read", "edit"]).default("read") });
