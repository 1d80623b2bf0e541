import { type AmqpValue, amqpString, amqpSymbol, NULL } from "../../amqp/values";
import {
  annotated,
  dataBody,
  EVERY_TYPE,
  type MessageShape,
  messageProperties,
  named,
  sequenceBody,
  valueBody,
} from "../messages";

const uuid: AmqpValue = { type: "uuid", value: Uint8Array.from({ length: 16 }, (_, i) => i * 7) };
const ulong: AmqpValue = { type: "ulong", value: 18_446_744_073_709_551_615n };
const binary: AmqpValue = { type: "binary", value: Uint8Array.of(0, 255, 1) };

/** Messages of every form that a producer can give them; each has to come out of a copy as it was sent. */
export const COPY_MATRIX: Readonly<Record<string, MessageShape>> = {
  "nothing but a body": { body: [dataBody('{"a": 1.0, "n":12345678901234567890}')] },
  "every AMQP type in application properties": { applicationProperties: named(EVERY_TYPE), body: [dataBody("x")] },
  "every message property": {
    properties: messageProperties({
      messageId: amqpString("id-1"),
      userId: binary,
      to: amqpString("to"),
      subject: amqpString("subject"),
      replyTo: amqpString("reply-to"),
      correlationId: amqpString("correlation"),
      contentType: amqpSymbol("application/json; charset=utf-8"),
      contentEncoding: amqpSymbol("gzip"),
      absoluteExpiryTime: { type: "timestamp", value: 4_000_000_000_000n },
      creationTime: { type: "timestamp", value: 1_700_000_000_123n },
      groupSequence: { type: "uint", value: 4_294_967_295 },
      replyToGroupId: amqpString("reply-group"),
    }),
    body: [dataBody("x")],
  },
  "ids that are uuids": {
    properties: messageProperties({ messageId: uuid, correlationId: uuid }),
    body: [dataBody("x")],
  },
  "ids that are numbers": {
    properties: messageProperties({ messageId: ulong, correlationId: ulong }),
    body: [dataBody("x")],
  },
  "ids that are bytes": {
    properties: messageProperties({ messageId: binary, correlationId: binary }),
    body: [dataBody("x")],
  },
  "durable, priority and time to live": {
    header: [
      { type: "boolean", value: true },
      { type: "ubyte", value: 9 },
      { type: "uint", value: 86_400_000 },
    ],
    body: [dataBody("x")],
  },
  "annotations of its own": {
    annotations: annotated({
      "x-opt-partition-key": amqpString("key"),
      "x-opt-tenant": { type: "ushort", value: 7 },
      "trace.id": uuid,
      flags: { type: "array", elementCode: 0xa3, descriptor: null, items: [amqpSymbol("a"), amqpSymbol("b")] },
    }),
    body: [dataBody("x")],
  },
  "a session": {
    properties: messageProperties({
      messageId: amqpString("id-2"),
      groupId: amqpString("customer 42 – ü"),
      groupSequence: { type: "uint", value: 3 },
      replyToGroupId: amqpString("answers"),
    }),
    body: [dataBody("x")],
  },
  "a session that is its partition key": {
    annotations: annotated({ "x-opt-partition-key": amqpString("s-1") }),
    properties: messageProperties({ messageId: amqpString("id-3"), groupId: amqpString("s-1") }),
    body: [dataBody("x")],
  },
  "several data sections": { body: [dataBody("one"), dataBody(""), dataBody("three")] },
  "no bytes in its body": { body: [dataBody("")] },
  "bytes that are no text": { body: [dataBody(Uint8Array.from({ length: 256 }, (_, i) => i))] },
  "a string as its body": { body: [valueBody(amqpString("naïve 😀"))] },
  "bytes as a value": { body: [valueBody(binary)] },
  "a structure as its body": {
    body: [
      valueBody({ type: "map", entries: Object.entries(EVERY_TYPE).map(([key, value]) => [amqpSymbol(key), value]) }),
    ],
  },
  "null as its body": { body: [valueBody(NULL)] },
  "sequences as its body": {
    body: [sequenceBody([{ type: "double", value: 1 }, NULL]), sequenceBody([amqpString("two")])],
  },
  "a footer": { body: [dataBody("x")], footer: annotated({ "x-opt-crc": { type: "uint", value: 7 } }) },
};
