import type { Journal } from "./journal";
import type { MessageRecord } from "./message-record";
import type { TimerHeap } from "./timer-heap";

export type QueueRole = "main" | "dead-letter" | "transfer-dead-letter";

/** The part of an entity's settings that a queue follows; read anew each time, since it can be updated. */
export interface QueuePolicy {
  readonly lockDurationMs: number;
  /** Infinity: never dead-lettered for its deliveries (sub-queues). */
  readonly maxDeliveryCount: number;
  readonly requiresSession: boolean;
  readonly deadLetteringOnMessageExpiration: boolean;
}

export interface DeadLetterReason {
  readonly reason: string | null;
  readonly description: string | null;
  /** Application properties that the consumer set with its settlement, AMQP-encoded entries. */
  readonly properties?: PropertyChanges;
}

/** Application properties to be set on a message when it is settled; rewrites its bytes. */
export interface PropertyChanges {
  apply(bytes: Buffer): Buffer;
}

/** What a queue needs of the namespace around it. */
export interface QueueHost {
  readonly timers: TimerHeap;
  readonly journal: Journal;
  now(): number;
  newLockToken(): Buffer;
  /** Moves a message that has left `record.queue` to where its dead letters go. */
  deadLetter(record: MessageRecord, reason: DeadLetterReason): void;
  completed(record: MessageRecord): void;
}

export interface QueueCounts {
  readonly active: number;
  readonly deferred: number;
  readonly scheduled: number;
}
