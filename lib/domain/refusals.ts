/** Why a planned message is not sent (R10): codes for the ledger, words for the person. */

export const REFUSAL_CODES = [
  "in-replay",
  "expired",
  "too-large",
  "header-too-large",
  "no-session",
  "id-in-window",
  "same-id",
  "no-subscription",
  "reach-unknown",
  "route-misses",
  "route-leaks",
  "no-copy",
  "out-of-reach",
  "session-stopped",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** The words of each refusal, as the ledger keeps them. "in-replay" is followed by the replay's id. */
export const REFUSAL_TEXTS: Readonly<Record<RefusalCode, string>> = {
  "in-replay": "already in replay",
  expired: "its absolute expiry time is over: the copy would die on arrival",
  "too-large": "the copy would be larger than the target takes",
  "header-too-large":
    "headers and properties of the copy would be over the 64 KB that the broker allows: it would die on arrival",
  "no-session": "it has no SessionId, and the target requires one",
  "id-in-window":
    "its MessageId may still be inside the target's duplicate-detection window: the copy would be dropped silently",
  "same-id": "another message of this replay has the same MessageId: the target would drop one of them silently",
  "no-subscription": "no subscription of the topic receives it: the copy would disappear",
  "reach-unknown":
    "whether any subscription of the topic receives it cannot be told, since rules could not be read: the copy might disappear",
  "route-misses": "the subscription that it is meant for does not receive it",
  "route-leaks":
    "other subscriptions than the one that it is meant for would receive it: their rules do not leave it out",
  "no-copy": "no copy can be made of it with its edit",
  "out-of-reach":
    "too many messages that stay stand before it: locking through them takes longer than their locks last, so it is never come to",
  "session-stopped": "an earlier message of its session cannot be sent: the order of the session would be lost",
};

/** Bytes that the stamps of a copy may add. */
export const STAMP_BYTES = 400;

/** Standard tier's limit: the worst when the setting cannot be read. */
export const SMALLEST_LIMIT_BYTES = 262_144;

/** Everything before the body together, in every tier; beyond it the broker dead-letters a message with HeaderSizeExceeded. */
export const HEADER_LIMIT_BYTES = 65_536;
