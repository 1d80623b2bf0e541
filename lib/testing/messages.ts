import { encodeValue } from "../amqp/encode-value";
import { encodeSection, joinSections, SECTION } from "../amqp/sections";
import { type AmqpValue, amqpString, amqpSymbol, NULL } from "../amqp/values";

/** Encoded AMQP messages of any shape for tests, section by section. */
export interface MessageShape {
  readonly header?: readonly AmqpValue[];
  readonly deliveryAnnotations?: readonly Entry[];
  readonly annotations?: readonly Entry[];
  readonly properties?: readonly AmqpValue[];
  readonly applicationProperties?: readonly Entry[];
  /** Body sections, descriptor included; `dataBody`, `valueBody` and `sequenceBody` make them. */
  readonly body?: readonly Uint8Array[];
  readonly footer?: readonly Entry[];
}

export type Entry = readonly [key: AmqpValue, value: AmqpValue];

export function encodeMessage(shape: MessageShape): Uint8Array {
  const list = (code: number, items: readonly AmqpValue[] | undefined): Uint8Array[] =>
    items === undefined ? [] : [encodeSection(code, encodeValue({ type: "list", items }))];
  const map = (code: number, entries: readonly Entry[] | undefined): Uint8Array[] =>
    entries === undefined ? [] : [encodeSection(code, encodeValue({ type: "map", entries }))];
  return joinSections([
    ...list(SECTION.header, shape.header),
    ...map(SECTION.deliveryAnnotations, shape.deliveryAnnotations),
    ...map(SECTION.messageAnnotations, shape.annotations),
    ...list(SECTION.properties, shape.properties),
    ...map(SECTION.applicationProperties, shape.applicationProperties),
    ...(shape.body ?? []),
    ...map(SECTION.footer, shape.footer),
  ]);
}

export function dataBody(text: string | Uint8Array): Uint8Array {
  const value = typeof text === "string" ? Buffer.from(text, "utf8") : text;
  return encodeSection(SECTION.data, encodeValue({ type: "binary", value }));
}

export function valueBody(value: AmqpValue): Uint8Array {
  return encodeSection(SECTION.value, encodeValue(value));
}

export function sequenceBody(items: readonly AmqpValue[]): Uint8Array {
  return encodeSection(SECTION.sequence, encodeValue({ type: "list", items }));
}

/** Application properties with string keys. */
export function named(properties: Readonly<Record<string, AmqpValue>>): Entry[] {
  return Object.entries(properties).map(([name, value]) => [amqpString(name), value]);
}

/** Message annotations with symbol keys. */
export function annotated(annotations: Readonly<Record<string, AmqpValue>>): Entry[] {
  return Object.entries(annotations).map(([name, value]) => [amqpSymbol(name), value]);
}

/** The fields of a properties section up to the last that is named. */
export function messageProperties(fields: {
  readonly messageId?: AmqpValue;
  readonly userId?: AmqpValue;
  readonly to?: AmqpValue;
  readonly subject?: AmqpValue;
  readonly replyTo?: AmqpValue;
  readonly correlationId?: AmqpValue;
  readonly contentType?: AmqpValue;
  readonly contentEncoding?: AmqpValue;
  readonly absoluteExpiryTime?: AmqpValue;
  readonly creationTime?: AmqpValue;
  readonly groupId?: AmqpValue;
  readonly groupSequence?: AmqpValue;
  readonly replyToGroupId?: AmqpValue;
}): AmqpValue[] {
  const row = [
    fields.messageId,
    fields.userId,
    fields.to,
    fields.subject,
    fields.replyTo,
    fields.correlationId,
    fields.contentType,
    fields.contentEncoding,
    fields.absoluteExpiryTime,
    fields.creationTime,
    fields.groupId,
    fields.groupSequence,
    fields.replyToGroupId,
  ];
  const last = row.findLastIndex((field) => field !== undefined);
  return row.slice(0, last + 1).map((field) => field ?? NULL);
}

/** A value of every AMQP type that an application property may have, by the name of the property. */
export const EVERY_TYPE: Readonly<Record<string, AmqpValue>> = {
  aNull: NULL,
  aTrue: { type: "boolean", value: true },
  aFalse: { type: "boolean", value: false },
  aUbyte: { type: "ubyte", value: 200 },
  aUshort: { type: "ushort", value: 60_000 },
  aUint0: { type: "uint", value: 0 },
  aUint: { type: "uint", value: 4_000_000_000 },
  aUlong: { type: "ulong", value: 18_446_744_073_709_551_615n },
  aByte: { type: "byte", value: -100 },
  aShort: { type: "short", value: -30_000 },
  aSmallInt: { type: "int", value: -1 },
  anInt: { type: "int", value: -2_000_000_000 },
  aSmallLong: { type: "long", value: 1n },
  aLong: { type: "long", value: 9_007_199_254_740_993n },
  aFloat: { type: "float", value: 1.5 },
  aWholeDouble: { type: "double", value: 2 },
  aDouble: { type: "double", value: 0.1 },
  aDecimal32: { type: "decimal32", value: Uint8Array.of(1, 2, 3, 4) },
  aDecimal64: { type: "decimal64", value: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  aDecimal128: { type: "decimal128", value: Uint8Array.from({ length: 16 }, (_, i) => i) },
  aChar: { type: "char", value: 0x1f600 },
  aTimestamp: { type: "timestamp", value: 1_700_000_000_123n },
  aUuid: { type: "uuid", value: Uint8Array.from({ length: 16 }, (_, i) => 255 - i) },
  aBinary: { type: "binary", value: Uint8Array.of(0, 255, 128, 1) },
  aLongBinary: { type: "binary", value: new Uint8Array(300).fill(9) },
  aString: { type: "string", value: "naïve 😀" },
  aLongString: { type: "string", value: "s".repeat(300) },
  aSymbol: { type: "symbol", value: "symbolic" },
  aTimespan: {
    type: "described",
    descriptor: amqpSymbol("com.microsoft:timespan"),
    value: { type: "long", value: 600_000_000n },
  },
  aList: { type: "list", items: [{ type: "int", value: 1 }, amqpString("two"), NULL] },
  aMap: { type: "map", entries: [[{ type: "int", value: 1 }, amqpSymbol("one")]] },
  anArray: {
    type: "array",
    elementCode: 0x71,
    descriptor: null,
    items: [
      { type: "int", value: 1 },
      { type: "int", value: 2 },
    ],
  },
};

/** What the broker writes on a dead letter as it hands it out. */
export function brokerAnnotations(sequenceNumber: bigint, enqueuedAt: Date): Entry[] {
  return annotated({
    "x-opt-sequence-number": { type: "long", value: sequenceNumber },
    "x-opt-enqueued-time": { type: "timestamp", value: BigInt(enqueuedAt.getTime()) },
    "x-opt-locked-until": { type: "timestamp", value: BigInt(enqueuedAt.getTime() + 60_000) },
    "x-opt-enqueue-sequence-number": { type: "long", value: sequenceNumber },
    "x-opt-message-state": { type: "int", value: 0 },
    "x-opt-deadletter-source": amqpString("orders"),
  });
}
