/** Names that Azure Service Bus and this console write on messages. */

/** Message annotations that the broker sets; a copy goes without them. */
export const BROKER_ANNOTATIONS: ReadonlySet<string> = new Set([
  "x-opt-sequence-number",
  "x-opt-enqueued-time",
  "x-opt-locked-until",
  "x-opt-enqueue-sequence-number",
  "x-opt-message-state",
  "x-opt-deadletter-source",
  "x-opt-scheduled-enqueue-time",
]);

/** Message annotations that a sender sets and that a copy has to keep: they choose the partition. */
export const PARTITION_ANNOTATIONS: ReadonlySet<string> = new Set(["x-opt-partition-key", "x-opt-via-partition-key"]);

/** Application properties that dead-lettering adds; a copy goes without them. */
export const DEAD_LETTER_REASON = "DeadLetterReason";
export const DEAD_LETTER_DESCRIPTION = "DeadLetterErrorDescription";

/** Application properties that this console stamps a copy with, so that it is known when it comes back dead. */
export const STAMP_ITEM = "dlq-console-item";
export const STAMP_ATTEMPT = "dlq-console-attempt";
export const STAMP_ORIGINAL = "dlq-console-original-sequence-number";

/** Names the one subscription that a copy is meant for; rules of the others leave it out by this. */
export const STAMP_ROUTE = "dlq-console-route";

/** Application properties that belong to the broker or to this console: nobody edits them, every copy drops them. */
export const RESERVED_PROPERTIES: ReadonlySet<string> = new Set([
  DEAD_LETTER_REASON,
  DEAD_LETTER_DESCRIPTION,
  STAMP_ITEM,
  STAMP_ATTEMPT,
  STAMP_ORIGINAL,
  STAMP_ROUTE,
]);
