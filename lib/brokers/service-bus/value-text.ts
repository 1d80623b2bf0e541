import { encodeValue } from "../../amqp/encode-value";
import { AmqpEncodeError, type AmqpValue, amqpSymbol } from "../../amqp/values";

/**
 * AMQP values as text with a type name, and back. The text loses nothing: 64-bit integers in decimal, binary in Base64,
 * a uuid in its usual form, a timestamp as ISO 8601 (decimal milliseconds where a date cannot say it), decimals as the
 * hexadecimal of their bytes, null as the empty text.
 */

/** What .NET writes for its own types: a symbol that names the type around a plain value (ticks of 100 ns, or the address). */
const DESCRIBED_TYPES: Readonly<Record<string, "long" | "string">> = {
  "com.microsoft:timespan": "long",
  "com.microsoft:datetime-offset": "long",
  "com.microsoft:uri": "string",
};

export interface TextValue {
  readonly type: string;
  readonly value: string;
}

export function valueToText(value: AmqpValue): TextValue {
  switch (value.type) {
    case "null":
      return { type: "null", value: "" };
    case "boolean":
    case "ubyte":
    case "ushort":
    case "uint":
    case "ulong":
    case "byte":
    case "short":
    case "int":
    case "long":
      return { type: value.type, value: value.value.toString() };
    case "double":
      return { type: value.type, value: Object.is(value.value, -0) ? "-0" : value.value.toString() };
    case "float":
      return { type: value.type, value: floatText(value.value) };
    case "decimal32":
    case "decimal64":
    case "decimal128":
      return { type: value.type, value: `0x${hex(value.value)}` };
    case "char":
      return {
        type: value.type,
        value: isSurrogate(value.value) ? `U+${value.value.toString(16)}` : String.fromCodePoint(value.value),
      };
    case "timestamp":
      return { type: value.type, value: timestampText(value.value) };
    case "uuid":
      return { type: value.type, value: uuidText(value.value) };
    case "binary":
      return { type: value.type, value: Buffer.from(value.value).toString("base64") };
    case "string":
    case "symbol":
      return { type: value.type, value: value.value };
    case "described": {
      const { descriptor, value: inner } = value;
      if (descriptor.type === "symbol" && DESCRIBED_TYPES[descriptor.value] === inner.type) {
        return { type: descriptor.value, value: valueToText(inner).value };
      }
      return { type: value.type, value: renderValue(value) };
    }
    case "list":
    case "map":
    case "array":
      return { type: value.type, value: renderValue(value) };
  }
}

/**
 * The value that a person wrote as text under a type name. Throws `AmqpEncodeError` with words for that person when the
 * type does not exist, cannot be written as text, or the text is not of that type.
 */
export function textToValue(type: string, text: string): AmqpValue {
  const value = parse(type, text);
  encodeValue(value);
  return value;
}

/** A value of any shape as one line of text with its types, for reading only. */
export function renderValue(value: AmqpValue): string {
  switch (value.type) {
    case "list":
      return `[${value.items.map(renderValue).join(", ")}]`;
    case "map":
      return `{${value.entries.map(([key, entry]) => `${renderValue(key)}: ${renderValue(entry)}`).join(", ")}}`;
    case "array":
      return `array [${value.items.map(renderValue).join(", ")}]`;
    case "described":
      return `${renderValue(value.descriptor)} (${renderValue(value.value)})`;
    case "string":
      return JSON.stringify(value.value);
    case "null":
      return "null";
    default: {
      const { type, value: text } = valueToText(value);
      return `${type} ${text}`;
    }
  }
}

function parse(type: string, text: string): AmqpValue {
  const inner = DESCRIBED_TYPES[type];
  if (inner !== undefined) return { type: "described", descriptor: amqpSymbol(type), value: parse(inner, text) };
  switch (type) {
    case "null":
      if (text !== "") throw new AmqpEncodeError("a null has no value");
      return { type };
    case "boolean":
      if (text !== "true" && text !== "false")
        throw new AmqpEncodeError(`${quote(text)} is no boolean: write true or false`);
      return { type, value: text === "true" };
    case "ubyte":
    case "ushort":
    case "uint":
    case "byte":
    case "short":
    case "int":
      return { type, value: Number(wholeNumber(type, text)) };
    case "ulong":
    case "long":
      return { type, value: wholeNumber(type, text) };
    case "float":
    case "double":
      return { type, value: decimalNumber(type, text) };
    case "decimal32":
    case "decimal64":
    case "decimal128":
      return { type, value: hexBytes(type, text) };
    case "char":
      return { type, value: codePoint(text) };
    case "timestamp":
      return { type, value: timestamp(text) };
    case "uuid":
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
        throw new AmqpEncodeError(`${quote(text)} is no uuid: write it as 00000000-0000-0000-0000-000000000000`);
      }
      return { type, value: Buffer.from(text.replaceAll("-", ""), "hex") };
    case "binary":
      return { type, value: base64(text) };
    case "string":
    case "symbol":
      return { type, value: text };
    case "list":
    case "map":
    case "array":
    case "described":
      throw new AmqpEncodeError(`a ${type} cannot be written as text`);
    default:
      throw new AmqpEncodeError(`${quote(type)} is no AMQP type`);
  }
}

function wholeNumber(type: string, text: string): bigint {
  if (!/^[+-]?\d{1,20}$/.test(text)) throw new AmqpEncodeError(`${quote(text)} is no ${type}: write a whole number`);
  return BigInt(text);
}

function decimalNumber(type: string, text: string): number {
  if (text === "NaN" || text === "Infinity" || text === "-Infinity") return Number(text);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    throw new AmqpEncodeError(`${quote(text)} is no ${type}: write a number, NaN, Infinity or -Infinity`);
  }
  const value = Number(text);
  const held = type === "float" ? Math.fround(value) : value;
  if (!Number.isFinite(held)) throw new AmqpEncodeError(`${quote(text)} is too large for a ${type}`);
  return held;
}

function hexBytes(type: string, text: string): Uint8Array {
  if (!/^0x([0-9a-f]{2})+$/i.test(text)) {
    throw new AmqpEncodeError(`${quote(text)} is no ${type}: write its bytes as 0x and hexadecimal digits`);
  }
  return Buffer.from(text.slice(2), "hex");
}

function codePoint(text: string): number {
  const written = /^U\+([0-9a-f]{1,6})$/i.exec(text)?.[1];
  if (written !== undefined) return Number.parseInt(written, 16);
  const [first, ...rest] = text;
  if (first === undefined || rest.length > 0)
    throw new AmqpEncodeError(`${quote(text)} is no char: write one character`);
  return first.codePointAt(0) ?? 0;
}

function timestamp(text: string): bigint {
  if (/^[+-]?\d{1,20}$/.test(text)) return BigInt(text);
  const iso = /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = iso ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new AmqpEncodeError(
      `${quote(text)} is no timestamp: write it as 2026-01-31T12:00:00.000Z, or as milliseconds since 1970`,
    );
  }
  return BigInt(ms);
}

function base64(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text)
    throw new AmqpEncodeError(`${quote(text)} is no binary: write its bytes in Base64`);
  return bytes;
}

/** A time that `Date` can hold; beyond it only milliseconds are exact. */
const DATE_LIMIT = 8_640_000_000_000_000n;

function timestampText(ms: bigint): string {
  if (ms > DATE_LIMIT || ms < -DATE_LIMIT) return ms.toString();
  return new Date(Number(ms)).toISOString();
}

/** The shortest decimal that reads back as the same 32-bit float. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0";
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits)).toString();
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toString();
}

export function uuidText(bytes: Uint8Array): string {
  const digits = hex(bytes);
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    "-",
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function isSurrogate(value: number): boolean {
  return value >= 0xd800 && value <= 0xdfff;
}

/** What was written, short enough for an error message. */
function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
