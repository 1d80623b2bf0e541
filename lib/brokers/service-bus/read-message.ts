import type { DecodedEntry } from "../../amqp/decode-value";
import { HEADER_FIELD, PROPERTIES_FIELD, SECTION } from "../../amqp/sections";
import { BrokerError, type BrokerMessage, type ReplayStamp, type TypedProperty } from "../broker";
import { contentHash } from "./content-hash";
import {
  bodyKind,
  dataSections,
  entry,
  entryText,
  field,
  fieldText,
  type MessageParts,
  takeApart,
} from "./message-parts";
import { renderValue, valueToText } from "./value-text";
import { DEAD_LETTER_DESCRIPTION, DEAD_LETTER_REASON, STAMP_ATTEMPT, STAMP_ITEM, STAMP_ORIGINAL } from "./wire-names";

/**
 * The facts of a message as the broker delivered or peeked it. Throws `BrokerError` "invalid-message" when the bytes are
 * no AMQP message or carry no sequence number and enqueued time, which the broker writes on every message.
 */
export function readMessage(encoded: Uint8Array): BrokerMessage {
  const parts = takeApart(encoded);
  const position = sequenceNumber(parts);
  const { annotations, properties, applicationProperties } = parts;
  let typed: TypedProperty[] | null = null;
  return {
    key: position.toString(),
    position,
    encoded,
    contentHash: contentHash(parts),
    messageId: fieldText(properties, PROPERTIES_FIELD.messageId),
    enqueuedAt: enqueuedAt(parts),
    sessionId: fieldText(properties, PROPERTIES_FIELD.groupId),
    expiresAt: expiresAt(parts),
    // Here, too: no section that the getters read may turn out broken later.
    deliveryCount: deliveryCount(parts),
    // What only the index asks for is read when it does: a replay locks thousands a second.
    get reason() {
      return entryText(applicationProperties, DEAD_LETTER_REASON) ?? "";
    },
    get description() {
      return entryText(applicationProperties, DEAD_LETTER_DESCRIPTION);
    },
    get bodySize() {
      return bodySize(parts);
    },
    get contentType() {
      return fieldText(properties, PROPERTIES_FIELD.contentType);
    },
    get subject() {
      return fieldText(properties, PROPERTIES_FIELD.subject);
    },
    get correlationId() {
      return fieldText(properties, PROPERTIES_FIELD.correlationId);
    },
    get partitionKey() {
      return entryText(annotations, "x-opt-partition-key");
    },
    get deadLetterSource() {
      return entryText(annotations, "x-opt-deadletter-source");
    },
    get properties() {
      typed ??= typedEntries(applicationProperties);
      return typed;
    },
    get stamp() {
      return readStamp(applicationProperties);
    },
  };
}

/** Map entries as names with types; a key that is no text is shown with its type. */
export function typedEntries(entries: readonly DecodedEntry[]): TypedProperty[] {
  return entries.map(({ key, value }) => {
    const name = key.type === "string" || key.type === "symbol" ? key.value : renderValue(key);
    return { name, ...valueToText(value) };
  });
}

function sequenceNumber({ annotations }: MessageParts): bigint {
  const value = entry(annotations, "x-opt-sequence-number");
  if (value.type !== "long") throw new BrokerError("invalid-message", "A message came without a sequence number.");
  return value.value;
}

function enqueuedAt({ annotations }: MessageParts): Date {
  const value = entry(annotations, "x-opt-enqueued-time");
  if (value.type !== "timestamp") throw new BrokerError("invalid-message", "A message came without an enqueued time.");
  return new Date(Number(value.value));
}

function deliveryCount({ header }: MessageParts): number {
  const value = field(header, HEADER_FIELD.deliveryCount);
  return value.type === "uint" ? value.value : 0;
}

function expiresAt({ properties }: MessageParts): Date | null {
  const value = field(properties, PROPERTIES_FIELD.absoluteExpiryTime);
  if (value.type !== "timestamp") return null;
  const date = new Date(Number(value.value));
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Bytes of the data sections; of other bodies the bytes of their encoding. */
function bodySize(parts: MessageParts): number {
  if (bodyKind(parts) === "data") return dataSections(parts).reduce((sum, bytes) => sum + bytes.length, 0);
  return parts.sections
    .filter(({ code }) => code === SECTION.value || code === SECTION.sequence)
    .reduce((sum, section) => sum + section.end - section.bodyStart, 0);
}

function readStamp(entries: readonly DecodedEntry[]): ReplayStamp | null {
  const item = entry(entries, STAMP_ITEM);
  const attempt = entry(entries, STAMP_ATTEMPT);
  const original = entry(entries, STAMP_ORIGINAL);
  if (item.type !== "string" || attempt.type !== "int" || original.type !== "string") return null;
  return { itemId: item.value, attempt: attempt.value, originalKey: original.value };
}
