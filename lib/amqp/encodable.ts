import { AmqpEncodeError, type AmqpValue } from "./values";

const RANGES = {
  ubyte: [0, 0xff],
  byte: [-0x80, 0x7f],
  ushort: [0, 0xffff],
  short: [-0x8000, 0x7fff],
  uint: [0, 0xffffffff],
  int: [-0x80000000, 0x7fffffff],
} as const;

const BIG_RANGES = {
  ulong: [0n, 2n ** 64n - 1n],
  long: [-(2n ** 63n), 2n ** 63n - 1n],
  timestamp: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

/** The number of an integer of 32 bits at most. Throws `AmqpEncodeError` when it is of another type or does not fit its own. */
export function smallNumber(value: AmqpValue): number {
  switch (value.type) {
    case "ubyte":
    case "byte":
    case "ushort":
    case "short":
    case "uint":
    case "int":
      return inRange(value.value, RANGES[value.type][0], RANGES[value.type][1], value.type);
    default:
      throw new AmqpEncodeError(`a ${value.type} stands where an integer is expected`);
  }
}

/** The number of a 64-bit integer or a timestamp. Throws as `smallNumber`. */
export function bigNumber(value: AmqpValue): bigint {
  switch (value.type) {
    case "ulong":
    case "long":
    case "timestamp": {
      const [low, high] = BIG_RANGES[value.type];
      if (value.value < low || value.value > high) {
        throw new AmqpEncodeError(`${value.value} is out of range: a ${value.type} is from ${low} to ${high}`);
      }
      return value.value;
    }
    default:
      throw new AmqpEncodeError(`a ${value.type} stands where a 64-bit integer is expected`);
  }
}

/** The number itself. Throws `AmqpEncodeError` when it is no whole number between `low` and `high`. */
export function inRange(value: number, low: number, high: number, type: string): number {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new AmqpEncodeError(`${value} is out of range: a ${type} is a whole number from ${low} to ${high}`);
  }
  return value;
}

/** The bytes themselves. Throws `AmqpEncodeError` when they are not so many. */
export function ofLength(bytes: Uint8Array, length: number, type: string): Uint8Array {
  if (bytes.length !== length) throw new AmqpEncodeError(`a ${type} has ${length} bytes, not ${bytes.length}`);
  return bytes;
}

/** The bytes of a symbol. Throws `AmqpEncodeError` when it holds other characters than ASCII. */
export function ascii(text: string): Uint8Array {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what AMQP allows in a symbol.
  if (!/^[\x00-\x7f]*$/.test(text)) throw new AmqpEncodeError("a symbol holds ASCII characters only");
  return Buffer.from(text, "latin1");
}

/** The value itself. Throws `AmqpEncodeError` when it is of another type. */
export function expectType<T extends AmqpValue["type"]>(value: AmqpValue, type: T): AmqpValue & { readonly type: T } {
  if (value.type !== type) throw new AmqpEncodeError(`a ${value.type} stands where a ${type} is expected`);
  return value as AmqpValue & { readonly type: T };
}
