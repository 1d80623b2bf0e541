import type { BrokerMessage } from "@/lib/brokers/broker";
import { fingerprintOf } from "@/lib/domain/fingerprint";
import { storableText } from "@/lib/domain/storable-text";
import type { NewDeadLetter } from "@/lib/store/ports/scans";

const MAX_INT = 2_147_483_647;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What the index keeps of a message that was peeked: its facts in storable form, its cause, and its bytes up to `keepBytes`. */
export function toNewDeadLetter(message: BrokerMessage, keepBytes: number): NewDeadLetter {
  const reason = storableText(message.reason);
  const description = storable(message.description);
  const subject = storable(message.subject);
  return {
    key: message.key,
    position: message.position,
    enqueuedAt: message.enqueuedAt,
    contentHash: message.contentHash,
    messageId: storable(message.messageId),
    reason,
    description,
    deliveryCount: Math.min(message.deliveryCount, MAX_INT),
    size: message.encoded.length,
    bodySize: message.bodySize,
    contentType: storable(message.contentType),
    subject,
    correlationId: storable(message.correlationId),
    sessionId: storable(message.sessionId),
    partitionKey: storable(message.partitionKey),
    expiresAt: message.expiresAt,
    deadLetterSource: storable(message.deadLetterSource),
    properties: message.properties.map(({ name, type, value }) => ({
      name: storableText(name),
      type,
      value: storableText(value),
    })),
    // A stamp can be anybody's: what is no item id names no item.
    stampedItem: message.stamp !== null && UUID.test(message.stamp.itemId) ? message.stamp.itemId : null,
    cause: fingerprintOf({ reason, description, subject }),
    encoded: message.encoded.length <= keepBytes ? message.encoded : null,
  };
}

function storable(text: string | null): string | null {
  return text === null ? null : storableText(text);
}
