/**
 * One-dimensional arrays in PostgreSQL's binary form (src/backend/utils/adt/arrayfuncs.c, `array_recv`), for parameters: the driver sends a
 * Buffer as it is. As text every element would be quoted here and unquoted there, which of a page of messages is the larger part of handing it over.
 */

const TEXT = 25;
const INT4 = 23;
const INT8 = 20;
const BYTEA = 17;
const UUID = 2950;
const JSONB = 3802;
const TIMESTAMPTZ = 1184;

/** Dimensions, flag for nulls, type of the elements, length, lower bound. */
const HEAD_BYTES = 20;
/** Milliseconds from 1970 to 2000, where PostgreSQL's times begin. */
const EPOCH_2000_MS = 946_684_800_000;

export function textArray<T>(rows: readonly T[], text: (row: T) => string | null): Buffer {
  const values = rows.map(text);
  let size = HEAD_BYTES;
  // Three bytes for one UTF-16 unit at most: what is not needed is cut off.
  for (const value of values) size += 4 + (value === null ? 0 : value.length * 3);
  const array = Buffer.allocUnsafe(size);
  let hasNull = false;
  let at = HEAD_BYTES;
  for (const value of values) {
    if (value === null) {
      hasNull = true;
      at = array.writeInt32BE(-1, at);
      continue;
    }
    const length = array.write(value, at + 4, "utf8");
    at = array.writeInt32BE(length, at) + length;
  }
  writeHead(array, TEXT, values.length, hasNull);
  return array.subarray(0, at);
}

/** `json`: the text of the value, in UTF-8. */
export function jsonbArray<T>(rows: readonly T[], json: (row: T) => Uint8Array): Buffer {
  return lengthed(JSONB, JSONB_PREFIX, rows, json);
}

export function int4Array<T>(rows: readonly T[], number: (row: T) => number | null): Buffer {
  return fixed(INT4, 4, rows, number, (bytes, value, at) => bytes.writeInt32BE(value, at));
}

export function int8Array<T>(rows: readonly T[], number: (row: T) => bigint | null): Buffer {
  return fixed(INT8, 8, rows, number, (bytes, value, at) => bytes.writeBigInt64BE(value, at));
}

export function timestamptzArray<T>(rows: readonly T[], time: (row: T) => Date | null): Buffer {
  return fixed(TIMESTAMPTZ, 8, rows, time, writeTime);
}

/** Ids in their usual form, with hyphens. */
export function uuidArray<T>(rows: readonly T[], id: (row: T) => string | null): Buffer {
  return fixed(UUID, 16, rows, id, (bytes, value, at) => bytes.write(value.replaceAll("-", ""), at, "hex"));
}

export function byteaArray<T>(rows: readonly T[], bytes: (row: T) => Uint8Array): Buffer {
  return lengthed(BYTEA, NO_PREFIX, rows, bytes);
}

const NO_PREFIX = Buffer.alloc(0);
/** The version of its binary form. */
const JSONB_PREFIX = Buffer.from([1]);

function lengthed<T>(type: number, prefix: Uint8Array, rows: readonly T[], bytes: (row: T) => Uint8Array): Buffer {
  const values = rows.map(bytes);
  const head = 4 + prefix.length;
  const array = Buffer.allocUnsafe(HEAD_BYTES + values.reduce((sum, value) => sum + head + value.length, 0));
  let at = writeHead(array, type, values.length, false);
  for (const value of values) {
    array.writeInt32BE(prefix.length + value.length, at);
    array.set(prefix, at + 4);
    array.set(value, at + head);
    at += head + value.length;
  }
  return array;
}

function fixed<T, V>(
  type: number,
  width: number,
  rows: readonly T[],
  element: (row: T) => V | null,
  write: (bytes: Buffer, value: V, at: number) => void,
): Buffer {
  const array = Buffer.allocUnsafe(HEAD_BYTES + rows.length * (4 + width));
  let hasNull = false;
  let at = HEAD_BYTES;
  for (const row of rows) {
    const value = element(row);
    at = array.writeInt32BE(value === null ? -1 : width, at);
    if (value === null) {
      hasNull = true;
      continue;
    }
    write(array, value, at);
    at += width;
  }
  writeHead(array, type, rows.length, hasNull);
  return array.subarray(0, at);
}

/** Microseconds; what is no time would be another one. */
function writeTime(bytes: Buffer, value: Date, at: number): void {
  bytes.writeBigInt64BE(BigInt(value.getTime() - EPOCH_2000_MS) * 1000n, at);
}

function writeHead(array: Buffer, type: number, length: number, hasNull: boolean): number {
  array.writeInt32BE(1, 0);
  array.writeInt32BE(hasNull ? 1 : 0, 4);
  array.writeInt32BE(type, 8);
  array.writeInt32BE(length, 12);
  return array.writeInt32BE(1, 16);
}
