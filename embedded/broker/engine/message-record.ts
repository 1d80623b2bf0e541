import type { MessageQueue } from "./message-queue";
import type { Timed } from "./timer-heap";

/** Where a message stands, as x-opt-message-state says it: active 0, deferred 1, scheduled 2. */
export type MessageState = "active" | "deferred" | "scheduled";

/** Annotations that the service itself adds beside those every message has. */
export interface ServiceAnnotations {
  /** Sequence key that the message had where it was first accepted (topic, forwarding source). */
  readonly enqueuedKey?: number;
  /** Entity whose dead-letter queue forwarded the message here. */
  readonly deadLetterSource?: string;
}

/** One holder's right to settle a message; a new object for each time the message is locked. */
export interface MessageLock {
  readonly record: MessageRecord;
  /** 16 bytes in the byte order of the delivery tag. */
  readonly token: Buffer;
  /** Broker time in ms. In a session it follows the session's lock. */
  until: number;
}

/**
 * One stored message. `bytes` are what the sender sent; nothing but the dead-letter properties is ever spliced into them.
 * It can be delivered when it is active and not locked, received by its sequence number when deferred and not locked.
 */
export class MessageRecord implements Timed {
  readonly key: number;
  bytes: Buffer;
  readonly sessionId: string | null;
  readonly annotations: ServiceAnnotations | null;
  /** Forwardings so far. */
  readonly hops: number;
  readonly queue: MessageQueue;
  enqueuedAt: number;
  /** Infinity: never. */
  expiresAt: number;
  /** When a scheduled message becomes active. */
  scheduledAt = 0;
  deliveryCount = 0;
  state: MessageState = "active";
  lock: MessageLock | null = null;
  gone = false;
  /** The journal's note of where the bytes are kept. */
  place: object | null = null;
  dueAt = 0;
  heapIndex = -1;

  constructor(queue: MessageQueue, fields: RecordFields) {
    this.queue = queue;
    this.key = fields.key;
    this.bytes = fields.bytes;
    this.sessionId = fields.sessionId;
    this.annotations = fields.annotations;
    this.hops = fields.hops;
    this.enqueuedAt = fields.enqueuedAt;
    this.expiresAt = fields.expiresAt;
  }

  isReady(): boolean {
    return this.state === "active" && this.lock === null && !this.gone;
  }

  onDue(now: number): void {
    this.queue.recordDue(this, now);
  }
}

export interface RecordFields {
  readonly key: number;
  readonly bytes: Buffer;
  readonly sessionId: string | null;
  readonly annotations: ServiceAnnotations | null;
  readonly hops: number;
  readonly enqueuedAt: number;
  readonly expiresAt: number;
}
