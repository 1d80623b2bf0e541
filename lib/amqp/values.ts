/**
 * AMQP 1.0 values with their exact wire types. An int, a long and a double of the same number are three values, so that
 * nothing changes type on its way through the console. 64-bit integers are bigint.
 */

export type AmqpValue =
  | { readonly type: "null" }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "ubyte" | "ushort" | "uint" | "byte" | "short" | "int"; readonly value: number }
  | { readonly type: "ulong" | "long"; readonly value: bigint }
  | { readonly type: "float" | "double"; readonly value: number }
  /** IEEE 754 decimals as their bytes: they are carried, never computed with. */
  | { readonly type: "decimal32" | "decimal64" | "decimal128"; readonly value: Uint8Array }
  /** A Unicode code point. */
  | { readonly type: "char"; readonly value: number }
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  | { readonly type: "timestamp"; readonly value: bigint }
  /** 16 bytes in the order of the wire (RFC 4122). */
  | { readonly type: "uuid"; readonly value: Uint8Array }
  | { readonly type: "binary"; readonly value: Uint8Array }
  | { readonly type: "string" | "symbol"; readonly value: string }
  | { readonly type: "list"; readonly items: readonly AmqpValue[] }
  /** Entries in the order of the wire; a key may have any type. */
  | { readonly type: "map"; readonly entries: readonly (readonly [AmqpValue, AmqpValue])[] }
  /** `elementCode` is the one format code that all items are written with; `descriptor` is set for arrays of described values. */
  | {
      readonly type: "array";
      readonly elementCode: number;
      readonly descriptor: AmqpValue | null;
      readonly items: readonly AmqpValue[];
    }
  | { readonly type: "described"; readonly descriptor: AmqpValue; readonly value: AmqpValue };

/** Bytes that are not AMQP, or go beyond the bounds that this codec sets. `offset` is where in the input. */
export class AmqpDecodeError extends Error {
  override readonly name = "AmqpDecodeError";
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} (at byte ${offset})`);
    this.offset = offset;
  }
}

/** A value that its AMQP type cannot hold. */
export class AmqpEncodeError extends Error {
  override readonly name = "AmqpEncodeError";
}

export const NULL: AmqpValue = { type: "null" };

export function amqpString(value: string): AmqpValue {
  return { type: "string", value };
}

export function amqpSymbol(value: string): AmqpValue {
  return { type: "symbol", value };
}
