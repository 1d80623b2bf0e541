import { amqpString, amqpSymbol, NULL } from "@/lib/amqp/values";
import {
  annotated,
  brokerAnnotations,
  dataBody,
  EVERY_TYPE,
  encodeMessage,
  type MessageShape,
  messageProperties,
  named,
} from "./messages";

export const enqueuedAt = new Date("2026-03-01T10:20:30.456Z");
export const position = 9_007_199_254_740_993n;
/** What the broker adds when a consumer dead-letters a message. */
export const reasons = named({
  DeadLetterReason: amqpString("SchemaUnknown"),
  DeadLetterErrorDescription: amqpString("version 9"),
});
/** Every kind of property, and what a broker and a consumer leave alone. */
export const asSent: MessageShape = {
  header: [
    { type: "boolean", value: true },
    { type: "ubyte", value: 7 },
    { type: "uint", value: 3_600_000 },
  ],
  annotations: annotated({
    "x-opt-partition-key": amqpString("p1"),
    "x-opt-mine": { type: "ushort", value: 5 },
    mine: amqpSymbol("kept"),
  }),
  properties: messageProperties({
    messageId: amqpString("id-1"),
    userId: { type: "binary", value: Uint8Array.of(1, 2, 3) },
    subject: amqpString("order"),
    correlationId: { type: "ulong", value: 18_446_744_073_709_551_615n },
    contentType: amqpSymbol("application/json"),
    contentEncoding: amqpSymbol("gzip"),
    groupId: amqpString("s1"),
    groupSequence: { type: "uint", value: 12 },
  }),
  applicationProperties: named(EVERY_TYPE),
  body: [dataBody('{"a":1.0}')],
  footer: annotated({ crc: { type: "uint", value: 1 } }),
};
/** The message as it lies in the DLQ: delivered ten times, dead-lettered, handed out with the broker's annotations. */
export function dead(sent: MessageShape, extra: Partial<MessageShape> = {}): Uint8Array {
  const header = [...(sent.header ?? []), ...Array(3).fill(NULL)].slice(0, 3);
  return encodeMessage({
    ...sent,
    header: [...header, { type: "boolean", value: true }, { type: "uint", value: 10 }],
    deliveryAnnotations: annotated({ "x-opt-lock-token": { type: "uuid", value: new Uint8Array(16) } }),
    annotations: [...brokerAnnotations(position, enqueuedAt), ...(sent.annotations ?? [])],
    applicationProperties: [...(sent.applicationProperties ?? []), ...reasons],
    ...extra,
  });
}
