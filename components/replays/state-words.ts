import type { Tone } from "@/components/ui/badge";
import type { IconName } from "@/components/ui/icon";
import {
  ITEM_STATES,
  type ItemState,
  OUTCOMES,
  type Outcome,
  REPLAY_STATES,
  type ReplayState,
} from "@/lib/domain/replay-states";

export interface StateLook {
  readonly word: string;
  readonly tone: Tone;
  readonly icon: IconName;
  /** What the state means, for who hovers or asks. */
  readonly means: string;
}

const REPLAY_LOOKS: Record<ReplayState, StateLook> = {
  planned: {
    word: "planned",
    tone: "neutral",
    icon: "clock",
    means: "Nothing has been sent. The plan waits to be started.",
  },
  "awaiting-approval": {
    word: "awaiting approval",
    tone: "warn",
    icon: "lock",
    means: "Nothing has been sent. A second person has to approve the plan first.",
  },
  approved: {
    word: "approved",
    tone: "neutral",
    icon: "check",
    means: "Nothing has been sent. A second person has approved the plan; it waits to be started.",
  },
  scheduled: {
    word: "scheduled",
    tone: "accent",
    icon: "clock",
    means: "Nothing has been sent. It begins by itself at its time.",
  },
  running: { word: "running", tone: "accent", icon: "play", means: "Copies are being sent at the limited rate." },
  paused: { word: "paused", tone: "warn", icon: "pause", means: "Nothing more is sent until it is resumed." },
  completed: {
    word: "completed",
    // No green: that a consumer took the copies is not known (R12).
    tone: "neutral",
    icon: "check",
    means: "Every message has come to its end. Whether a consumer took the copies is another matter.",
  },
  cancelled: { word: "cancelled", tone: "neutral", icon: "stop", means: "Ended by a person before all was sent." },
  declined: {
    word: "declined",
    tone: "neutral",
    icon: "close",
    means: "A second person declined the plan; its messages are free again.",
  },
  expired: {
    word: "expired",
    tone: "neutral",
    icon: "clock",
    means: "The plan was not started in time; its messages are free again.",
  },
};

const ITEM_LOOKS: Record<ItemState, StateLook> = {
  planned: { word: "waiting", tone: "neutral", icon: "clock", means: "In the plan, not touched yet." },
  claimed: {
    word: "locked",
    tone: "accent",
    icon: "lock",
    means: "A worker holds the broker's lock on the original; nothing has been sent.",
  },
  sending: {
    word: "sending",
    tone: "accent",
    icon: "replay",
    means: "The intent is recorded; the copy is on its way.",
  },
  sent: {
    word: "sent",
    tone: "accent",
    icon: "replay",
    means: "The broker took the copy; the original is still to be removed from the dead-letter queue.",
  },
  uncertain: {
    word: "uncertain",
    tone: "bad",
    icon: "unknown",
    means: "Whether the copy arrived is not known. It is not sent again before that is settled.",
  },
  settled: {
    word: "replayed",
    tone: "accent",
    icon: "check",
    means: "The copy was sent and the original is gone from the dead-letter queue.",
  },
  refused: {
    word: "refused",
    tone: "warn",
    icon: "stop",
    means: "Not sent: the broker would have lost or rejected it.",
  },
  gone: { word: "gone", tone: "neutral", icon: "close", means: "Not sent: somebody else removed the original." },
  changed: {
    word: "changed",
    tone: "warn",
    icon: "alert",
    means: "Not sent: what stands there now is another message.",
  },
  cancelled: { word: "cancelled", tone: "neutral", icon: "stop", means: "Not sent: the replay ended before its turn." },
  failed: {
    word: "failed",
    tone: "bad",
    icon: "alert",
    means: "Ended: an error that does not pass, or left by a person.",
  },
};

const OUTCOME_LOOKS: Record<Outcome, StateLook> = {
  unknown: {
    word: "outcome unknown",
    tone: "neutral",
    icon: "unknown",
    means: "Sent, and not seen in a dead-letter queue since. That is not yet a success.",
  },
  returned: {
    word: "came back",
    tone: "warn",
    icon: "returned",
    means: "The copy died too and is in a dead-letter queue again.",
  },
  confirmed: { word: "confirmed", tone: "ok", icon: "check", means: "The consumer said that it has done its work." },
};

const unnamed = (word: string): StateLook => ({ word, tone: "neutral", icon: "unknown", means: "" });

/** The wire keeps states as text in places; a word that is not known is shown as it came. */
export function replayLook(state: string): StateLook {
  const known = REPLAY_STATES.find((name) => name === state);
  return known ? REPLAY_LOOKS[known] : unnamed(state);
}

/** States of a discard's items that mean another thing than those of a copy. */
const DISCARD_LOOKS: Partial<Record<ItemState, StateLook>> = {
  sent: {
    word: "archived",
    tone: "accent",
    icon: "check",
    means: "Its bytes are kept; the original is still to be removed from the dead-letter queue.",
  },
  settled: {
    word: "discarded",
    tone: "accent",
    icon: "check",
    means: "Its bytes are kept and the original is gone from the dead-letter queue.",
  },
};

export function itemLook(state: string, kind: "replay" | "discard" | "restore" = "replay"): StateLook {
  const known = ITEM_STATES.find((name) => name === state);
  const discarded = known && kind === "discard" ? DISCARD_LOOKS[known] : undefined;
  if (discarded !== undefined) return discarded;
  return known ? ITEM_LOOKS[known] : unnamed(state);
}

export function outcomeLook(outcome: string): StateLook {
  const known = OUTCOMES.find((name) => name === outcome);
  return known ? OUTCOME_LOOKS[known] : unnamed(outcome);
}
