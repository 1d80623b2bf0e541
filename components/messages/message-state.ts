import * as z from "zod";
import { ageBucket } from "@/lib/contracts/queues";
import { DEAD_LETTER_SORTS } from "@/lib/contracts/dead-letters";

/** URL state of a message list; the page adds its queue and cause. */
export const messagesState = z.object({
  reason: z.string().max(1024).optional(),
  age: ageBucket.optional(),
  returned: z.enum(["yes", "no"]).optional(),
  sort: z.enum(DEAD_LETTER_SORTS).default("oldest"),
});
export type MessagesState = z.output<typeof messagesState>;
