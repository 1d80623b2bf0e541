import { describe, expect, test } from "vitest";
import { decodeListFields, decodeMapEntries } from "./decode-value";
import { encodeValue } from "./encode-value";
import { isNamed, isNamedFrom, markList, markMap, nameAt } from "./marks";
import { type AmqpValue, amqpString, amqpSymbol } from "./values";

const VALUES: readonly AmqpValue[] = [
  { type: "null" },
  { type: "boolean", value: true },
  { type: "ubyte", value: 7 },
  { type: "ushort", value: 700 },
  { type: "uint", value: 0 },
  { type: "uint", value: 70_000 },
  { type: "int", value: -1 },
  { type: "int", value: 70_000 },
  { type: "ulong", value: 2n ** 63n },
  { type: "long", value: -129n },
  { type: "double", value: 1.5 },
  { type: "char", value: 0x1f600 },
  { type: "timestamp", value: 1_764_000_000_000n },
  { type: "uuid", value: new Uint8Array(16).fill(9) },
  { type: "decimal128", value: new Uint8Array(16).fill(9) },
  { type: "binary", value: new Uint8Array(3) },
  { type: "binary", value: new Uint8Array(300) },
  amqpString("short"),
  amqpString("ä".repeat(200)),
  amqpSymbol("s"),
  { type: "list", items: [] },
  { type: "list", items: [amqpString("inside"), { type: "int", value: 1 }] },
  { type: "map", entries: [[amqpString("k"), { type: "long", value: 1n }]] },
  { type: "array", elementCode: 0x71, descriptor: null, items: [{ type: "int", value: 1 }] },
  { type: "described", descriptor: amqpSymbol("com.microsoft:timespan"), value: { type: "long", value: 5n } },
];

/** Ends of the marks that decoding finds, or the words that it refuses with. */
function decoded(read: () => readonly { start: number; end: number }[]): unknown {
  try {
    return read().map(({ start, end }) => [start, end]);
  } catch (error) {
    return (error as Error).name;
  }
}

function marked(read: () => readonly number[], step: 1 | 2): unknown {
  try {
    const marks = read();
    return Array.from({ length: (marks.length - 1) / step }, (_, n) => [marks[n * step], marks[(n + 1) * step]]);
  } catch (error) {
    return (error as Error).name;
  }
}

describe("marks", () => {
  test("of lists and maps are where decoding finds the values, at an offset too", () => {
    const list = encodeValue({ type: "list", items: VALUES });
    const map = encodeValue({ type: "map", entries: VALUES.map((value, n) => [amqpString(`k${n}`), value]) });
    const behind = Buffer.concat([Buffer.from([1, 2, 3]), list]);
    expect(marked(() => markList(list, 0), 1)).toEqual(decoded(() => decodeListFields(list)));
    expect(marked(() => markList(behind, 3), 1)).toEqual(decoded(() => decodeListFields(behind, 3)));
    expect(marked(() => markMap(map, 0), 2)).toEqual(decoded(() => decodeMapEntries(map)));
    expect(markList(encodeValue({ type: "list", items: [] }), 0)).toHaveLength(1);
  });

  test("refuse what decoding refuses: every byte cut off or changed", () => {
    for (const value of VALUES) {
      const list = encodeValue({ type: "list", items: [value, amqpString("last")] });
      const map = encodeValue({ type: "map", entries: [[amqpString("k"), value]] });
      for (const whole of [list, map]) {
        for (let at = 0; at < Math.min(whole.length, 40); at++) {
          const broken = [whole.slice(0, at)];
          for (const byte of [0x00, 0x01, 0x40, 0x46, 0x56, 0x73, 0xa1, 0xb1, 0xc1, 0xd1, 0xff]) {
            const changed = whole.slice();
            changed[at] = byte;
            broken.push(changed);
          }
          for (const bytes of broken) {
            expect(marked(() => markList(bytes, 0), 1)).toEqual(decoded(() => decodeListFields(bytes)));
            expect(marked(() => markMap(bytes, 0), 2)).toEqual(decoded(() => decodeMapEntries(bytes)));
          }
        }
      }
    }
  });

  test("read names of strings and symbols, and of nothing else", () => {
    const bytes = (value: AmqpValue): [Uint8Array, number, number] => {
      const encoded = encodeValue(value);
      return [encoded, 0, encoded.length];
    };
    expect(nameAt(...bytes(amqpString("käse")))).toBe("käse");
    expect(nameAt(...bytes(amqpSymbol("x-opt-partition-key")))).toBe("x-opt-partition-key");
    expect(nameAt(...bytes(amqpString("n".repeat(300))))).toBe("n".repeat(300));
    expect(nameAt(...bytes({ type: "int", value: 1 }))).toBeNull();
  });

  test.each([
    ["a string", "käse", amqpString],
    ["a symbol", "x-opt-partition-key", amqpSymbol],
    ["a long string", "n".repeat(300), amqpString],
  ])("know the name in %s by its bytes", (_, name, ofType) => {
    const encoded = encodeValue(ofType(name));
    const named = (text: string) => isNamed(encoded, 0, encoded.length, Buffer.from(text));
    const namedFrom = (text: string) => isNamedFrom(encoded, 0, encoded.length, Buffer.from(text));
    expect(named(name)).toBe(true);
    expect(named(name.slice(0, -1))).toBe(false);
    expect(named(`${name}s`)).toBe(false);
    expect(named(`N${name.slice(1)}`)).toBe(false);
    expect(namedFrom(name.slice(0, 2))).toBe(true);
    expect(namedFrom(name)).toBe(true);
    expect(namedFrom(`${name}s`)).toBe(false);
    expect(namedFrom(name.slice(1, 3))).toBe(name.startsWith("nnn"));
  });

  test("know no name in what is no text", () => {
    const encoded = encodeValue({ type: "binary", value: Buffer.from("x-opt-") });
    expect(isNamed(encoded, 0, encoded.length, Buffer.from("x-opt-"))).toBe(false);
    expect(isNamedFrom(encoded, 0, encoded.length, Buffer.from("x"))).toBe(false);
  });
});
