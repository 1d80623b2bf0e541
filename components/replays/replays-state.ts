import * as z from "zod";
import { queueId } from "@/lib/contracts/common";
import { ITEM_STATES, OUTCOMES, REPLAY_STATES } from "@/lib/domain/replay-states";

/** URL state of the list of replays. */
export const replaysState = z.object({ state: z.enum(REPLAY_STATES).optional(), queue: queueId.optional() });

/** URL state of the messages of one replay. */
export const itemsState = z.object({ state: z.enum(ITEM_STATES).optional(), outcome: z.enum(OUTCOMES).optional() });
