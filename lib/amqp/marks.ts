import { decodeWithin } from "./decode-value";
import { AmqpDecodeError } from "./values";

/**
 * Where the values of a list or map stand: value n from `marks[n]` to `marks[n + 1]`; of a map the keys are the even ones.
 * What they hold is checked as `decodeValue` does, but made into values only where somebody asks: a replay looks at thousands of
 * messages a second and reads a few fields of each.
 */
export type Marks = readonly number[];

/** The fields of the list at `offset`. Throws `AmqpDecodeError` as `decodeListFields` does. */
export function markList(bytes: Uint8Array, offset: number): Marks {
  const code = byteAt(bytes, offset, bytes.length);
  if (code === 0x45) return [offset + 1];
  if (code !== 0xc0 && code !== 0xd0) throw new AmqpDecodeError("a list is expected", offset);
  return markInside(bytes, offset + 1, code === 0xd0, false);
}

/** Keys and values of the map at `offset`. Throws `AmqpDecodeError` as `decodeMapEntries` does. */
export function markMap(bytes: Uint8Array, offset: number): Marks {
  const code = byteAt(bytes, offset, bytes.length);
  if (code !== 0xc1 && code !== 0xd1) throw new AmqpDecodeError("a map is expected", offset);
  return markInside(bytes, offset + 1, code === 0xd1, true);
}

/** Values that are marked. */
export function markedValues(marks: Marks): number {
  return marks.length - 1;
}

/** The text of the string or symbol at `start`; null: it is of another type. */
export function nameAt(bytes: Uint8Array, start: number, end: number): string | null {
  const at = textStart(bytes, start);
  return at === null ? null : text(bytes, at, end);
}

/** Whether the value from `start` to `end` is a string or symbol of these bytes: most names need not be read as text. */
export function isNamed(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  const at = textStart(bytes, start);
  return at !== null && end - at === name.length && beginsWith(bytes, at, name);
}

/** Whether the value from `start` to `end` is a string or symbol that begins with these bytes. */
export function isNamedFrom(bytes: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  const at = textStart(bytes, start);
  return at !== null && end - at >= prefix.length && beginsWith(bytes, at, prefix);
}

/** Where the text of the string or symbol at `start` begins; null: it is of another type. */
export function textStart(bytes: Uint8Array, start: number): number | null {
  switch (bytes[start]) {
    case 0xa1:
    case 0xa3:
      return start + 2;
    case 0xb1:
    case 0xb3:
      return start + 5;
    default:
      return null;
  }
}

function beginsWith(bytes: Uint8Array, at: number, prefix: Uint8Array): boolean {
  for (let n = prefix.length - 1; n >= 0; n--) if (bytes[at + n] !== prefix[n]) return false;
  return true;
}

function text(bytes: Uint8Array, start: number, end: number): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString("utf8", start, end);
}

function markInside(bytes: Uint8Array, at: number, isLong: boolean, isMap: boolean): Marks {
  const width = isLong ? 4 : 1;
  const size = numberAt(bytes, at, width, bytes.length);
  const inside = at + width;
  const end = inside + size;
  if (end > bytes.length) throw short(size, bytes.length - inside, inside);
  const count = numberAt(bytes, inside, width, end);
  let next = inside + width;
  if (count > end - next) {
    throw new AmqpDecodeError(`a list or map claims ${count} values, more than it has room for`, at);
  }
  if (isMap && count % 2 !== 0) throw new AmqpDecodeError("a map holds an odd number of values", next);
  const marks = [next];
  for (let n = 0; n < count; n++) {
    next = endOf(bytes, next, end);
    marks.push(next);
  }
  if (next !== end) throw new AmqpDecodeError(`${end - next} bytes are left over in a compound value`, next);
  return marks;
}

/** End of the value at `at`, which has to lie before `limit`. */
function endOf(bytes: Uint8Array, at: number, limit: number): number {
  const code = byteAt(bytes, at, limit);
  const width = CONTENT[code] as number;
  if (width === LOOK_INSIDE) return decodeWithin(bytes, at, limit);
  const content = width === SIZED_SHORT ? at + 2 : width === SIZED_LONG ? at + 5 : at + 1;
  const length =
    width === SIZED_SHORT
      ? numberAt(bytes, at + 1, 1, limit)
      : width === SIZED_LONG
        ? numberAt(bytes, at + 1, 4, limit)
        : width;
  if (length > limit - content) throw short(length, limit - content, content);
  return content + length;
}

function byteAt(bytes: Uint8Array, at: number, limit: number): number {
  if (at >= limit) throw short(1, limit - at, at);
  return bytes[at] as number;
}

function numberAt(bytes: Uint8Array, at: number, width: 1 | 4, limit: number): number {
  if (width > limit - at) throw short(width, limit - at, at);
  if (width === 1) return bytes[at] as number;
  const low = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return (bytes[at] as number) * 0x1000000 + low;
}

function short(wanted: number, left: number, at: number): AmqpDecodeError {
  return new AmqpDecodeError(`${wanted} bytes are expected, ${left} are left`, at);
}

const SIZED_SHORT = -1;
const SIZED_LONG = -2;
/** Compound and described values, what has more forms than its width allows, and unknown codes. */
const LOOK_INSIDE = -3;

/** Bytes behind each format code, where the code alone tells them. */
const CONTENT = new Int8Array(256).fill(LOOK_INSIDE);
for (const [width, codes] of [
  [0, [0x40, 0x41, 0x42, 0x43, 0x44, 0x45]],
  [1, [0x50, 0x51, 0x52, 0x53, 0x54, 0x55]],
  [2, [0x60, 0x61]],
  [4, [0x70, 0x71, 0x72, 0x74]],
  [8, [0x80, 0x81, 0x82, 0x83, 0x84]],
  [16, [0x94, 0x98]],
  [SIZED_SHORT, [0xa0, 0xa1, 0xa3]],
  [SIZED_LONG, [0xb0, 0xb1, 0xb3]],
] as const) {
  for (const code of codes) CONTENT[code] = width;
}
