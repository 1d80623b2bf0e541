import type { BrokerMessage } from "../../../brokers/broker";

/** Every fact by its name: an adapter may tell them by getters, which a comparison of objects passes over. */
export function factsOf(message: BrokerMessage): BrokerMessage {
  const { key, position, encoded, contentHash, messageId, enqueuedAt, reason, description, deliveryCount, bodySize } =
    message;
  const {
    contentType,
    subject,
    correlationId,
    sessionId,
    partitionKey,
    deadLetterSource,
    expiresAt,
    properties,
    stamp,
  } = message;
  return {
    ...{ key, position, encoded, contentHash, messageId, enqueuedAt, reason, description, deliveryCount, bodySize },
    ...{ contentType, subject, correlationId, sessionId, partitionKey, deadLetterSource, expiresAt, properties, stamp },
  };
}
