import { isUtf8 } from "node:buffer";
import { storableText } from "@/lib/domain/storable-text";
import { decodeValue } from "../../amqp/decode-value";
import { markedValues, nameAt, textStart } from "../../amqp/marks";
import { Writer } from "../../amqp/writer";
import { decoding, type MessageParts } from "./message-parts";
import { renderValue, valueToText } from "./value-text";

/**
 * The application properties as the index keeps them: `[{"name", "type", "value"}]` in UTF-8, texts storable. Names and values that are texts, which
 * nearly all are, are copied from the message: as values, objects and text they would be the larger part of a first scan's garbage.
 */
export function propertiesJson({ encoded, applicationMarks: marks }: MessageParts): Uint8Array {
  writer.at = 0;
  byte(OPEN_BRACKET);
  for (let n = 0; n < markedValues(marks); n += 2) {
    const [start, valueStart, end] = [marks[n] as number, marks[n + 1] as number, marks[n + 2] as number];
    if (n > 0) byte(COMMA);
    writer.raw(NAME);
    addName(encoded, start, valueStart);
    addTypeAndValue(encoded, valueStart, end);
  }
  byte(CLOSE_BRACKET);
  return writer.taken();
}

/** One for all calls: what is written is taken without a pause. */
const writer = new Writer();

const NAME = Buffer.from('{"name":');
const TYPE = Buffer.from(',"type":');
const VALUE = Buffer.from(',"value":');
const STRING_VALUE = Buffer.from(',"type":"string","value":');
const [OPEN_BRACKET, CLOSE_BRACKET, CLOSE_BRACE, COMMA, QUOTE, BACKSLASH, SPACE] = [
  0x5b, 0x5d, 0x7d, 0x2c, 0x22, 0x5c, 0x20,
] as const;
const LAST_ASCII = 0x7e;

function addName(message: Uint8Array, start: number, end: number): void {
  const at = textStart(message, start);
  if (at !== null && copied(message, at, end)) return;
  add(nameAt(message, start, end) ?? renderValue(decodedAt(message, start)));
}

function addTypeAndValue(message: Uint8Array, start: number, end: number): void {
  // A symbol has another type.
  const at = message[start] === 0xa1 || message[start] === 0xb1 ? textStart(message, start) : null;
  const from = writer.at;
  if (at !== null) {
    writer.raw(STRING_VALUE);
    if (copied(message, at, end)) {
      byte(CLOSE_BRACE);
      return;
    }
  }
  writer.at = from;
  const { type, value } = valueToText(decodedAt(message, start));
  writer.raw(TYPE);
  add(type);
  writer.raw(VALUE);
  add(value);
  byte(CLOSE_BRACE);
}

/** Copies a text in quotes; false, and nothing is written: it needs an escape, or is not what it would be read as. */
function copied(message: Uint8Array, start: number, end: number): boolean {
  const before = writer.at;
  let at = writer.room(end - start + 2);
  const { bytes } = writer;
  bytes[at++] = QUOTE;
  let bits = 0;
  for (let from = start; from < end; from++) {
    const sign = message[from] as number;
    if (sign < SPACE || sign === QUOTE || sign === BACKSLASH) {
      writer.at = before;
      return false;
    }
    bits |= sign;
    bytes[at++] = sign;
  }
  bytes[at] = QUOTE;
  if (bits < 0x80 || isUtf8(message.subarray(start, end))) return true;
  writer.at = before;
  return false;
}

/** Numbers, times and ids are written sign by sign: making bytes of their text first costs several times that. */
function add(text: string): void {
  const before = writer.at;
  let at = writer.room(text.length + 2);
  const { bytes } = writer;
  bytes[at++] = QUOTE;
  for (let n = 0; n < text.length; n++) {
    const sign = text.charCodeAt(n);
    if (sign < SPACE || sign > LAST_ASCII || sign === QUOTE || sign === BACKSLASH) {
      writer.at = before;
      writer.raw(Buffer.from(JSON.stringify(storableText(text))));
      return;
    }
    bytes[at++] = sign;
  }
  bytes[at] = QUOTE;
}

function byte(value: number): void {
  writer.byte(value);
}

function decodedAt(message: Uint8Array, at: number) {
  return decoding(() => decodeValue(message, at).value);
}
