/** Why a planned message is not sent (R10): codes for the ledger, words for the person. */

export const REFUSAL_CODES = [
  "in-replay",
  "expired",
  "too-large",
  "no-session",
  "id-in-window",
  "same-id",
  "no-subscription",
  "session-stopped",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** The words of each refusal, as the ledger keeps them. "in-replay" is followed by the replay's id. */
export const REFUSAL_TEXTS: Readonly<Record<RefusalCode, string>> = {
  "in-replay": "already in replay",
  expired: "its absolute expiry time is over: the copy would die on arrival",
  "too-large": "the copy would be larger than the target takes",
  "no-session": "it has no SessionId, and the target requires one",
  "id-in-window":
    "its MessageId may still be inside the target's duplicate-detection window: the copy would be dropped silently",
  "same-id": "another message of this replay has the same MessageId: the target would drop one of them silently",
  "no-subscription": "no subscription of the topic receives it: the copy would disappear",
  "session-stopped": "an earlier message of its session cannot be sent: the order of the session would be lost",
};

/** Bytes that the stamps of a copy may add. */
export const STAMP_BYTES = 400;

/** Standard tier's limit: the worst when the setting cannot be read. */
export const SMALLEST_LIMIT_BYTES = 262_144;
