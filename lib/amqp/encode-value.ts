import type { AmqpValue } from "./values";
import { allocateBytes, fitsShort, LONG_HEAD, Writer } from "./writer";

/**
 * The shortest encoding of a value in its own type, as the broker's own libraries write it.
 * Throws `AmqpEncodeError` when the value does not fit its type.
 */
export function encodeValue(value: AmqpValue): Uint8Array {
  scratch.at = 0;
  scratch.value(value);
  return scratch.taken();
}

/** A list of fields that are encoded already. */
export function encodeList(fields: readonly Uint8Array[]): Uint8Array {
  if (fields.length === 0) return Uint8Array.of(0x45);
  return encodeCompound(0xc0, 0xd0, fields.length, fields);
}

/** A map of entries that are encoded already, each a key and its value in one piece. */
export function encodeMap(entries: readonly Uint8Array[]): Uint8Array {
  return encodeCompound(0xc1, 0xd1, entries.length * 2, entries);
}

function encodeCompound(short: number, long: number, count: number, parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const isShort = fitsShort(length, count);
  const head = isShort ? 3 : LONG_HEAD;
  const bytes = allocateBytes(head + length);
  if (isShort) {
    bytes[0] = short;
    bytes[1] = length + 1;
    bytes[2] = count;
  } else {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    bytes[0] = long;
    view.setUint32(1, length + 4);
    view.setUint32(5, count);
  }
  let at = head;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** One for all calls: a value is written without a pause, and copied out at once. */
const scratch = new Writer();
