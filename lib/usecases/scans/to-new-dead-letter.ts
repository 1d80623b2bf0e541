import type { PeekedMessage, TypedProperty } from "@/lib/brokers/broker";
import { type CauseFacts, causeOf, type ReadyRule } from "@/lib/domain/cause-rules";
import { storableText } from "@/lib/domain/storable-text";
import type { NewDeadLetter } from "@/lib/store/ports/scans";

const MAX_INT = 2_147_483_647;
/** 4714-11-24 BC in UTC, where PostgreSQL's timestamps begin; they end after JavaScript's. */
const FIRST_TIME_MS = -210_866_803_200_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * What the index keeps of a message that was peeked: its facts in storable form, its cause by the
 * rules and the fingerprint, and its bytes up to `keepBytes`.
 */
export function toNewDeadLetter(
  message: PeekedMessage,
  context: {
    readonly keepBytes: number;
    readonly rules: readonly ReadyRule[];
    readonly queue: { readonly id: number };
  },
): NewDeadLetter {
  const reason = storableText(message.reason);
  const description = storable(message.description);
  const subject = storable(message.subject);
  const stamp = message.stamp;
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
    expiresAt: storableTime(message.expiresAt),
    deadLetterSource: storable(message.deadLetterSource),
    propertiesJson: message.propertiesJson,
    // A stamp can be anybody's: what is no item id names no item.
    stampedItem: stamp !== null && UUID.test(stamp.itemId) ? stamp.itemId : null,
    cause: causeOf(new Facts(message, reason, description, subject), context.queue.id, context.rules),
    encoded: message.encoded.length <= context.keepBytes ? message.encoded : null,
  };
}

/** Properties are read when they are asked for: by a rule, or where description and subject say nothing. */
class Facts implements CauseFacts {
  readonly reason: string;
  readonly description: string | null;
  readonly subject: string | null;
  readonly #message: PeekedMessage;
  #properties: readonly TypedProperty[] | null = null;

  constructor(message: PeekedMessage, reason: string, description: string | null, subject: string | null) {
    this.#message = message;
    this.reason = reason;
    this.description = description;
    this.subject = subject;
  }

  get properties(): readonly TypedProperty[] {
    this.#properties ??= this.#message.properties.map(storableProperty);
    return this.#properties;
  }
}

function storableProperty(property: TypedProperty): TypedProperty {
  const name = storableText(property.name);
  const value = storableText(property.value);
  // Nearly all are kept as they came.
  return name === property.name && value === property.value ? property : { name, type: property.type, value };
}

/** What lies before all times that PostgreSQL knows was written by mistake, or to stop a scan: it is as good as none. */
function storableTime(time: Date | null): Date | null {
  return time !== null && time.getTime() < FIRST_TIME_MS ? null : time;
}

function storable(text: string | null): string | null {
  return text === null ? null : storableText(text);
}
