import { isUtf8 } from "node:buffer";
import { expect, test } from "vitest";
import { storableText } from "@/lib/domain/storable-text";
import { encodeValue } from "../../amqp/encode-value";
import { encodeSection, joinSections, SECTION } from "../../amqp/sections";
import { type AmqpValue, amqpString, amqpSymbol } from "../../amqp/values";
import { takeApart } from "./message-parts";
import { propertiesJson } from "./properties-json";
import { typedEntries } from "./read-message";

const map = (entries: readonly (readonly [AmqpValue, AmqpValue])[]) => encodeValue({ type: "map", entries });
const partsOf = (properties: Uint8Array) =>
  takeApart(joinSections([encodeSection(SECTION.applicationProperties, properties)]));

/** What the properties of such a message are as JSON, and what they should be. */
function both(properties: Uint8Array) {
  const parts = partsOf(properties);
  const storable = typedEntries(parts.applicationProperties).map(({ name, type, value }) => ({
    name: storableText(name),
    type,
    value: storableText(value),
  }));
  const json = Buffer.from(propertiesJson(parts));
  expect(isUtf8(json)).toBe(true);
  return { json: JSON.parse(json.toString("utf8")) as unknown, text: json.toString("utf8"), storable };
}

const TEXTS = [
  "",
  "plain",
  'a "quoted" text',
  "back\\slash",
  "line\nand\ttab\r",
  "\u0000 and \u0001",
  "käse 🧀",
  "delete \u007f, next line \u0085",
  "x".repeat(300),
  `${"ä".repeat(5_000)}"`,
];

test("properties as JSON say what they are read as, whatever their texts hold", () => {
  const { json, storable } = both(
    map(TEXTS.flatMap((text, n) => [[amqpString(`${text}${n}`), amqpString(text)] as const])),
  );
  expect(json).toEqual(storable);
  expect(storable[5]?.value).toBe("\ufffd and \u0001");
});

test("properties as JSON name the types of values and keys that are no texts", () => {
  const values: AmqpValue[] = [
    { type: "null" },
    { type: "boolean", value: true },
    { type: "int", value: -70_000 },
    { type: "long", value: -(2n ** 63n) },
    { type: "double", value: Number.NaN },
    { type: "char", value: 0x22 },
    { type: "char", value: 0x5c },
    { type: "char", value: 0 },
    { type: "char", value: 0xe4 },
    { type: "uuid", value: new Uint8Array(16).fill(9) },
    { type: "timestamp", value: 1_764_000_000_000n },
    { type: "binary", value: new Uint8Array([0, 34, 92]) },
    amqpSymbol("sym"),
    { type: "list", items: [amqpString('in "side"')] },
    { type: "described", descriptor: amqpSymbol("com.microsoft:timespan"), value: { type: "long", value: 5n } },
  ];
  const { json, storable } = both(
    map([
      ...values.map((value, n) => [amqpSymbol(`k${n}`), value] as const),
      [{ type: "uint", value: 7 }, amqpString("under a number")] as const,
    ]),
  );
  expect(json).toEqual(storable);
  expect(storable[12]).toEqual({ name: "k12", type: "symbol", value: "sym" });
});

test("properties as JSON are valid where bytes are no UTF-8", () => {
  const wrong = map([[amqpString("name"), amqpString("value")]]).slice();
  wrong[wrong.indexOf("v".charCodeAt(0))] = 0xff;
  const { json, storable } = both(wrong);
  expect(json).toEqual([{ name: "name", type: "string", value: "\ufffdalue" }]);
  expect(json).toEqual(storable);
});

test("properties as JSON are an empty list where there are none, and each message's own", () => {
  expect(both(map([])).text).toBe("[]");
  expect(Buffer.from(propertiesJson(takeApart(new Uint8Array()))).toString()).toBe("[]");
  const first = propertiesJson(partsOf(map([[amqpString("a"), amqpString("1")]])));
  propertiesJson(partsOf(map([[amqpString("b"), amqpString("2")]])));
  expect(Buffer.from(first).toString()).toBe('[{"name":"a","type":"string","value":"1"}]');
});
