import { message, types } from "rhea";
import { describe, expect, test } from "vitest";
import { decodeListFields, decodeMapEntries, decodeValue, skipValue } from "./decode-value";
import { encodeValue } from "./encode-value";
import { findSection, SECTION, splitSections } from "./sections";
import { AmqpDecodeError, AmqpEncodeError, type AmqpValue } from "./values";

const uuid = Uint8Array.from({ length: 16 }, (_, i) => i * 16 + i);
const EVERY_TYPE: AmqpValue[] = [
  { type: "null" },
  { type: "boolean", value: true },
  { type: "boolean", value: false },
  { type: "ubyte", value: 255 },
  { type: "ushort", value: 65_535 },
  { type: "uint", value: 0 },
  { type: "uint", value: 255 },
  { type: "uint", value: 4_294_967_295 },
  { type: "ulong", value: 0n },
  { type: "ulong", value: 255n },
  { type: "ulong", value: 18_446_744_073_709_551_615n },
  { type: "byte", value: -128 },
  { type: "short", value: -32_768 },
  { type: "int", value: -128 },
  { type: "int", value: -2_147_483_648 },
  { type: "int", value: 2_147_483_647 },
  { type: "long", value: -128n },
  { type: "long", value: 9_007_199_254_740_993n },
  { type: "long", value: -9_223_372_036_854_775_808n },
  { type: "float", value: 1.5 },
  { type: "double", value: 2 },
  { type: "double", value: Number.NEGATIVE_INFINITY },
  { type: "decimal32", value: Uint8Array.of(1, 2, 3, 4) },
  { type: "decimal64", value: uuid.slice(0, 8) },
  { type: "decimal128", value: uuid },
  { type: "char", value: 0x1f600 },
  { type: "timestamp", value: -1n },
  { type: "timestamp", value: 1_700_000_000_123n },
  { type: "uuid", value: uuid },
  { type: "binary", value: Uint8Array.of() },
  { type: "binary", value: new Uint8Array(256).fill(7) },
  { type: "string", value: "" },
  { type: "string", value: "naïve 😀" },
  { type: "string", value: "é".repeat(128) },
  { type: "symbol", value: "x-opt-custom" },
  { type: "symbol", value: "s".repeat(300) },
  { type: "list", items: [] },
  { type: "list", items: [{ type: "int", value: 1 }, { type: "null" }, { type: "list", items: [] }] },
  { type: "list", items: Array.from({ length: 300 }, () => ({ type: "null" }) as const) },
  { type: "map", entries: [] },
  {
    type: "map",
    entries: [
      [
        { type: "int", value: 7 },
        { type: "string", value: "number key" },
      ],
      [
        { type: "symbol", value: "b" },
        { type: "double", value: 0.1 },
      ],
      [
        { type: "string", value: "a" },
        { type: "map", entries: [] },
      ],
    ],
  },
  {
    type: "array",
    elementCode: 0xa3,
    descriptor: null,
    items: [
      { type: "symbol", value: "one" },
      { type: "symbol", value: "two" },
    ],
  },
  {
    type: "array",
    elementCode: 0x71,
    descriptor: null,
    items: [
      { type: "int", value: 1 },
      { type: "int", value: -1 },
    ],
  },
  {
    type: "array",
    elementCode: 0x43,
    descriptor: null,
    items: [
      { type: "uint", value: 0 },
      { type: "uint", value: 0 },
    ],
  },
  {
    type: "array",
    elementCode: 0xa1,
    descriptor: { type: "symbol", value: "d" },
    items: [{ type: "string", value: "x" }],
  },
  {
    type: "described",
    descriptor: { type: "symbol", value: "com.microsoft:timespan" },
    value: { type: "long", value: 600_000_000n },
  },
];

describe("values", () => {
  test.each(
    EVERY_TYPE.map((value) => [value.type, value] as const),
  )("%s comes back in its own type", (_type, value) => {
    const bytes = encodeValue(value);
    const decoded = decodeValue(bytes);
    expect(decoded.value).toEqual(value);
    expect(decoded.end).toBe(bytes.length);
    expect(skipValue(bytes)).toBe(bytes.length);
  });

  test("reads what another library wrote", () => {
    const written: Uint8Array = message.encode({
      body: {
        ulong: types.wrap_ulong(300),
        timestamp: types.wrap_timestamp(1_700_000_000_123),
        symbol: types.wrap_symbol("sym"),
        double: types.wrap_double(2),
        long: types.wrap_long(-2),
      },
    });
    const { value } = decodeValue(written, findSection(splitSections(written), SECTION.value)?.start);
    expect(value.type === "described" && value.value).toEqual({
      type: "map",
      entries: [
        [
          { type: "string", value: "ulong" },
          { type: "ulong", value: 300n },
        ],
        [
          { type: "string", value: "timestamp" },
          { type: "timestamp", value: 1_700_000_000_123n },
        ],
        [
          { type: "string", value: "symbol" },
          { type: "symbol", value: "sym" },
        ],
        [
          { type: "string", value: "double" },
          { type: "double", value: 2 },
        ],
        [
          { type: "string", value: "long" },
          { type: "long", value: -2n },
        ],
      ],
    });
  });

  test("is read by another library", () => {
    const list: AmqpValue = {
      type: "list",
      items: [
        { type: "string", value: "é" },
        { type: "int", value: -7 },
        { type: "float", value: 0.5 },
      ],
    };
    const encoded = encodeValue({ type: "described", descriptor: { type: "ulong", value: 0x77n }, value: list });
    expect(message.decode(Buffer.from(encoded)).body).toEqual(["é", -7, 0.5]);
  });

  test("tells the bytes of each list field and map entry", () => {
    const list = encodeValue({ type: "list", items: [{ type: "string", value: "ab" }, { type: "null" }] });
    expect(decodeListFields(list).map(({ start, end }) => [...list.subarray(start, end)])).toEqual([
      [0xa1, 2, 97, 98],
      [0x40],
    ]);
    const map = encodeValue({
      type: "map",
      entries: [
        [
          { type: "symbol", value: "k" },
          { type: "boolean", value: true },
        ],
      ],
    });
    const entries = decodeMapEntries(map);
    expect(entries.map(({ start, valueStart }) => [...map.subarray(start, valueStart)])).toEqual([[0xa3, 1, 107]]);
    expect(entries.map(({ valueStart, end }) => [...map.subarray(valueStart, end)])).toEqual([[0x41]]);
  });

  test("reads at an offset of a larger buffer", () => {
    const pool = Buffer.concat([Buffer.from([1, 2, 3]), encodeValue({ type: "long", value: -5n })]).subarray(1);
    expect(decodeValue(pool, 2)).toEqual({ value: { type: "long", value: -5n }, start: 2, end: 4 });
  });
});

describe("hostile bytes", () => {
  test.each([
    ["nothing at all", []],
    ["an unknown format code", [0x99]],
    ["a long cut off", [0x81, 0, 0, 0]],
    ["a string longer than the input", [0xb1, 0xff, 0xff, 0xff, 0xff, 97]],
    ["a list that claims more items than bytes", [0xd0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x40]],
    ["a list whose size ends inside an item", [0xc0, 3, 1, 0x71, 0, 0, 0, 1]],
    ["a list with bytes left over", [0xc0, 3, 1, 0x40, 0x40]],
    ["a map with an odd count", [0xc1, 2, 1, 0x40]],
    ["an array of nothing, four thousand million times", [0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x40]],
    ["an array with more elements than bytes", [0xe0, 3, 200, 0x50, 1]],
    ["a boolean of 2", [0x56, 2]],
    ["a char beyond Unicode", [0x73, 0, 0x11, 0, 0]],
    ["a described value without a value", [0x00, 0x53, 0x70]],
    ["descriptors of descriptors", Array.from({ length: 10_000 }, () => 0)],
  ])("%s is refused", (_what, bytes) => {
    expect(() => decodeValue(Uint8Array.from(bytes))).toThrow(AmqpDecodeError);
  });

  test("nesting is bounded, in lists and in arrays", () => {
    let list: AmqpValue = { type: "null" };
    for (let i = 0; i < 40; i++) list = { type: "list", items: [list] };
    const bytes = encodeValue(list);
    expect(() => decodeValue(bytes)).toThrow(/nested deeper/);
    expect(skipValue(bytes)).toBe(bytes.length);
    let array = Uint8Array.of(0xe0, 2, 0, 0x40);
    for (let i = 0; i < 40; i++) {
      const size = array.length + 4;
      array = Uint8Array.of(0xf0, 0, 0, size >> 8, size & 0xff, 0, 0, 0, 1, ...array);
    }
    expect(() => decodeValue(array)).toThrow(/nested deeper/);
  });

  test("any cut of a message-like value is refused, never read beyond", () => {
    const bytes = encodeValue({ type: "list", items: EVERY_TYPE.slice(0, 30) });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeValue(bytes.subarray(0, length)), `${length} bytes`).toThrow(AmqpDecodeError);
    }
  });
});

describe("values that do not fit their type", () => {
  test.each<[string, AmqpValue]>([
    ["ubyte", { type: "ubyte", value: 256 }],
    ["byte", { type: "byte", value: -129 }],
    ["short", { type: "short", value: 1.5 }],
    ["int", { type: "int", value: 2 ** 31 }],
    ["uint", { type: "uint", value: -1 }],
    ["long", { type: "long", value: 2n ** 63n }],
    ["ulong", { type: "ulong", value: -1n }],
    ["uuid", { type: "uuid", value: Uint8Array.of(1) }],
    ["symbol", { type: "symbol", value: "é" }],
    ["char", { type: "char", value: 0x110000 }],
    [
      "array of two types",
      { type: "array", elementCode: 0x54, descriptor: null, items: [{ type: "string", value: "x" }] },
    ],
    [
      "array of too small elements",
      { type: "array", elementCode: 0x54, descriptor: null, items: [{ type: "int", value: 300 }] },
    ],
  ])("%s", (_type, value) => {
    expect(() => encodeValue(value)).toThrow(AmqpEncodeError);
  });
});
