import { decodeListFields, decodeMapEntries, decodeValue } from "@/lib/amqp/decode-value";
import { encodeValue } from "@/lib/amqp/encode-value";
import { encodeSection, joinSections, PROPERTIES_FIELD, SECTION, splitSections } from "@/lib/amqp/sections";
import { type AmqpValue, amqpString, NULL } from "@/lib/amqp/values";
import { idText } from "../engine/message-facts";

/** A request over a pair of links ($cbs, $management). */
export interface Request {
  readonly messageId: AmqpValue;
  readonly replyTo: string | null;
  readonly properties: ReadonlyMap<string, AmqpValue>;
  readonly body: AmqpValue;
}

/** Throws `AmqpDecodeError` on malformed bytes. */
export function readRequest(bytes: Uint8Array): Request {
  let messageId: AmqpValue = NULL;
  let replyTo: string | null = null;
  let body: AmqpValue = NULL;
  const properties = new Map<string, AmqpValue>();
  for (const section of splitSections(bytes)) {
    switch (section.code) {
      case SECTION.properties: {
        const fields = decodeListFields(bytes, section.bodyStart);
        messageId = fields[PROPERTIES_FIELD.messageId]?.value ?? NULL;
        replyTo = idText(fields[PROPERTIES_FIELD.replyTo]?.value);
        break;
      }
      case SECTION.applicationProperties:
        for (const { key, value } of decodeMapEntries(bytes, section.bodyStart)) {
          if (key.type === "string" || key.type === "symbol") properties.set(key.value, value);
        }
        break;
      case SECTION.value:
        body = decodeValue(bytes, section.bodyStart).value;
        break;
      default:
    }
  }
  return { messageId, replyTo, properties, body };
}

/** The answer to a request: its id as correlation id, properties, and a body that is encoded already. */
export function encodeResponse(
  correlationId: AmqpValue,
  properties: readonly (readonly [string, AmqpValue])[],
  body: Uint8Array,
): Buffer {
  const fields: AmqpValue[] = new Array(PROPERTIES_FIELD.correlationId).fill(NULL);
  fields.push(correlationId);
  const bytes = joinSections([
    encodeSection(SECTION.properties, encodeValue({ type: "list", items: fields })),
    encodeSection(
      SECTION.applicationProperties,
      encodeValue({ type: "map", entries: properties.map(([name, value]) => [amqpString(name), value]) }),
    ),
    Buffer.of(0x00, 0x53, SECTION.value),
    body,
  ]);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export const EMPTY_BODY: Uint8Array = encodeValue(NULL);

/** A map by text keys. */
export function mapOf(value: AmqpValue): ReadonlyMap<string, AmqpValue> {
  const found = new Map<string, AmqpValue>();
  if (value.type !== "map") return found;
  for (const [key, entry] of value.entries) {
    if (key.type === "string" || key.type === "symbol") found.set(key.value, entry);
  }
  return found;
}
