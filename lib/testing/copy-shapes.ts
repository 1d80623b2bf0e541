import { type AmqpValue, amqpString, NULL } from "../amqp/values";
import { COPY_MATRIX } from "./contracts/copy-matrix";
import {
  annotated,
  brokerAnnotations,
  dataBody,
  encodeMessage,
  type MessageShape,
  messageProperties,
  named,
} from "./messages";

export interface SentShape {
  readonly what: string;
  /** As its sender wrote it. */
  readonly bytes: Buffer;
}

/**
 * Messages of every form for replays: those of the contract's matrix, and such as the broker changes on their way or `encodeMessage`
 * would not write. With sessions each has a SessionId; a partition key is then that id, as Service Bus wants it.
 */
export function sentShapes(sessions: boolean): SentShape[] {
  const shaped = Object.entries({ ...COPY_MATRIX, ...REPLAYED }).map(([what, shape], n) => ({
    what,
    bytes: Buffer.from(encodeMessage(sessions ? inSession(shape, `s-${n}`) : shape)),
  }));
  const groupId = sessions ? { groupId: amqpString("odd") } : {};
  const before = encodeMessage({
    properties: messageProperties({ messageId: amqpString("early"), ...groupId }),
    footer: annotated({ crc: { type: "uint", value: 7 } }),
  });
  return [
    ...shaped,
    { what: "a footer before its body", bytes: Buffer.concat([before, dataBody("x")]) },
    { what: "values in longer forms than they need", bytes: longForms(sessions ? "odd" : null) },
  ];
}

const REPLAYED: Readonly<Record<string, MessageShape>> = {
  "a priority alone": { header: [NULL, { type: "ubyte", value: 7 }], body: [dataBody("x")] },
  "delivery annotations": {
    deliveryAnnotations: annotated({ "x-opt-mine": amqpString("for one hop") }),
    body: [dataBody("x")],
  },
  "nothing but an id": { properties: messageProperties({ messageId: amqpString("alone") }) },
  "a property's name and value of 300 bytes": {
    applicationProperties: named({ ["n".repeat(300)]: amqpString("v".repeat(300)) }),
    body: [dataBody("x")],
  },
  "what an earlier death, an earlier replay and a schedule have left": {
    annotations: [
      ...brokerAnnotations(77n, new Date("2026-01-02T03:04:05Z")),
      ...annotated({
        mine: amqpString("kept"),
        "x-opt-scheduled-enqueue-time": { type: "timestamp", value: 1_700_000_000_000n },
      }),
    ],
    applicationProperties: named({
      mine: amqpString("kept"),
      DeadLetterReason: amqpString("Earlier"),
      DeadLetterErrorDescription: amqpString("said earlier"),
      "dlq-console-item": amqpString("4b5c6d00-0000-4000-8000-000000000001"),
      "dlq-console-attempt": { type: "int", value: 3 },
      "dlq-console-original-sequence-number": amqpString("12"),
      "dlq-console-route": amqpString("billing"),
    }),
    body: [dataBody("x")],
  },
  "the partition key of a transfer": {
    annotations: annotated({ "x-opt-via-partition-key": amqpString("p-1") }),
    body: [dataBody("x")],
  },
};

const GROUP_ID = 10;

function inSession(shape: MessageShape, otherwise: string): MessageShape {
  const given = shape.properties ?? [];
  const session = given[GROUP_ID] ?? NULL;
  const groupId = session.type === "null" ? amqpString(otherwise) : session;
  const properties = Array.from({ length: Math.max(GROUP_ID + 1, given.length) }, (_, at) => given[at] ?? NULL);
  const annotations = shape.annotations?.map(([key, value]): readonly [AmqpValue, AmqpValue] => [
    key,
    key.type === "symbol" && key.value === "x-opt-partition-key" ? groupId : value,
  ]);
  return {
    ...shape,
    properties: properties.with(GROUP_ID, groupId),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** Descriptors, numbers, texts and sizes in the forms that some libraries always write. */
function longForms(session: string | null): Buffer {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const text = (value: string): Buffer =>
    Buffer.concat([Buffer.of(0xb1), word(Buffer.byteLength(value)), Buffer.from(value)]);
  const section = (code: number, ...value: Buffer[]): Buffer =>
    Buffer.concat([Buffer.of(0x00, 0x80, 0, 0, 0, 0, 0, 0, 0, code), ...value]);
  const compound = (type: number, ...items: Buffer[]): Buffer => {
    const inside = Buffer.concat(items);
    return Buffer.concat([Buffer.of(type), word(inside.length + 4), word(items.length), inside]);
  };
  const LIST = 0xd0;
  const MAP = 0xd1;
  const none = Buffer.of(0x40);
  const session10 = session === null ? [] : [...Array.from({ length: 9 }, () => none), text(session)];
  return Buffer.concat([
    section(0x70, compound(LIST, Buffer.of(0x56, 1), Buffer.of(0x50, 4), Buffer.of(0x70, 0, 0x36, 0xee, 0x80))),
    section(0x72, compound(MAP, Buffer.of(0xb3, 0, 0, 0, 1, 0x61), Buffer.of(0x70, 0, 0, 0, 0))),
    section(0x73, compound(LIST, text("long-1"), ...session10)),
    section(
      0x74,
      compound(
        MAP,
        ...[text("aUint"), Buffer.of(0x70, 0, 0, 0, 0)],
        ...[text("aUlong"), Buffer.of(0x80, 0, 0, 0, 0, 0, 0, 0, 5)],
        ...[text("aLong"), Buffer.of(0x81, 0, 0, 0, 0, 0, 0, 0, 7)],
        ...[text("anInt"), Buffer.of(0x71, 0, 0, 0, 1)],
        ...[text("aFalse"), Buffer.of(0x56, 0)],
        ...[text("aList"), compound(LIST)],
        ...[text("aText"), text("x")],
      ),
    ),
    section(0x75, Buffer.of(0xb0, 0, 0, 0, 1, 0x78)),
  ]);
}
