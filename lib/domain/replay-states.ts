/** States of a replay and of its items; see docs/replay-safety.md for what each promises. */

export const REPLAY_STATES = ["planned", "running", "paused", "completed", "cancelled", "expired"] as const;
export type ReplayState = (typeof REPLAY_STATES)[number];

export const ITEM_STATES = [
  "planned",
  "claimed",
  "sending",
  "sent",
  "uncertain",
  "settled",
  "refused",
  "gone",
  "changed",
  "cancelled",
  "failed",
] as const;
export type ItemState = (typeof ITEM_STATES)[number];

export const OUTCOMES = ["unknown", "returned", "confirmed"] as const;
export type Outcome = (typeof OUTCOMES)[number];
