import { AmqpDecodeError, type AmqpValue, NULL } from "./values";

/** Lists, maps, arrays and described values inside each other; Service Bus messages need four or five. */
const MAX_DEPTH = 32;
/** Items of an array whose elements take no bytes: the count alone could claim four thousand million. */
const MAX_EMPTY_ELEMENTS = 65_536;

/** A value and the bytes it stands in: `bytes.subarray(start, end)` is its encoding, constructor included. */
export interface DecodedValue {
  readonly value: AmqpValue;
  readonly start: number;
  readonly end: number;
}

export interface DecodedEntry {
  readonly key: AmqpValue;
  readonly value: AmqpValue;
  /** Start of the key, start of the value, end of the value. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** Reads the one value at `offset`. Throws `AmqpDecodeError` on truncated, unknown or hostile bytes. */
export function decodeValue(bytes: Uint8Array, offset = 0): DecodedValue {
  return new Reader(bytes, offset, bytes.length).value(0);
}

/** End of the value at `offset` inside a list or map that ends at `limit`: checked as one that is decoded there. */
export function decodeWithin(bytes: Uint8Array, offset: number, limit: number): number {
  return new Reader(bytes, offset, limit).value(1).end;
}

/** End of the value at `offset`, found by its size alone: what a compound value holds is not looked into. */
export function skipValue(bytes: Uint8Array, offset = 0): number {
  const code = bytes[offset];
  // Sections are lists, maps and binaries: their size stands behind the code, in one byte or four.
  if (code !== undefined && code >= 0xa0) {
    const head = (code & 0x10) === 0 ? 2 : 5;
    if (offset + head <= bytes.length) {
      const end = offset + head + (head === 2 ? (bytes[offset + 1] as number) : readSize(bytes, offset + 1));
      if (end <= bytes.length) return end;
    }
  }
  return new Reader(bytes, offset, bytes.length).skip(0);
}

function readSize(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return (bytes[at] as number) * 0x1000000 + low;
}

/** The fields of the list at `offset`, each with the bytes it stands in. */
export function decodeListFields(bytes: Uint8Array, offset = 0): DecodedValue[] {
  const reader = new Reader(bytes, offset, bytes.length);
  const code = reader.byte();
  if (code === 0x45) return [];
  if (code !== 0xc0 && code !== 0xd0) throw new AmqpDecodeError("a list is expected", offset);
  const body = reader.compound(code === 0xc0 ? 1 : 4);
  const fields: DecodedValue[] = [];
  for (let i = 0; i < body.count; i++) fields.push(body.reader.value(1));
  body.reader.expectEnd();
  return fields;
}

/** The entries of the map at `offset` in order, each with the bytes it stands in. */
export function decodeMapEntries(bytes: Uint8Array, offset = 0): DecodedEntry[] {
  const reader = new Reader(bytes, offset, bytes.length);
  const code = reader.byte();
  if (code !== 0xc1 && code !== 0xd1) throw new AmqpDecodeError("a map is expected", offset);
  const body = reader.compound(code === 0xc1 ? 1 : 4);
  return body.reader.entries(body.count, 0);
}

/** Reads forward through `bytes`, never beyond `limit`. */
class Reader {
  readonly bytes: Buffer;
  readonly limit: number;
  at: number;

  constructor(bytes: Uint8Array, at: number, limit: number) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.limit = limit;
  }

  value(depth: number): DecodedValue {
    const start = this.at;
    if (depth > MAX_DEPTH) throw new AmqpDecodeError(`values are nested deeper than ${MAX_DEPTH}`, start);
    const code = this.byte();
    if (code === 0x00) {
      const descriptor = this.value(depth + 1).value;
      const value = this.value(depth + 1).value;
      return { value: { type: "described", descriptor, value }, start, end: this.at };
    }
    const value = this.content(code, depth);
    return { value, start, end: this.at };
  }

  /** What follows the format code `code`, the code itself being behind us. */
  content(code: number, depth: number): AmqpValue {
    switch (code) {
      case 0x40:
        return NULL;
      case 0x41:
        return { type: "boolean", value: true };
      case 0x42:
        return { type: "boolean", value: false };
      case 0x56: {
        const at = this.at;
        const flag = this.byte();
        if (flag > 1) throw new AmqpDecodeError("a boolean is 0 or 1", at);
        return { type: "boolean", value: flag === 1 };
      }
      case 0x43:
        return { type: "uint", value: 0 };
      case 0x44:
        return { type: "ulong", value: 0n };
      case 0x45:
        return { type: "list", items: [] };
      case 0x50:
        return { type: "ubyte", value: this.byte() };
      case 0x51:
        return { type: "byte", value: this.bytes.readInt8(this.take(1)) };
      case 0x52:
        return { type: "uint", value: this.byte() };
      case 0x53:
        return { type: "ulong", value: BigInt(this.byte()) };
      case 0x54:
        return { type: "int", value: this.bytes.readInt8(this.take(1)) };
      case 0x55:
        return { type: "long", value: BigInt(this.bytes.readInt8(this.take(1))) };
      case 0x60:
        return { type: "ushort", value: this.bytes.readUInt16BE(this.take(2)) };
      case 0x61:
        return { type: "short", value: this.bytes.readInt16BE(this.take(2)) };
      case 0x70:
        return { type: "uint", value: this.bytes.readUInt32BE(this.take(4)) };
      case 0x71:
        return { type: "int", value: this.bytes.readInt32BE(this.take(4)) };
      case 0x72:
        return { type: "float", value: this.bytes.readFloatBE(this.take(4)) };
      case 0x73:
        return this.char();
      case 0x74:
        return { type: "decimal32", value: this.slice(4) };
      case 0x80:
        return { type: "ulong", value: this.bytes.readBigUInt64BE(this.take(8)) };
      case 0x81:
        return { type: "long", value: this.bytes.readBigInt64BE(this.take(8)) };
      case 0x82:
        return { type: "double", value: this.bytes.readDoubleBE(this.take(8)) };
      case 0x83:
        return { type: "timestamp", value: this.bytes.readBigInt64BE(this.take(8)) };
      case 0x84:
        return { type: "decimal64", value: this.slice(8) };
      case 0x94:
        return { type: "decimal128", value: this.slice(16) };
      case 0x98:
        return { type: "uuid", value: this.slice(16) };
      case 0xa0:
        return { type: "binary", value: this.slice(this.byte()) };
      case 0xb0:
        return { type: "binary", value: this.slice(this.uint32()) };
      case 0xa1:
        return { type: "string", value: this.text(this.byte()) };
      case 0xb1:
        return { type: "string", value: this.text(this.uint32()) };
      case 0xa3:
        return { type: "symbol", value: this.text(this.byte()) };
      case 0xb3:
        return { type: "symbol", value: this.text(this.uint32()) };
      case 0xc0:
      case 0xd0: {
        const body = this.compound(code === 0xc0 ? 1 : 4);
        const items: AmqpValue[] = [];
        for (let i = 0; i < body.count; i++) items.push(body.reader.value(depth + 1).value);
        body.reader.expectEnd();
        return { type: "list", items };
      }
      case 0xc1:
      case 0xd1: {
        const body = this.compound(code === 0xc1 ? 1 : 4);
        const entries = body.reader.entries(body.count, depth);
        return { type: "map", entries: entries.map((entry) => [entry.key, entry.value] as const) };
      }
      case 0xe0:
      case 0xf0:
        return this.array(code === 0xe0 ? 1 : 4, depth);
      default:
        throw new AmqpDecodeError(`unknown format code 0x${code.toString(16).padStart(2, "0")}`, this.at - 1);
    }
  }

  entries(count: number, depth: number): DecodedEntry[] {
    if (count % 2 !== 0) throw new AmqpDecodeError("a map holds an odd number of values", this.at);
    const entries: DecodedEntry[] = [];
    for (let i = 0; i < count; i += 2) {
      const key = this.value(depth + 1);
      const value = this.value(depth + 1);
      entries.push({ key: key.value, value: value.value, start: key.start, valueStart: value.start, end: value.end });
    }
    this.expectEnd();
    return entries;
  }

  array(width: 1 | 4, depth: number): AmqpValue {
    const start = this.at;
    if (depth >= MAX_DEPTH) throw new AmqpDecodeError(`values are nested deeper than ${MAX_DEPTH}`, start);
    const { reader, count } = this.compound(width, true);
    let descriptor: AmqpValue | null = null;
    let elementCode = reader.byte();
    if (elementCode === 0x00) {
      descriptor = reader.value(depth + 1).value;
      elementCode = reader.byte();
    }
    const emptyElement = elementCode >> 4 === 0x4;
    if (emptyElement ? count > MAX_EMPTY_ELEMENTS : count > reader.limit - reader.at) {
      throw new AmqpDecodeError(`an array claims ${count} elements, more than it has room for`, start);
    }
    const items: AmqpValue[] = [];
    for (let i = 0; i < count; i++) items.push(reader.content(elementCode, depth + 1));
    reader.expectEnd();
    return { type: "array", elementCode, descriptor, items };
  }

  /** Size and count of a list, map or array; leaves this reader behind it and returns a reader of its inside. */
  compound(width: 1 | 4, isArray = false): { reader: Reader; count: number } {
    const start = this.at;
    const size = width === 1 ? this.byte() : this.uint32();
    const inside = this.at;
    const end = this.take(size) + size;
    const reader = new Reader(this.bytes, inside, end);
    const count = width === 1 ? reader.byte() : reader.uint32();
    if (!isArray && count > end - reader.at) {
      throw new AmqpDecodeError(`a list or map claims ${count} values, more than it has room for`, start);
    }
    return { reader, count };
  }

  skip(depth: number): number {
    const code = this.byte();
    if (code === 0x00) {
      if (depth > MAX_DEPTH) throw new AmqpDecodeError(`values are nested deeper than ${MAX_DEPTH}`, this.at);
      this.skip(depth + 1);
      return this.skip(depth + 1);
    }
    switch (code >> 4) {
      case 0x4:
        return this.at;
      case 0x5:
        return this.take(1) + 1;
      case 0x6:
        return this.take(2) + 2;
      case 0x7:
        return this.take(4) + 4;
      case 0x8:
        return this.take(8) + 8;
      case 0x9:
        return this.take(16) + 16;
      case 0xa:
      case 0xc:
      case 0xe: {
        const size = this.byte();
        return this.take(size) + size;
      }
      case 0xb:
      case 0xd:
      case 0xf: {
        const size = this.uint32();
        return this.take(size) + size;
      }
      default:
        throw new AmqpDecodeError(`unknown format code 0x${code.toString(16).padStart(2, "0")}`, this.at - 1);
    }
  }

  char(): AmqpValue {
    const at = this.at;
    const value = this.uint32();
    if (value > 0x10ffff) throw new AmqpDecodeError("a char is no Unicode code point", at);
    return { type: "char", value };
  }

  byte(): number {
    return this.bytes[this.take(1)] as number;
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.take(4));
  }

  slice(length: number): Uint8Array {
    const at = this.take(length);
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + at, length);
  }

  /** Bytes that are no UTF-8 show as U+FFFD; whoever copies a message copies its bytes, not this text. */
  text(length: number): string {
    const at = this.take(length);
    return this.bytes.toString("utf8", at, at + length);
  }

  /** Moves `length` bytes on and returns where they begin. */
  take(length: number): number {
    const at = this.at;
    if (length > this.limit - at)
      throw new AmqpDecodeError(`${length} bytes are expected, ${this.limit - at} are left`, at);
    this.at = at + length;
    return at;
  }

  expectEnd(): void {
    if (this.at !== this.limit)
      throw new AmqpDecodeError(`${this.limit - this.at} bytes are left over in a compound value`, this.at);
  }
}
