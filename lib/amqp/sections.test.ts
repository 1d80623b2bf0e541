import { message } from "rhea";
import { describe, expect, test } from "vitest";
import { BATCH_ENTRY_OVERHEAD, decodeBatch, encodeBatch } from "./batch";
import { encodeValue } from "./encode-value";
import { rewriteMessage } from "./rewrite";
import {
  dataOf,
  encodeSection,
  findSection,
  HEADER_FIELD,
  joinSections,
  PROPERTIES_FIELD,
  SECTION,
  splitSections,
} from "./sections";
import { AmqpDecodeError, type AmqpValue, amqpString, amqpSymbol, NULL } from "./values";

const data = (text: string): Uint8Array =>
  encodeSection(SECTION.data, encodeValue({ type: "binary", value: Buffer.from(text) }));
const map = (code: number, entries: [AmqpValue, AmqpValue][]): Uint8Array =>
  encodeSection(code, encodeValue({ type: "map", entries }));
const list = (code: number, items: AmqpValue[]): Uint8Array =>
  encodeSection(code, encodeValue({ type: "list", items }));

const header = list(SECTION.header, [
  { type: "boolean", value: true },
  { type: "ubyte", value: 9 },
  { type: "uint", value: 60_000 },
  NULL,
  { type: "uint", value: 4 },
]);
const annotations = map(SECTION.messageAnnotations, [
  [amqpSymbol("x-opt-sequence-number"), { type: "long", value: 9_007_199_254_740_993n }],
  [amqpSymbol("x-mine"), { type: "ushort", value: 7 }],
]);
const properties = list(SECTION.properties, [
  amqpString("id-1"),
  { type: "binary", value: Uint8Array.of(1, 2) },
  NULL,
  amqpString("subject"),
]);
const application = map(SECTION.applicationProperties, [
  [amqpString("DeadLetterReason"), amqpString("Bad")],
  [amqpString("price"), { type: "double", value: 2 }],
  [{ type: "int", value: 3 }, amqpString("numbers may be keys")],
]);
const footer = map(SECTION.footer, [[amqpSymbol("crc"), { type: "uint", value: 1 }]]);
const whole = joinSections([header, annotations, properties, application, data("one"), data("two"), footer]);

describe("splitSections", () => {
  test("finds every section and its bytes", () => {
    const sections = splitSections(whole);
    expect(sections.map(({ code }) => code)).toEqual([0x70, 0x72, 0x73, 0x74, 0x75, 0x75, 0x78]);
    expect(joinSections(sections.map(({ start, end }) => whole.subarray(start, end)))).toEqual(whole);
    expect(
      sections
        .filter(({ code }) => code === SECTION.data)
        .map((section) => Buffer.from(dataOf(whole, section)).toString()),
    ).toEqual(["one", "two"]);
  });

  test("takes descriptors in the long form and as symbols", () => {
    const long = joinSections([
      Uint8Array.of(0x00),
      Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0x75),
      encodeValue({ type: "binary", value: Uint8Array.of(1) }),
    ]);
    const symbol = joinSections([
      Uint8Array.of(0x00),
      encodeValue(amqpSymbol("amqp:data:binary")),
      encodeValue({ type: "binary", value: Uint8Array.of(2) }),
    ]);
    const [first, second] = splitSections(joinSections([long, symbol]));
    expect([first?.code, second?.code]).toEqual([SECTION.data, SECTION.data]);
    expect(first && [...dataOf(long, first)]).toEqual([1]);
  });

  test("reads what another library wrote", () => {
    const encoded: Uint8Array = message.encode({
      message_id: "m",
      application_properties: { a: 1 },
      body: message.data_section(Buffer.from("x")),
    });
    expect(splitSections(encoded).map(({ code }) => code)).toEqual([
      SECTION.header,
      SECTION.properties,
      SECTION.applicationProperties,
      SECTION.data,
    ]);
  });

  test("takes a footer before the body, where rhea writes it, and nowhere else", () => {
    const encoded: Uint8Array = message.encode({
      message_id: "m",
      footer: { crc: 1 },
      body: message.data_section(Buffer.from("x")),
    });
    expect(splitSections(encoded).map(({ code }) => code)).toEqual([0x70, 0x73, 0x78, 0x75]);
    expect(rewriteMessage(encoded, { applicationProperties: { remove: () => true } })).toEqual(
      Uint8Array.from(encoded),
    );
    expect(splitSections(joinSections([footer, data("one"), data("two")]))).toHaveLength(3);
    for (const wrong of [
      [footer, header],
      [footer, footer],
      [footer, data("x"), footer],
      [data("x"), footer, data("y")],
    ])
      expect(() => splitSections(joinSections(wrong))).toThrow(AmqpDecodeError);
  });

  test.each([
    ["bytes that are no section", Uint8Array.of(0x40)],
    ["a descriptor of no section", encodeSection(0x79, encodeValue(NULL))],
    ["a descriptor alone", Uint8Array.of(0x00, 0x53)],
    ["a section cut off", data("hello").subarray(0, 7)],
    ["sections out of order", joinSections([data("x"), header])],
    ["two headers", joinSections([header, header])],
    ["another descriptor", joinSections([Uint8Array.of(0x00), encodeValue(amqpString("x")), encodeValue(NULL)])],
  ])("%s is refused", (_what, bytes) => {
    expect(() => splitSections(bytes)).toThrow(AmqpDecodeError);
  });
});

describe("rewriteMessage", () => {
  test("without changes gives the same bytes", () => {
    expect(rewriteMessage(whole, {})).toEqual(whole);
    const nothing = {
      header: new Map(),
      messageAnnotations: {},
      properties: new Map(),
      applicationProperties: { remove: () => false },
    };
    expect(rewriteMessage(whole, nothing)).toEqual(whole);
  });

  test("changes one header field and keeps the others byte for byte", () => {
    const changed = rewriteMessage(whole, {
      header: new Map([[HEADER_FIELD.deliveryCount, { type: "uint", value: 0 }]]),
    });
    const expected = list(SECTION.header, [
      { type: "boolean", value: true },
      { type: "ubyte", value: 9 },
      { type: "uint", value: 60_000 },
      NULL,
      { type: "uint", value: 0 },
    ]);
    expect(changed).toEqual(joinSections([expected, whole.subarray(header.length)]));
  });

  test("adds a header and a field behind the last", () => {
    const changed = rewriteMessage(data("x"), { header: new Map([[HEADER_FIELD.ttl, { type: "uint", value: 1 }]]) });
    expect(changed).toEqual(joinSections([list(SECTION.header, [NULL, NULL, { type: "uint", value: 1 }]), data("x")]));
    expect(rewriteMessage(data("x"), { header: new Map([[HEADER_FIELD.ttl, NULL]]) })).toEqual(data("x"));
  });

  test("fields taken out at the end are cut off, and a header that says nothing more goes", () => {
    const out = new Map([HEADER_FIELD.firstAcquirer, HEADER_FIELD.deliveryCount].map((index) => [index, NULL]));
    const expected = list(SECTION.header, [
      { type: "boolean", value: true },
      { type: "ubyte", value: 9 },
      { type: "uint", value: 60_000 },
    ]);
    expect(rewriteMessage(joinSections([header, data("x")]), { header: out })).toEqual(
      joinSections([expected, data("x")]),
    );
    const empty = list(SECTION.header, [
      NULL,
      NULL,
      NULL,
      { type: "boolean", value: true },
      { type: "uint", value: 3 },
    ]);
    expect(rewriteMessage(joinSections([empty, data("x")]), { header: out })).toEqual(data("x"));
  });

  test("a new message id leaves the fields behind it as they are, unusual encodings too", () => {
    const oddNull = Uint8Array.of(0xb1, 0, 0, 0, 1, 0x73);
    const odd = encodeSection(
      SECTION.properties,
      joinSections([
        Uint8Array.of(0xc0, 5 + oddNull.length, 3),
        encodeValue(amqpString("a")).subarray(0, 3),
        oddNull,
        Uint8Array.of(0x40),
      ]),
    );
    const changed = rewriteMessage(odd, { properties: new Map([[PROPERTIES_FIELD.messageId, amqpString("longer")]]) });
    const section = findSection(splitSections(changed), SECTION.properties);
    expect(section && Buffer.from(changed.subarray(section.bodyStart)).includes(Buffer.from(oddNull))).toBe(true);
  });

  test("removes and sets map entries, keeps the rest in order", () => {
    const changed = rewriteMessage(whole, {
      applicationProperties: {
        remove: (key) => key === "DeadLetterReason",
        set: [
          [{ type: "string", value: "new" }, NULL],
          [
            { type: "string", value: "price" },
            { type: "int", value: 3 },
          ],
        ],
      },
    });
    const expected = map(SECTION.applicationProperties, [
      [amqpString("price"), { type: "int", value: 3 }],
      [{ type: "int", value: 3 }, amqpString("numbers may be keys")],
      [amqpString("new"), NULL],
    ]);
    expect(changed).toEqual(
      joinSections([header, annotations, properties, expected, data("one"), data("two"), footer]),
    );
  });

  test("a section that comes to hold nothing goes", () => {
    const only = map(SECTION.applicationProperties, [[amqpString("DeadLetterReason"), amqpString("Bad")]]);
    expect(rewriteMessage(joinSections([only, data("x")]), { applicationProperties: { remove: () => true } })).toEqual(
      data("x"),
    );
  });

  test("replaces the body before the footer and drops delivery annotations", () => {
    const delivery = map(SECTION.deliveryAnnotations, [[amqpSymbol("x-opt-lock-token"), amqpString("t")]]);
    const changed = rewriteMessage(joinSections([header, delivery, data("old"), footer]), {
      dropDeliveryAnnotations: true,
      body: [data("new")],
    });
    expect(changed).toEqual(joinSections([header, data("new"), footer]));
  });
});

describe("batches", () => {
  test("hold messages as they are", () => {
    const batch = encodeBatch([whole, data("x")], [properties]);
    const decoded = decodeBatch(batch);
    expect(decoded.messages).toEqual([whole, data("x")]);
    expect(decoded.envelope.map(({ code }) => code)).toEqual([SECTION.properties]);
    expect(batch.length).toBeLessThanOrEqual(
      properties.length + whole.length + data("x").length + 2 * BATCH_ENTRY_OVERHEAD,
    );
  });

  test("an envelope without messages is refused", () => {
    expect(() => decodeBatch(properties)).toThrow(AmqpDecodeError);
  });
});
