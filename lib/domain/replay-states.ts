/** States of a replay and of its items; see docs/replay-safety.md for what each promises. */

export const REPLAY_STATES = [
  "planned",
  "awaiting-approval",
  "approved",
  "scheduled",
  "running",
  "paused",
  "completed",
  "cancelled",
  "declined",
  "expired",
] as const;
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

/** While an item is in one of these it holds the live claim on its message (R4). The migration's partial indexes name the same. */
export const OPEN_ITEM_STATES = [
  "planned",
  "claimed",
  "sending",
  "sent",
  "uncertain",
] as const satisfies readonly ItemState[];

const CANCELLABLE: readonly ReplayState[] = [
  "planned",
  "awaiting-approval",
  "approved",
  "scheduled",
  "running",
  "paused",
];

/** Which acts a replay's state allows; anything else is a "state-changed" answer. */
export type ReplayAct = "submit" | "approve" | "decline" | "start" | "pause" | "resume" | "cancel" | "change-rate";

/** The state that an act leads to from `state`; null when the act is not possible there. */
export function afterAct(state: ReplayState, act: ReplayAct): ReplayState | null {
  switch (act) {
    case "submit":
      return state === "planned" ? "awaiting-approval" : null;
    case "approve":
      return state === "awaiting-approval" ? "approved" : null;
    case "decline":
      return state === "awaiting-approval" ? "declined" : null;
    case "start":
      return state === "planned" || state === "approved" ? "running" : null;
    case "pause":
      return state === "running" ? "paused" : null;
    case "resume":
      return state === "paused" ? "running" : null;
    case "cancel":
      return CANCELLABLE.includes(state) ? "cancelled" : null;
    case "change-rate":
      return state === "running" || state === "paused" ? state : null;
  }
}

const NEXT: Readonly<Record<ItemState, readonly ItemState[]>> = {
  planned: ["claimed", "refused", "gone", "changed", "cancelled", "uncertain"],
  claimed: ["planned", "sending", "refused", "failed", "cancelled", "uncertain"],
  sending: ["sent", "planned", "uncertain", "refused", "failed"],
  uncertain: ["sent", "planned", "failed"],
  sent: ["settled"],
  settled: [],
  refused: [],
  gone: [],
  changed: [],
  cancelled: [],
  failed: [],
};

/** True if an item may go from one state to the other. The ledger's statements name the state they start from. */
export function itemMayGo(from: ItemState, to: ItemState): boolean {
  return NEXT[from].includes(to);
}
