import { hash } from "node:crypto";
import type { DecodedEntry } from "../../amqp/decode-value";
import { decodeValue } from "../../amqp/decode-value";
import { encodeValue } from "../../amqp/encode-value";
import { joinSections, SECTION } from "../../amqp/sections";
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
  addEntries(row, SECTION.messageAnnotations, parts.annotations, isSendersAnnotation);
  addProperties(row, parts);
  addEntries(row, SECTION.applicationProperties, parts.applicationProperties, (name) => !RESERVED_PROPERTIES.has(name));
  addBody(row, parts);
  return hash("sha256", joinSections(row), "buffer");
}

function isSendersAnnotation(name: string): boolean {
  return PARTITION_ANNOTATIONS.has(name) || !name.startsWith("x-opt-");
}

function addEntries(
  row: Uint8Array[],
  code: number,
  entries: readonly DecodedEntry[],
  counts: (name: string) => boolean,
): void {
  const encoded: Uint8Array[] = [];
  for (const { key, value } of entries) {
    if ((key.type === "string" || key.type === "symbol") && !counts(key.value)) continue;
    encoded.push(joinSections([encodeValue(key), encodeValue(value)]));
  }
  encoded.sort(Buffer.compare);
  for (const bytes of encoded) addPart(row, code, bytes);
}

function addProperties(row: Uint8Array[], { properties }: MessageParts): void {
  let length = properties.length;
  while (length > 0 && properties[length - 1]?.value.type === "null") length--;
  for (const { value } of properties.slice(0, length)) addPart(row, SECTION.properties, encodeValue(value));
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
