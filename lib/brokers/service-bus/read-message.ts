import type { DecodedEntry } from "../../amqp/decode-value";
import { HEADER_FIELD, PROPERTIES_FIELD, SECTION } from "../../amqp/sections";
import { BrokerError, type BrokerMessage, type PeekedMessage, type ReplayStamp, type TypedProperty } from "../broker";
import { contentHash } from "./content-hash";
import {
  annotation,
  applicationProperty,
  bodyKind,
  dataBegin,
  headerField,
  type MessageParts,
  property,
  takeApart,
  textOf,
} from "./message-parts";
import { propertiesJson } from "./properties-json";
import { renderValue, valueToText } from "./value-text";
import { DEAD_LETTER_DESCRIPTION, DEAD_LETTER_REASON, STAMP_ATTEMPT, STAMP_ITEM, STAMP_ORIGINAL } from "./wire-names";

/**
 * The facts of a message as the broker delivered or peeked it. Throws `BrokerError` "invalid-message" when the bytes are
 * no AMQP message or carry no sequence number and enqueued time, which the broker writes on every message.
 */
export function readMessage(encoded: Uint8Array): BrokerMessage {
  return new ReadMessage(takeApart(encoded), null);
}

/** The same of a message that was peeked: it is held for a moment, and the index is about to ask for the rest. */
export function readPeeked(encoded: Uint8Array): PeekedMessage {
  const parts = takeApart(encoded);
  return new ReadMessage(parts, parts);
}

/**
 * What a replay needs is read at once, and nothing else is kept beside the bytes: it holds hundreds of messages. What only
 * the index asks for is read when it does.
 */
class ReadMessage implements PeekedMessage {
  readonly key: string;
  readonly position: bigint;
  readonly encoded: Uint8Array;
  readonly contentHash: Uint8Array;
  readonly messageId: string | null;
  readonly enqueuedAt: Date;
  readonly sessionId: string | null;
  readonly expiresAt: Date | null;
  readonly deliveryCount: number;
  #parts: MessageParts | null;
  #typed: TypedProperty[] | null = null;

  constructor(parts: MessageParts, kept: MessageParts | null) {
    this.#parts = kept;
    this.position = sequenceNumber(parts);
    this.key = this.position.toString();
    this.encoded = parts.encoded;
    this.contentHash = contentHash(parts);
    this.messageId = textOf(property(parts, PROPERTIES_FIELD.messageId));
    this.enqueuedAt = enqueuedAt(parts);
    this.sessionId = textOf(property(parts, PROPERTIES_FIELD.groupId));
    this.expiresAt = expiresAt(parts);
    // Here, too: no section that is read later may turn out broken then.
    this.deliveryCount = deliveryCount(parts);
  }

  get reason(): string {
    return textOf(applicationProperty(this.#again(), DEAD_LETTER_REASON)) ?? "";
  }

  get description(): string | null {
    return textOf(applicationProperty(this.#again(), DEAD_LETTER_DESCRIPTION));
  }

  get bodySize(): number {
    return bodySize(this.#again());
  }

  get contentType(): string | null {
    return textOf(property(this.#again(), PROPERTIES_FIELD.contentType));
  }

  get subject(): string | null {
    return textOf(property(this.#again(), PROPERTIES_FIELD.subject));
  }

  get correlationId(): string | null {
    return textOf(property(this.#again(), PROPERTIES_FIELD.correlationId));
  }

  get partitionKey(): string | null {
    return textOf(annotation(this.#again(), "x-opt-partition-key"));
  }

  get deadLetterSource(): string | null {
    return textOf(annotation(this.#again(), "x-opt-deadletter-source"));
  }

  get properties(): readonly TypedProperty[] {
    this.#typed ??= typedEntries(this.#again().applicationProperties);
    return this.#typed;
  }

  get propertiesJson(): Uint8Array {
    return propertiesJson(this.#again());
  }

  get stamp(): ReplayStamp | null {
    return readStamp(this.#again());
  }

  #again(): MessageParts {
    this.#parts ??= takeApart(this.encoded);
    return this.#parts;
  }
}

/** Map entries as names with types; a key that is no text is shown with its type. */
export function typedEntries(entries: readonly DecodedEntry[]): TypedProperty[] {
  return entries.map(({ key, value }) => {
    const name = key.type === "string" || key.type === "symbol" ? key.value : renderValue(key);
    return { name, ...valueToText(value) };
  });
}

function sequenceNumber(parts: MessageParts): bigint {
  const value = annotation(parts, "x-opt-sequence-number");
  if (value.type !== "long") throw new BrokerError("invalid-message", "A message came without a sequence number.");
  return value.value;
}

function enqueuedAt(parts: MessageParts): Date {
  const value = annotation(parts, "x-opt-enqueued-time");
  if (value.type !== "timestamp") throw new BrokerError("invalid-message", "A message came without an enqueued time.");
  return new Date(Number(value.value));
}

function deliveryCount(parts: MessageParts): number {
  const value = headerField(parts, HEADER_FIELD.deliveryCount);
  return value.type === "uint" ? value.value : 0;
}

function expiresAt(parts: MessageParts): Date | null {
  const value = property(parts, PROPERTIES_FIELD.absoluteExpiryTime);
  if (value.type !== "timestamp") return null;
  const date = new Date(Number(value.value));
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Bytes of the data sections; of other bodies the bytes of their encoding. */
function bodySize(parts: MessageParts): number {
  const { encoded, sections } = parts;
  if (bodyKind(parts) === "data") {
    const data = sections.filter(({ code }) => code === SECTION.data);
    return data.reduce((sum, section) => sum + section.end - dataBegin(encoded, section), 0);
  }
  return sections
    .filter(({ code }) => code === SECTION.value || code === SECTION.sequence)
    .reduce((sum, section) => sum + section.end - section.bodyStart, 0);
}

function readStamp(parts: MessageParts): ReplayStamp | null {
  const item = applicationProperty(parts, STAMP_ITEM);
  const attempt = applicationProperty(parts, STAMP_ATTEMPT);
  const original = applicationProperty(parts, STAMP_ORIGINAL);
  if (item.type !== "string" || attempt.type !== "int" || original.type !== "string") return null;
  return { itemId: item.value, attempt: attempt.value, originalKey: original.value };
}
