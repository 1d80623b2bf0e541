/**
 * Where the work on a cause stands. Stored is what a person last said; two things follow from the messages alone:
 * a snooze ends by its time or its count and the cause is new again, and a resolved cause that gets a message is regressed.
 */
export const SET_CAUSE_STATES = ["new", "acknowledged", "in-progress", "snoozed", "resolved"] as const;
/** What a person can say. */
export type SetCauseState = (typeof SET_CAUSE_STATES)[number];

export const CAUSE_STATES = [...SET_CAUSE_STATES, "regressed"] as const;
export type CauseState = (typeof CAUSE_STATES)[number];

export interface SaidState {
  readonly state: SetCauseState;
  /** When it was said; null: never, it is new since it was found. */
  readonly stateAt: Date | null;
  /** Null: the snooze has no end in time. */
  readonly snoozedUntil: Date | null;
  /** Null: the snooze has no end in messages. */
  readonly snoozedCount: number | null;
}

/**
 * The state as it is at `at`.
 *
 * @param messages what is in the DLQ of this cause now, and when its newest message was first seen
 */
export function causeStateAt(
  said: SaidState,
  messages: { readonly count: number; readonly lastSeenAt: Date },
  at: Date,
): CauseState {
  switch (said.state) {
    case "snoozed": {
      const isOver =
        (said.snoozedUntil !== null && said.snoozedUntil <= at) ||
        (said.snoozedCount !== null && messages.count >= said.snoozedCount);
      return isOver ? "new" : "snoozed";
    }
    case "resolved":
      return said.stateAt !== null && messages.lastSeenAt > said.stateAt ? "regressed" : "resolved";
    case "new":
    case "acknowledged":
    case "in-progress":
      return said.state;
    default:
      return said.state satisfies never;
  }
}
