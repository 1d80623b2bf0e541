import * as z from "zod";
import { isoTime, storableText } from "./common";

export const stopReplays = z
  .object({
    /** Name of a namespace; null: all of them. */
    namespace: z.string().min(1).max(100).nullable(),
    reason: storableText.trim().min(3, "say in a few words why replays are stopped").max(2_000),
  })
  .strict();
export type StopReplays = z.infer<typeof stopReplays>;

export const liftStop = z
  .object({ reason: storableText.trim().min(3, "say in a few words why replays may go on").max(2_000) })
  .strict();
export type LiftStop = z.infer<typeof liftStop>;

export const standingStop = z.object({
  id: z.number().int(),
  /** Null: all namespaces. */
  namespace: z.string().nullable(),
  reason: z.string(),
  stoppedBy: z.string(),
  stoppedAt: isoTime,
  /** Replays that would send if it were lifted. */
  holds: z.number().int(),
});
export type StandingStop = z.infer<typeof standingStop>;

/** What every page shows, whatever it is about. */
export const attention = z.object({
  at: isoTime,
  stops: z.array(standingStop),
  /** Plans that wait for a second person. */
  awaitingApproval: z.number().int(),
});
export type Attention = z.infer<typeof attention>;
