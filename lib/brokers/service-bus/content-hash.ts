import { isUtf8 } from "node:buffer";
import { hash } from "node:crypto";
import type { DecodedEntry } from "../../amqp/decode-value";
import { decodeValue } from "../../amqp/decode-value";
import { encodeValue } from "../../amqp/encode-value";
import { joinSections, SECTION } from "../../amqp/sections";
import type { AmqpValue } from "../../amqp/values";
import { dataSections, decoding, type MessageParts } from "./message-parts";
import { PARTITION_ANNOTATIONS, RESERVED_PROPERTIES } from "./wire-names";

/**
 * sha256 over what a message's sender wrote and its life at the broker does not change: the same dead letter has the same
 * hash on every read, peeked or locked. Precisely, in this order:
 *
 * - message annotations: the partition keys, and every annotation whose name does not begin with "x-opt-";
 * - properties: every field;
 * - application properties: all but DeadLetterReason, DeadLetterErrorDescription and this console's stamps;
 * - body: the bytes of each data section, or each sequence, or the value;
 * - footer.
 *
 * Header and delivery annotations are left out. Each section that is there enters as its descriptor code and the shortest
 * encoding of its content, map entries sorted by their encoded keys, trailing nulls of a list left off, so that a broker
 * that writes the same values in another encoding does not change the hash.
 */
export function contentHash(parts: MessageParts): Uint8Array {
  const row: Uint8Array[] = [];
  addEntries(row, SECTION.messageAnnotations, parts.encoded, parts.annotations, isSendersAnnotation);
  addProperties(row, parts);
  addEntries(row, SECTION.applicationProperties, parts.encoded, parts.applicationProperties, isSendersProperty);
  addBody(row, parts);
  return hash("sha256", joinSections(row), "buffer");
}

function isSendersAnnotation(name: string): boolean {
  return PARTITION_ANNOTATIONS.has(name) || !name.startsWith("x-opt-");
}

function isSendersProperty(name: string): boolean {
  return !RESERVED_PROPERTIES.has(name);
}

function addEntries(
  row: Uint8Array[],
  code: number,
  message: Uint8Array,
  entries: readonly DecodedEntry[],
  counts: (name: string) => boolean,
): void {
  const encoded: Uint8Array[] = [];
  for (const { key, value, start, valueStart, end } of entries) {
    if ((key.type === "string" || key.type === "symbol") && !counts(key.value)) continue;
    const short = isShortest(message, start, valueStart, key) && isShortest(message, valueStart, end, value);
    encoded.push(short ? message.subarray(start, end) : joinSections([encodeValue(key), encodeValue(value)]));
  }
  encoded.sort(Buffer.compare);
  for (const bytes of encoded) addPart(row, code, bytes);
}

function addProperties(row: Uint8Array[], { encoded, properties }: MessageParts): void {
  let length = properties.length;
  while (length > 0 && properties[length - 1]?.value.type === "null") length--;
  for (const { value, start, end } of properties.slice(0, length)) {
    const short = isShortest(encoded, start, end, value);
    addPart(row, SECTION.properties, short ? encoded.subarray(start, end) : encodeValue(value));
  }
}

/**
 * True when the bytes that a value stands in are those that `encodeValue` would write: nearly all are, and writing them again is what a
 * walk would spend most of its time on. What it does not know it calls longer, which only costs time.
 */
function isShortest(message: Uint8Array, start: number, end: number, value: AmqpValue): boolean {
  switch (message[start]) {
    // Nothing, true, false, zero and one-byte numbers.
    case 0x40:
    case 0x41:
    case 0x42:
    case 0x43:
    case 0x44:
    case 0x50:
    case 0x51:
    case 0x54:
    case 0x55:
    // Numbers and ids of one width.
    case 0x60:
    case 0x61:
    case 0x82:
    case 0x83:
    case 0x98:
    case 0xa0:
      return true;
    case 0x52:
    case 0x53:
      return message[start + 1] !== 0;
    case 0x71:
      return value.type === "int" && (value.value < -128 || value.value > 127);
    case 0x81:
      return value.type === "long" && (value.value < -128n || value.value > 127n);
    case 0xa1:
      // Bytes that are no UTF-8 have become other characters when they were read.
      return isUtf8(message.subarray(start + 2, end));
    case 0xb1:
      return end - start - 5 > 255 && isUtf8(message.subarray(start + 5, end));
    default:
      return false;
  }
}

function addBody(row: Uint8Array[], parts: MessageParts): void {
  for (const bytes of dataSections(parts)) addPart(row, SECTION.data, bytes);
  for (const section of parts.sections) {
    if (section.code <= SECTION.data) continue;
    const { value } = decoding(() => decodeValue(parts.encoded, section.bodyStart));
    addPart(row, section.code, encodeValue(value));
  }
}

/** Code and length go first, so that no two rows of parts can give the same bytes. */
function addPart(row: Uint8Array[], code: number, bytes: Uint8Array): void {
  const { length } = bytes;
  row.push(Uint8Array.of(code, length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff), bytes);
}
