import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type AmqpValue, amqpString, amqpSymbol, NULL } from "@/lib/amqp/values";
import { asSent, dead, enqueuedAt, position, reasons } from "@/lib/testing/dead-message";
import {
  annotated,
  brokerAnnotations,
  dataBody,
  EVERY_TYPE,
  encodeMessage,
  type MessageShape,
  messageProperties,
  named,
  sequenceBody,
  valueBody,
} from "@/lib/testing/messages";
import { BrokerError, type CopyChanges } from "../broker";
import { prepareCopy } from "./prepare-copy";
import { readMessage } from "./read-message";
import { textToValue } from "./value-text";
import { viewMessage } from "./view-message";

const keep: CopyChanges = { stamp: null };

describe("readMessage", () => {
  test("reads every fact, sequence numbers above 2^53 exactly", () => {
    const message = readMessage(dead(asSent));
    expect(message).toMatchObject({
      key: "9007199254740993",
      position,
      messageId: "id-1",
      enqueuedAt,
      reason: "SchemaUnknown",
      description: "version 9",
      deliveryCount: 10,
      bodySize: 9,
      contentType: "application/json",
      subject: "order",
      correlationId: "18446744073709551615",
      sessionId: "s1",
      partitionKey: "p1",
      deadLetterSource: "orders",
      expiresAt: null,
      stamp: null,
    });
    expect(message.properties).toContainEqual({ name: "aLong", type: "long", value: "9007199254740993" });
    expect(message.properties).toContainEqual({ name: "aWholeDouble", type: "double", value: "2" });
    expect(message.properties).toContainEqual({
      name: "aTimespan",
      type: "com.microsoft:timespan",
      value: "600000000",
    });
  });

  test("a message without MessageId, reason and body is read", () => {
    const bare = encodeMessage({ annotations: brokerAnnotations(1n, enqueuedAt) });
    expect(readMessage(bare)).toMatchObject({
      messageId: null,
      reason: "",
      description: null,
      bodySize: 0,
      deliveryCount: 0,
    });
  });

  test.each<[string, AmqpValue, string]>([
    [
      "a uuid",
      { type: "uuid", value: Uint8Array.from({ length: 16 }, (_, i) => i) },
      "00010203-0405-0607-0809-0a0b0c0d0e0f",
    ],
    ["a ulong", { type: "ulong", value: 18_446_744_073_709_551_615n }, "18446744073709551615"],
    ["binary", { type: "binary", value: Uint8Array.of(1, 2, 3) }, "AQID"],
  ])("an id that is %s is text that loses nothing", (_what, messageId, text) => {
    expect(readMessage(dead({ ...asSent, properties: messageProperties({ messageId }) })).messageId).toBe(text);
  });

  test("bytes that are no message are refused in words", () => {
    expect(() => readMessage(Uint8Array.of(1, 2, 3))).toThrow(BrokerError);
    expect(() => readMessage(encodeMessage({ body: [dataBody("x")] }))).toThrow(/sequence number/);
  });

  test("R9: one dead letter hashes the same peeked, locked, forwarded and in another encoding", () => {
    const peeked = readMessage(dead(asSent)).contentHash;
    const locked = dead(asSent, {
      header: [...(asSent.header ?? []), { type: "boolean", value: false }, { type: "uint", value: 11 }],
      deliveryAnnotations: [],
      annotations: [
        ...(asSent.annotations ?? []),
        ...annotated({ "x-opt-locked-until": { type: "timestamp", value: 9n } }),
        ...brokerAnnotations(position, enqueuedAt),
      ],
    });
    expect(readMessage(locked).contentHash).toEqual(peeked);
    const reordered = dead({
      ...asSent,
      properties: [...(asSent.properties ?? []), NULL],
      applicationProperties: [...(asSent.applicationProperties ?? [])].reverse(),
    });
    expect(readMessage(reordered).contentHash).toEqual(peeked);
  });

  test.each<[string, Partial<MessageShape>]>([
    ["body", { body: [dataBody('{"a":1}')] }],
    ["split of the body", { body: [dataBody('{"a":'), dataBody("1.0}")] }],
    ["property's type", { applicationProperties: named({ ...EVERY_TYPE, aWholeDouble: { type: "int", value: 2 } }) }],
    ["message id", { properties: messageProperties({ messageId: amqpString("id-2") }) }],
    [
      "custom annotation",
      { annotations: annotated({ "x-opt-partition-key": amqpString("p1"), mine: amqpSymbol("other") }) },
    ],
    [
      "partition key",
      { annotations: annotated({ "x-opt-partition-key": amqpString("p2"), mine: amqpSymbol("kept") }) },
    ],
    ["footer", { footer: annotated({ crc: { type: "uint", value: 2 } }) }],
  ])("R9: another %s is another hash", (_what, change) => {
    expect(readMessage(dead({ ...asSent, ...change })).contentHash).not.toEqual(readMessage(dead(asSent)).contentHash);
  });
});

describe("prepareCopy", () => {
  test("R8: an unedited copy carries the sender's bytes of every section", () => {
    const copy = prepareCopy(dead(asSent), keep);
    expect(Buffer.from(copy.encoded)).toEqual(Buffer.from(encodeMessage({ ...asSent })));
    expect(copy.hash).toEqual(createHash("sha256").update(copy.encoded).digest());
    expect(copy).toMatchObject({ messageId: "id-1", sessionId: "s1", partitionKey: "p1" });
  });

  test.each<[string, Uint8Array[]]>([
    ["several data sections", [dataBody("one"), dataBody(""), dataBody("three")]],
    ["sequences", [sequenceBody([{ type: "double", value: 1 }]), sequenceBody([])]],
    ["a map value", [valueBody(EVERY_TYPE.aMap ?? NULL)]],
    ["a null value", [valueBody(NULL)]],
    ["no body", []],
  ])("R8: %s stay as they are", (_what, body) => {
    const copy = prepareCopy(dead({ ...asSent, body }), keep);
    expect(Buffer.from(copy.encoded)).toEqual(Buffer.from(encodeMessage({ ...asSent, body })));
  });

  test("R8: a message without a header, properties and own entries becomes its body alone", () => {
    const original = encodeMessage({
      annotations: brokerAnnotations(1n, enqueuedAt),
      applicationProperties: reasons,
      body: [dataBody("x")],
    });
    const copy = prepareCopy(original, keep);
    expect(copy.encoded).toEqual(dataBody("x"));
    expect(copy).toMatchObject({ messageId: null, sessionId: null, partitionKey: null });
  });

  test("writes stamps, replaces an earlier replay's, and reads them again", () => {
    const first = prepareCopy(dead(asSent), { stamp: { itemId: "a", attempt: 1, originalKey: "5" } });
    const second = { itemId: "b", attempt: 2, originalKey: "9007199254740993" };
    const shape = {
      ...asSent,
      applicationProperties: [
        ...named(EVERY_TYPE),
        ...named({
          "dlq-console-item": amqpString("a"),
          "dlq-console-attempt": { type: "int", value: 1 },
          "dlq-console-original-sequence-number": amqpString("5"),
        }),
      ],
    };
    expect(Buffer.from(first.encoded)).toEqual(Buffer.from(encodeMessage({ ...shape })));
    const returned = prepareCopy(dead(shape), { stamp: second });
    const again = readMessage(encodeMessage({ ...asSent, annotations: brokerAnnotations(9n, enqueuedAt) }));
    expect(again.stamp).toBeNull();
    const names = viewMessage(returned.encoded).applicationProperties.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("dlq-console"))).toHaveLength(3);
    expect(
      readMessage(
        dead({
          ...shape,
          applicationProperties: named({
            "dlq-console-item": amqpString("b"),
            "dlq-console-attempt": { type: "int", value: 2 },
            "dlq-console-original-sequence-number": amqpString("9007199254740993"),
          }),
        }),
      ).stamp,
    ).toEqual(second);
  });

  test("R9: a stamped copy that comes back has the content hash of its original", () => {
    const copy = viewMessage(
      prepareCopy(dead(asSent), { stamp: { itemId: "b", attempt: 2, originalKey: "1" } }).encoded,
    );
    const stamps = copy.applicationProperties
      .filter(({ name }) => name.startsWith("dlq-console"))
      .map(({ name, type, value }) => [amqpString(name), textToValue(type, value)] as const);
    const returned = dead({ ...asSent, applicationProperties: [...named(EVERY_TYPE), ...stamps] });
    expect(readMessage(returned).contentHash).toEqual(readMessage(dead(asSent)).contentHash);
  });

  test("a stamp of other types than ours is nobody's stamp", () => {
    const forged = dead({
      applicationProperties: named({ "dlq-console-item": amqpString("a"), "dlq-console-attempt": amqpString("1") }),
    });
    expect(readMessage(forged).stamp).toBeNull();
  });

  test("replaces the message id and no other property field", () => {
    const copy = prepareCopy(dead(asSent), { ...keep, messageId: "replay-1" });
    const properties = [amqpString("replay-1"), ...(asSent.properties ?? []).slice(1)];
    expect(Buffer.from(copy.encoded)).toEqual(Buffer.from(encodeMessage({ ...asSent, properties })));
    expect(copy.messageId).toBe("replay-1");
  });

  test("a life can be renewed or taken away, on the header and in the properties", () => {
    const time = (ms: number): AmqpValue => ({ type: "timestamp", value: BigInt(ms) });
    const dated = (creation: number | null, expires: number | null): MessageShape => ({
      ...asSent,
      properties: messageProperties({
        messageId: amqpString("id-1"),
        ...(expires === null ? {} : { absoluteExpiryTime: time(expires) }),
        ...(creation === null ? {} : { creationTime: time(creation) }),
      }),
    });
    const at = new Date(5_000_000);
    const copy = (shape: MessageShape, expiry: NonNullable<CopyChanges["expiry"]>): Buffer =>
      Buffer.from(prepareCopy(dead(shape), { stamp: null, expiry }).encoded);
    const renew = { policy: "renew", at } as const;
    expect(copy(dated(1_000, 2_000), renew)).toEqual(Buffer.from(encodeMessage(dated(5_000_000, 8_600_000))));
    expect(copy(dated(null, null), renew)).toEqual(Buffer.from(encodeMessage(dated(null, null))));
    const withoutTtl = {
      header: [
        { type: "boolean", value: true },
        { type: "ubyte", value: 7 },
      ],
    } as const;
    expect(copy({ ...dated(1_000, 2_000), ...withoutTtl }, renew)).toEqual(
      Buffer.from(
        encodeMessage({ ...dated(5_000_000, 5_001_000), ...withoutTtl, header: [...withoutTtl.header, NULL] }),
      ),
    );
    expect(copy(dated(null, 2_000), { policy: "none" })).toEqual(
      Buffer.from(
        encodeMessage({ ...asSent, ...withoutTtl, properties: [amqpString("id-1"), ...Array(7).fill(NULL)] }),
      ),
    );
  });

  test("a schedule stands in the place of the broker's own", () => {
    const { encoded } = prepareCopy(dead(asSent), { stamp: null, scheduledFor: new Date(7) });
    const annotations = [
      ...(asSent.annotations ?? []),
      ...annotated({ "x-opt-scheduled-enqueue-time": { type: "timestamp", value: 7n } }),
    ];
    expect(Buffer.from(encoded)).toEqual(Buffer.from(encodeMessage({ ...asSent, annotations })));
  });

  test("edits properties in their place, with their types", () => {
    const copy = prepareCopy(dead(asSent), {
      ...keep,
      properties: [
        { name: "anInt", set: { type: "long", value: "12345678901234567890".slice(0, 19) } },
        { name: "aSymbol", remove: true },
        { name: "new", set: { type: "uuid", value: "00010203-0405-0607-0809-0a0b0c0d0e0f" } },
      ],
    });
    const expected = {
      ...EVERY_TYPE,
      anInt: { type: "long", value: 1234567890123456789n },
      new: { type: "uuid", value: Uint8Array.from({ length: 16 }, (_, i) => i) },
    } as Record<string, AmqpValue>;
    delete expected.aSymbol;
    expect(Buffer.from(copy.encoded)).toEqual(
      Buffer.from(encodeMessage({ ...asSent, applicationProperties: named(expected) })),
    );
  });

  test("a new body stands in one data section, or in a value of the original's type", () => {
    const body = Buffer.from('{"a":2}');
    const body2 = (sent: MessageShape): Uint8Array => prepareCopy(dead(sent), { ...keep, body }).encoded;
    expect(Buffer.from(body2({ ...asSent, body: [dataBody("a"), dataBody("b")] }))).toEqual(
      Buffer.from(encodeMessage({ ...asSent, body: [dataBody(body)] })),
    );
    expect(Buffer.from(body2({ ...asSent, body: [valueBody(amqpString("a"))] }))).toEqual(
      Buffer.from(encodeMessage({ ...asSent, body: [valueBody(amqpString('{"a":2}'))] })),
    );
    expect(Buffer.from(body2({ ...asSent, body: [valueBody({ type: "binary", value: Uint8Array.of(1) })] }))).toEqual(
      Buffer.from(encodeMessage({ ...asSent, body: [valueBody({ type: "binary", value: body })] })),
    );
    expect(Buffer.from(body2({ ...asSent, body: [] }))).toEqual(
      Buffer.from(encodeMessage({ ...asSent, body: [dataBody(body)] })),
    );
  });

  test.each<[string, CopyChanges, RegExp, Uint8Array[]?]>([
    [
      "a type that does not exist",
      { ...keep, properties: [{ name: "p", set: { type: "integer", value: "1" } }] },
      /"p": "integer" is no AMQP type/,
    ],
    [
      "a number out of range",
      { ...keep, properties: [{ name: "p", set: { type: "ubyte", value: "256" } }] },
      /256 is out of range: a ubyte is a whole number from 0 to 255/,
    ],
    [
      "words for a number",
      { ...keep, properties: [{ name: "p", set: { type: "int", value: "seven" } }] },
      /"seven" is no int/,
    ],
    [
      "a property without a name",
      { ...keep, properties: [{ name: "", set: { type: "int", value: "1" } }] },
      /needs a name/,
    ],
    ["the broker's reason", { ...keep, properties: [{ name: "DeadLetterReason", remove: true }] }, /cannot be edited/],
    [
      "a stamp",
      { ...keep, properties: [{ name: "dlq-console-item", set: { type: "string", value: "x" } }] },
      /cannot be edited/,
    ],
    [
      "bytes for a map body",
      { ...keep, body: Uint8Array.of(1) },
      /value of type map/,
      [valueBody({ type: "map", entries: [] })],
    ],
    ["bytes for a sequence", { ...keep, body: Uint8Array.of(1) }, /AMQP sequence/, [sequenceBody([])]],
    [
      "bytes that are no UTF-8 for a string",
      { ...keep, body: Uint8Array.of(0xff) },
      /have to be UTF-8/,
      [valueBody(amqpString("x"))],
    ],
  ])("%s is refused in words", (_what, changes, words, body = [dataBody("x")]) => {
    const attempt = (): unknown => prepareCopy(dead({ ...asSent, body }), changes);
    expect(attempt).toThrow(words);
    expect(attempt).toThrow(expect.objectContaining({ code: "invalid-message", doubt: false }));
  });
});
