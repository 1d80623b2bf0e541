import type { ServiceBusMessage, ServiceBusReceivedMessage } from "@azure/service-bus";
import rhea from "rhea";
import type { Delivery, PropertyValue, SampleMessage } from "./message";

/**
 * The message as AMQP 1.0 bytes, as the client libraries write it: properties, typed application properties, one data
 * section.
 */
export function encodeMessage(message: SampleMessage, sentAt: Date): Buffer {
  const encoded: Record<string, unknown> = {
    message_id: message.messageId,
    subject: message.subject,
    content_type: message.contentType,
    application_properties: typedProperties(message.properties),
    body: rhea.message.data_section(message.body),
  };
  if (message.correlationId !== null) encoded.correlation_id = message.correlationId;
  if (message.sessionId !== null) encoded.group_id = message.sessionId;
  if (message.timeToLive !== null) {
    encoded.ttl = message.timeToLive;
    encoded.creation_time = sentAt;
    encoded.absolute_expiry_time = new Date(sentAt.getTime() + message.timeToLive);
  }
  return rhea.message.encode(encoded);
}

/**
 * The message for `sender.sendMessages`. The library passes property values on to rhea as they are, and rhea writes a
 * wrapped value with the type that it was wrapped in; a plain number it would write as the smallest type that fits.
 */
export function toServiceBusMessage(message: SampleMessage): ServiceBusMessage {
  const outgoing: ServiceBusMessage = {
    body: message.body,
    messageId: message.messageId,
    subject: message.subject,
    contentType: message.contentType,
    applicationProperties: typedProperties(message.properties) as NonNullable<
      ServiceBusMessage["applicationProperties"]
    >,
  };
  if (message.correlationId !== null) outgoing.correlationId = message.correlationId;
  if (message.sessionId !== null) outgoing.sessionId = message.sessionId;
  if (message.timeToLive !== null) outgoing.timeToLive = message.timeToLive;
  return outgoing;
}

/** What a consumer sees of a received message; the receiver must have been opened with `skipParsingBodyAsJson`. */
export function toDelivery(received: ServiceBusReceivedMessage): Delivery {
  return {
    messageId: received.messageId === undefined ? null : String(received.messageId),
    subject: received.subject ?? null,
    body: toBuffer(received.body),
    properties: received.applicationProperties ?? {},
  };
}

/** What a consumer would see of a message that was never on the wire. */
export function asDelivery(message: SampleMessage): Delivery {
  const properties = Object.entries(message.properties).map(([name, property]) => [name, property.value] as const);
  return {
    messageId: message.messageId,
    subject: message.subject,
    body: message.body,
    properties: Object.fromEntries(properties),
  };
}

function toBuffer(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (body instanceof Uint8Array) return Buffer.from(body);
  if (typeof body === "string") return Buffer.from(body, "utf8");
  return Buffer.from(body === undefined || body === null ? "" : (JSON.stringify(body) ?? ""), "utf8");
}

function typedProperties(properties: SampleMessage["properties"]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, typedValue(property)]));
}

function typedValue(property: PropertyValue): unknown {
  const { types } = rhea;
  switch (property.type) {
    case "string":
      return types.wrap_string(property.value);
    case "int":
      return types.wrap_int(property.value);
    case "double":
      return types.wrap_double(property.value);
    case "boolean":
      return types.wrap_boolean(property.value);
    case "timestamp":
      return types.wrap_timestamp(property.value.getTime());
    case "uuid":
      return types.wrap_uuid(Buffer.from(property.value.replaceAll("-", ""), "hex"));
    case "long": {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(property.value);
      return types.wrap_long(bytes);
    }
  }
}
