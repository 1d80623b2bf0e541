import { ascii, bigNumber, expectType, inRange, ofLength, smallNumber } from "./encodable";
import { AmqpEncodeError, type AmqpValue } from "./values";

/** Bytes to be written as a whole, so not cleared first; small ones share a slab, which makes them quick to come by. */
export function allocateBytes(length: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(length);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, length);
}

/** Format code, size and count of a compound value in its long form. */
export const LONG_HEAD = 9;
const MOST_SCRATCH_BYTES = 65_536;

/** Writes values and bytes one after the other into a buffer that grows. */
export class Writer {
  bytes = new Uint8Array(1_024);
  view = new DataView(this.bytes.buffer);
  at = 0;

  value(value: AmqpValue): void {
    if (value.type === "described") {
      this.byte(0x00);
      this.value(value.descriptor);
      this.value(value.value);
      return;
    }
    if (value.type === "array" || value.type === "map" || (value.type === "list" && value.items.length > 0)) {
      this.compound(value);
      return;
    }
    const code = formatCode(value);
    this.byte(code);
    this.content(code, value);
  }

  /** Writes `value` as what follows the format code `code`: in an array one code serves all items. */
  content(code: number, value: AmqpValue): void {
    switch (code) {
      case 0x40:
      case 0x41:
      case 0x42:
      case 0x43:
      case 0x44:
      case 0x45:
        break;
      case 0x56:
        this.byte(expectType(value, "boolean").value ? 1 : 0);
        break;
      case 0x50:
      case 0x52:
        this.byte(inRange(smallNumber(value), 0, 0xff, "one-byte integer"));
        break;
      case 0x51:
      case 0x54:
        this.byte(inRange(smallNumber(value), -0x80, 0x7f, "one-byte integer") & 0xff);
        break;
      case 0x53:
        this.byte(inRange(Number(bigNumber(value)), 0, 0xff, "one-byte integer"));
        break;
      case 0x55:
        this.byte(inRange(Number(bigNumber(value)), -0x80, 0x7f, "one-byte integer") & 0xff);
        break;
      case 0x60:
      case 0x61:
        this.room(2);
        this.view.setUint16(this.at - 2, smallNumber(value) & 0xffff);
        break;
      case 0x70:
      case 0x71:
        this.room(4);
        this.view.setUint32(this.at - 4, smallNumber(value) >>> 0);
        break;
      case 0x73:
        this.room(4);
        this.view.setUint32(this.at - 4, inRange(expectType(value, "char").value, 0, 0x10ffff, "char"));
        break;
      case 0x72:
        this.room(4);
        this.view.setFloat32(this.at - 4, expectType(value, "float").value);
        break;
      case 0x82:
        this.room(8);
        this.view.setFloat64(this.at - 8, expectType(value, "double").value);
        break;
      case 0x80:
      case 0x81:
      case 0x83:
        this.room(8);
        this.view.setBigUint64(this.at - 8, BigInt.asUintN(64, bigNumber(value)));
        break;
      case 0x74:
        this.raw(ofLength(expectType(value, "decimal32").value, 4, "decimal32"));
        break;
      case 0x84:
        this.raw(ofLength(expectType(value, "decimal64").value, 8, "decimal64"));
        break;
      case 0x94:
        this.raw(ofLength(expectType(value, "decimal128").value, 16, "decimal128"));
        break;
      case 0x98:
        this.raw(ofLength(expectType(value, "uuid").value, 16, "uuid"));
        break;
      case 0xa0:
        this.sized(1, expectType(value, "binary").value);
        break;
      case 0xb0:
        this.sized(4, expectType(value, "binary").value);
        break;
      case 0xa1:
        this.sized(1, Buffer.from(expectType(value, "string").value, "utf8"));
        break;
      case 0xb1:
        this.sized(4, Buffer.from(expectType(value, "string").value, "utf8"));
        break;
      case 0xa3:
        this.sized(1, ascii(expectType(value, "symbol").value));
        break;
      case 0xb3:
        this.sized(4, ascii(expectType(value, "symbol").value));
        break;
      case 0xc0:
      case 0xd0:
      case 0xc1:
      case 0xd1:
      case 0xe0:
      case 0xf0:
        this.compoundContent(code, value);
        break;
      default:
        throw new AmqpEncodeError(`0x${code.toString(16)} is no AMQP format code`);
    }
  }

  compound(value: Compound): void {
    const start = this.openCompound();
    this.closeCompound(start, value.type, this.inside(value));
  }

  /** Room for the head of a list, map or array; whatever is written next is its inside. */
  openCompound(): number {
    return this.room(LONG_HEAD);
  }

  /** Writes the head of what was opened at `start`, and draws the inside up when the short one is enough. */
  closeCompound(start: number, type: Compound["type"], count: number): void {
    const length = this.at - start - LONG_HEAD;
    const [short, long] = COMPOUND_CODES[type];
    if (fitsShort(length, count)) {
      this.bytes.copyWithin(start + 3, start + LONG_HEAD, this.at);
      this.bytes[start] = short;
      this.bytes[start + 1] = length + 1;
      this.bytes[start + 2] = count;
      this.at -= LONG_HEAD - 3;
    } else {
      this.bytes[start] = long;
      this.view.setUint32(start + 1, length + 4);
      this.view.setUint32(start + 5, count);
    }
  }

  /** A compound value as an element of an array, whose one format code says how long sizes are. */
  compoundContent(code: number, value: AmqpValue): void {
    if (value.type !== "list" && value.type !== "map" && value.type !== "array") {
      throw new AmqpEncodeError(`a ${value.type} is no list, map or array`);
    }
    const isLong = code >> 4 === 0xd || code >> 4 === 0xf;
    const start = this.room(isLong ? 8 : 2);
    const inside = this.at;
    const count = this.inside(value);
    const length = this.at - inside;
    if (isLong) {
      this.view.setUint32(start, length + 4);
      this.view.setUint32(start + 4, count);
      return;
    }
    if (!fitsShort(length, count)) throw new AmqpEncodeError(`a ${value.type} is too large for its short form`);
    this.bytes[start] = length + 1;
    this.bytes[start + 1] = count;
  }

  /** Writes what stands behind size and count, and returns the count. */
  inside(value: Compound): number {
    switch (value.type) {
      case "list":
        for (const item of value.items) this.value(item);
        return value.items.length;
      case "map":
        for (const [key, entry] of value.entries) {
          this.value(key);
          this.value(entry);
        }
        return value.entries.length * 2;
      case "array":
        if (value.descriptor !== null) {
          this.byte(0x00);
          this.value(value.descriptor);
        }
        this.byte(value.elementCode);
        for (const item of value.items) this.content(value.elementCode, item);
        return value.items.length;
    }
  }

  sized(width: 1 | 4, bytes: Uint8Array): void {
    if (width === 1) {
      if (bytes.length > 255) throw new AmqpEncodeError(`${bytes.length} bytes are too many for a short form`);
      this.byte(bytes.length);
    } else {
      this.room(4);
      this.view.setUint32(this.at - 4, bytes.length);
    }
    this.raw(bytes);
  }

  byte(value: number): void {
    const at = this.room(1);
    this.bytes[at] = value;
  }

  raw(bytes: Uint8Array): void {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** The bytes of `from` between `start` and `end`. */
  range(from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const at = this.room(length);
    // A few bytes are copied sooner than a view is made of them.
    if (length > 64) this.bytes.set(from.subarray(start, end), at);
    else for (let n = 0; n < length; n++) this.bytes[at + n] = from[start + n] as number;
  }

  /** What was written so far, as bytes of their own; the next begins anew. */
  taken(): Uint8Array {
    const taken = allocateBytes(this.at);
    taken.set(this.bytes.subarray(0, this.at));
    this.at = 0;
    // A large body must not stay in memory for ever.
    if (this.bytes.length > MOST_SCRATCH_BYTES) {
      this.bytes = new Uint8Array(1_024);
      this.view = new DataView(this.bytes.buffer);
    }
    return taken;
  }

  room(length: number): number {
    const at = this.at;
    if (at + length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, at + length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    this.at = at + length;
    return at;
  }
}

type Compound = AmqpValue & { readonly type: "list" | "map" | "array" };

const COMPOUND_CODES = { list: [0xc0, 0xd0], map: [0xc1, 0xd1], array: [0xe0, 0xf0] } as const;

/** True when size and count of a compound value fit into a byte each. */
export function fitsShort(length: number, count: number): boolean {
  return length + 1 <= 255 && count <= 255;
}

function formatCode(value: AmqpValue): number {
  switch (value.type) {
    case "null":
      return 0x40;
    case "boolean":
      return value.value ? 0x41 : 0x42;
    case "ubyte":
      return 0x50;
    case "byte":
      return 0x51;
    case "ushort":
      return 0x60;
    case "short":
      return 0x61;
    case "uint":
      return value.value === 0 ? 0x43 : value.value <= 255 ? 0x52 : 0x70;
    case "int":
      return value.value >= -128 && value.value <= 127 ? 0x54 : 0x71;
    case "ulong":
      return value.value === 0n ? 0x44 : value.value <= 255n ? 0x53 : 0x80;
    case "long":
      return value.value >= -128n && value.value <= 127n ? 0x55 : 0x81;
    case "float":
      return 0x72;
    case "double":
      return 0x82;
    case "char":
      return 0x73;
    case "timestamp":
      return 0x83;
    case "decimal32":
      return 0x74;
    case "decimal64":
      return 0x84;
    case "decimal128":
      return 0x94;
    case "uuid":
      return 0x98;
    case "binary":
      return value.value.length <= 255 ? 0xa0 : 0xb0;
    case "string":
      return Buffer.byteLength(value.value, "utf8") <= 255 ? 0xa1 : 0xb1;
    case "symbol":
      return value.value.length <= 255 ? 0xa3 : 0xb3;
    case "list":
      return 0x45;
    case "map":
    case "array":
    case "described":
      throw new AmqpEncodeError(`a ${value.type} has no format code before its content is known`);
  }
}
