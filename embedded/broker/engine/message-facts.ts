import { decodeListFields, decodeMapEntries } from "@/lib/amqp/decode-value";
import { HEADER_FIELD, PROPERTIES_FIELD, SECTION, splitSections } from "@/lib/amqp/sections";
import { AmqpDecodeError, type AmqpValue } from "@/lib/amqp/values";
import { BrokerFault } from "./broker-fault";

/** What the broker must know of a message to keep it; read once, when it comes in. */
export interface MessageFacts {
  /** Text of the id; a uuid, ulong or binary id as hex or decimal. */
  readonly messageId: string | null;
  readonly sessionId: string | null;
  readonly partitionKey: string | null;
  /** ms; Infinity when the sender set none. */
  readonly timeToLiveMs: number;
  /** Broker time in ms; Infinity when the sender set none. */
  readonly absoluteExpiry: number;
  /** Broker time in ms; 0 when it is not scheduled. */
  readonly scheduledAt: number;
  /** Bytes before the body. */
  readonly headerSize: number;
}

/** Throws `BrokerFault` decode-error on bytes that are no AMQP message. */
export function readMessageFacts(bytes: Buffer): MessageFacts {
  try {
    return readFacts(bytes);
  } catch (error) {
    if (error instanceof AmqpDecodeError) throw new BrokerFault("amqp:decode-error", error.message);
    throw error;
  }
}

function readFacts(bytes: Buffer): MessageFacts {
  let messageId: string | null = null;
  let sessionId: string | null = null;
  let partitionKey: string | null = null;
  let timeToLiveMs = Number.POSITIVE_INFINITY;
  let absoluteExpiry = Number.POSITIVE_INFINITY;
  let scheduledAt = 0;
  let headerSize = 0;
  const sections = splitSections(bytes);
  if (sections.length === 0) throw new AmqpDecodeError("a message has no sections", 0);
  for (const section of sections) {
    if (section.code < SECTION.data) headerSize = section.end;
    switch (section.code) {
      case SECTION.header: {
        const ttl = decodeListFields(bytes, section.bodyStart)[HEADER_FIELD.ttl]?.value;
        if (ttl?.type === "uint") timeToLiveMs = ttl.value;
        break;
      }
      case SECTION.messageAnnotations:
        for (const { key, value } of decodeMapEntries(bytes, section.bodyStart)) {
          if (key.type !== "symbol") continue;
          if (key.value === "x-opt-partition-key") partitionKey = idText(value);
          if (key.value === "x-opt-scheduled-enqueue-time") scheduledAt = timeOf(value);
        }
        break;
      case SECTION.properties: {
        const fields = decodeListFields(bytes, section.bodyStart);
        messageId = idText(fields[PROPERTIES_FIELD.messageId]?.value);
        sessionId = idText(fields[PROPERTIES_FIELD.groupId]?.value);
        const expiry = fields[PROPERTIES_FIELD.absoluteExpiryTime]?.value;
        if (expiry?.type === "timestamp") absoluteExpiry = Number(expiry.value);
        break;
      }
      case SECTION.applicationProperties:
        // Filters and dead-lettering will read them: what cannot be read is refused now, not when nobody can be told.
        decodeMapEntries(bytes, section.bodyStart);
        break;
      default:
    }
  }
  return { messageId, sessionId, partitionKey, timeToLiveMs, absoluteExpiry, scheduledAt, headerSize };
}

function timeOf(value: AmqpValue): number {
  switch (value.type) {
    case "timestamp":
    case "long":
    case "ulong":
      return Number(value.value);
    default:
      return 0;
  }
}

/** One text for each id, whatever AMQP type it was sent with. */
export function idText(value: AmqpValue | undefined): string | null {
  switch (value?.type) {
    case "string":
    case "symbol":
      return value.value;
    case "ulong":
    case "long":
      return value.value.toString();
    case "uint":
    case "int":
      return String(value.value);
    case "uuid":
    case "binary":
      return Buffer.from(value.value).toString("hex");
    default:
      return null;
  }
}
