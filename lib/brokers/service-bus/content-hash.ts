import { isUtf8 } from "node:buffer";
import { decodeValue } from "../../amqp/decode-value";
import { encodeValue } from "../../amqp/encode-value";
import { isNamed, isNamedFrom, type Marks, markedValues } from "../../amqp/marks";
import { joinSections, SECTION } from "../../amqp/sections";
import { AmqpDecodeError, AmqpEncodeError } from "../../amqp/values";
import { Writer } from "../../amqp/writer";
import { dataBegin, type MessageParts } from "./message-parts";
import { sha256 } from "./sha256";
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
 * that writes the same values in another encoding does not change the hash. What cannot be decoded, deep in a body or footer that no broker
 * looks into, enters as the bytes it came as: such a message is one like the others, and holds up none of them.
 */
export function contentHash(parts: MessageParts): Uint8Array {
  const { encoded } = parts;
  writer.at = 0;
  addEntries(SECTION.messageAnnotations, encoded, parts.annotationMarks, isSendersAnnotation);
  addProperties(encoded, parts.propertyMarks);
  addEntries(SECTION.applicationProperties, encoded, parts.applicationMarks, isSendersProperty);
  addBody(parts);
  const digest = sha256(writer.bytes.subarray(0, writer.at));
  // A large body must not stay in memory for ever.
  if (writer.bytes.length > MOST_SCRATCH_BYTES) writer = new Writer();
  return digest;
}

const MOST_SCRATCH_BYTES = 65_536;
/** One for all calls: what is hashed is written without a pause. */
let writer = new Writer();

/** Whether the key from `start` to `end` counts; one that is no text does. */
type Counts = (message: Uint8Array, start: number, end: number) => boolean;

const BROKER_PREFIX = Buffer.from("x-opt-");
const PARTITION_KEYS = [...PARTITION_ANNOTATIONS].map((name) => Buffer.from(name));
const RESERVED_KEYS = [...RESERVED_PROPERTIES].map((name) => Buffer.from(name));

const isSendersAnnotation: Counts = (message, start, end) =>
  !isNamedFrom(message, start, end, BROKER_PREFIX) || isOneOf(PARTITION_KEYS, message, start, end);

const isSendersProperty: Counts = (message, start, end) => !isOneOf(RESERVED_KEYS, message, start, end);

function isOneOf(names: readonly Uint8Array[], message: Uint8Array, start: number, end: number): boolean {
  for (const name of names) if (isNamed(message, start, end, name)) return true;
  return false;
}

/** An entry is a part: where it stands if its bytes are the shortest, else its bytes written anew. */
type Entry = { readonly from: Uint8Array; readonly start: number; readonly end: number };

function addEntries(code: number, message: Uint8Array, marks: Marks, counts: Counts): void {
  const entries: Entry[] = [];
  for (let n = 0; n < markedValues(marks); n += 2) {
    const [start, valueStart, end] = [marks[n] as number, marks[n + 1] as number, marks[n + 2] as number];
    if (!counts(message, start, valueStart)) continue;
    if (isShortest(message, start, valueStart) && isShortest(message, valueStart, end)) {
      entries.push({ from: message, start, end });
    } else {
      const anew = joinSections([encodeAnew(message, start, valueStart), encodeAnew(message, valueStart, end)]);
      entries.push({ from: anew, start: 0, end: anew.length });
    }
  }
  if (entries.length > 1) {
    entries.sort(inOrderOfBytes);
  }
  for (const { from, start, end } of entries) addPart(code, from, start, end);
}

/** As `Buffer.compare` of the two parts, which would have to be cut out first; names mostly differ in their first bytes. */
function inOrderOfBytes(a: Entry, b: Entry): number {
  const length = Math.min(a.end - a.start, b.end - b.start);
  for (let n = 0; n < length; n++) {
    const difference = (a.from[a.start + n] as number) - (b.from[b.start + n] as number);
    if (difference !== 0) return difference;
  }
  return a.end - a.start - (b.end - b.start);
}

function addProperties(message: Uint8Array, marks: Marks): void {
  let length = markedValues(marks);
  while (length > 0 && message[marks[length - 1] as number] === 0x40) length--;
  for (let n = 0; n < length; n++) {
    const [start, end] = [marks[n] as number, marks[n + 1] as number];
    if (isShortest(message, start, end)) addPart(SECTION.properties, message, start, end);
    else addWhole(SECTION.properties, encodeAnew(message, start, end));
  }
}

/** The shortest encoding of the value from `start` to `end`. */
function encodeAnew(message: Uint8Array, start: number, end: number): Uint8Array {
  try {
    return encodeValue(decodeValue(message, start).value);
  } catch (error) {
    // Some of what is read has no encoding of its own: a symbol beyond ASCII, text of an array that is no UTF-8 and would be longer.
    if (!(error instanceof AmqpDecodeError || error instanceof AmqpEncodeError)) throw error;
    return message.subarray(start, end);
  }
}

/**
 * True when the bytes that a value stands in are those that `encodeValue` would write: nearly all are, and writing them again is what a
 * walk would spend most of its time on. What it does not know it calls longer, which only costs time.
 */
function isShortest(message: Uint8Array, start: number, end: number): boolean {
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
    case 0x81:
      return !fitsByte(message, start + 1, end);
    case 0xa1:
      // Bytes that are no UTF-8 have become other characters when they were read.
      return isText(message, start + 2, end);
    case 0xb1:
      return end - start - 5 > 255 && isText(message, start + 5, end);
    default:
      return false;
  }
}

/** True of UTF-8. Most texts are short and ASCII, which is seen sooner than a view is made of them. */
function isText(message: Uint8Array, start: number, end: number): boolean {
  if (end - start <= 64) {
    let bits = 0;
    for (let at = start; at < end; at++) bits |= message[at] as number;
    if (bits < 0x80) return true;
  }
  return isUtf8(message.subarray(start, end));
}

/** True of a number in two's complement that one byte could say. */
function fitsByte(message: Uint8Array, start: number, end: number): boolean {
  const sign = (message[end - 1] as number) >= 0x80 ? 0xff : 0x00;
  for (let at = start; at < end - 1; at++) if (message[at] !== sign) return false;
  return true;
}

function addBody({ encoded, sections }: MessageParts): void {
  for (const section of sections) {
    if (section.code === SECTION.data) addPart(SECTION.data, encoded, dataBegin(encoded, section), section.end);
  }
  for (const section of sections) {
    if (section.code > SECTION.data) addWhole(section.code, encodeAnew(encoded, section.bodyStart, section.end));
  }
}

function addWhole(code: number, bytes: Uint8Array): void {
  addPart(code, bytes, 0, bytes.length);
}

/** Code and length go first, so that no two rows of parts can give the same bytes. */
function addPart(code: number, from: Uint8Array, start: number, end: number): void {
  const head = writer.room(5);
  const length = end - start;
  writer.bytes[head] = code;
  writer.view.setUint32(head + 1, length);
  writer.range(from, start, end);
}
