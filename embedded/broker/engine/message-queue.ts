import { BrokerFault, messageLockLost, sessionLockLost } from "./broker-fault";
import type { Consumer } from "./consumer";
import type { Journal } from "./journal";
import { type MessageLock, MessageRecord, type RecordFields } from "./message-record";
import { ReadyQueue } from "./ready-queue";
import { SequenceIndex } from "./sequence-index";
import type { Session } from "./session";
import { SessionTable } from "./session-table";
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

/**
 * One ordered store of messages: a queue, a subscription, or a sub-queue of either.
 * A message is active (ready or locked), deferred or scheduled. Locks outlive the link that they were given on: only
 * settlement or their time ends them; in a session they end with the session's lock.
 */
export class MessageQueue {
  readonly entityId: number;
  readonly role: QueueRole;
  /** Path as its owner wrote it, sub-queue included. */
  readonly path: string;
  readonly policy: QueuePolicy;
  readonly messages = new SequenceIndex<MessageRecord>();
  readonly sessions: SessionTable;
  sizeInBytes = 0;
  readonly #host: QueueHost;
  readonly #ready = new ReadyQueue<MessageRecord>((record) => record.isReady());
  readonly #locks = new Map<string, MessageLock>();
  readonly #consumers = new Set<Consumer>();
  /** Consumers that may have room; one without is dropped when its turn comes. */
  #hungry: Consumer[] = [];
  #deferred = 0;
  #scheduled = 0;

  constructor(host: QueueHost, entityId: number, path: string, role: QueueRole, policy: QueuePolicy) {
    this.#host = host;
    this.entityId = entityId;
    this.path = path;
    this.role = role;
    this.policy = policy;
    this.sessions = new SessionTable({
      timers: host.timers,
      now: () => host.now(),
      lockDurationMs: () => policy.lockDurationMs,
      release: (lock, failed) => this.#release(lock, failed),
      stateChanged: (sessionId, state) => host.journal.sessionState(this, sessionId, state),
    });
  }

  get counts(): QueueCounts {
    return {
      active: this.messages.size - this.#deferred - this.#scheduled,
      deferred: this.#deferred,
      scheduled: this.#scheduled,
    };
  }

  get consumers(): number {
    return this.#consumers.size;
  }

  // Messages come in and go.

  /** Stores a message that becomes active now, or at `scheduledAt`. */
  add(fields: RecordFields & { scheduledAt?: number; deliveryCount?: number }): MessageRecord {
    const record = new MessageRecord(this, fields);
    record.deliveryCount = fields.deliveryCount ?? 0;
    if (fields.scheduledAt !== undefined) {
      record.state = "scheduled";
      record.scheduledAt = fields.scheduledAt;
    }
    this.#insert(record);
    this.#host.journal.put(record);
    this.#settleIn(record);
    return record;
  }

  /** Puts back what was kept over a restart; nothing is journaled, locks are gone. */
  restore(record: MessageRecord): void {
    this.#insert(record);
    this.#settleIn(record);
  }

  #insert(record: MessageRecord): void {
    this.messages.insert(record.key, record);
    this.sizeInBytes += record.bytes.length;
    if (record.state === "scheduled") this.#scheduled++;
    if (record.state === "deferred") this.#deferred++;
    if (record.sessionId !== null && this.policy.requiresSession) this.sessions.added(record.sessionId);
  }

  /** Takes the message out of every structure; its bytes stay with the caller. */
  #take(record: MessageRecord): void {
    record.gone = true;
    if (record.lock !== null) this.#unlock(record.lock);
    this.messages.delete(record.key);
    this.sizeInBytes -= record.bytes.length;
    if (record.state === "scheduled") this.#scheduled--;
    if (record.state === "deferred") this.#deferred--;
    this.#host.timers.cancel(record);
    this.#host.journal.remove(record);
    const session = this.#sessionOf(record);
    if (session) this.sessions.removed(session);
  }

  remove(record: MessageRecord): void {
    this.#take(record);
  }

  /** After a message came in or came back: arms its timer and offers it. */
  #settleIn(record: MessageRecord): void {
    switch (record.state) {
      case "scheduled":
        this.#host.timers.schedule(record, record.scheduledAt);
        return;
      case "deferred":
        // Deferred messages are not expired until somebody asks for them.
        this.#host.timers.cancel(record);
        return;
      case "active":
        if (record.expiresAt <= this.#host.now()) {
          this.#expire(record);
          return;
        }
        this.#host.timers.schedule(record, record.expiresAt);
        this.#offer(record);
    }
  }

  #offer(record: MessageRecord): void {
    const session = this.#sessionOf(record);
    if (session === null) {
      this.#ready.push(record);
      if (this.#hungry.length > 0) this.pump();
      return;
    }
    this.sessions.offer(session, record);
    if (session.holder !== null) this.wantsSession(session);
  }

  /** Called by the timer heap: a lock, a time to live or a schedule has come due. */
  recordDue(record: MessageRecord, now: number): void {
    if (record.state === "scheduled") {
      this.onActivate(record, now);
      return;
    }
    if (record.lock !== null) {
      this.#release(record.lock, true);
      return;
    }
    if (record.state === "active" && record.expiresAt <= now) this.#expire(record);
  }

  /** What becomes of a scheduled message whose time has come; the entity gives it its new number. */
  onActivate: (record: MessageRecord, now: number) => void = () => {};

  #expire(record: MessageRecord): void {
    this.#take(record);
    if (this.policy.deadLetteringOnMessageExpiration && this.role === "main") {
      this.#host.deadLetter(record, {
        reason: "TTLExpiredException",
        description: "The message expired and was dead lettered.",
      });
    }
  }

  // Delivery.

  addConsumer(consumer: Consumer): void {
    this.#consumers.add(consumer);
  }

  /** Locks that the consumer was given stay until they run out. */
  removeConsumer(consumer: Consumer): void {
    this.#consumers.delete(consumer);
    this.#hungry = this.#hungry.filter((other) => other !== consumer);
  }

  /** The consumer has room again. */
  wants(consumer: Consumer): void {
    if (!this.#hungry.includes(consumer)) this.#hungry.push(consumer);
    this.pump();
  }

  pump(): void {
    while (this.#hungry.length > 0) {
      const record = this.#ready.peek();
      if (record === undefined) return;
      if (record.expiresAt <= this.#host.now()) {
        this.#expire(record);
        continue;
      }
      const consumer = this.#hungry[0] as Consumer;
      if (consumer.capacity() <= 0) {
        this.#hungry.shift();
        continue;
      }
      if (this.#hungry.length > 1) {
        this.#hungry.shift();
        this.#hungry.push(consumer);
      }
      this.#ready.shift();
      this.#handOver(record, consumer, null);
    }
  }

  #handOver(record: MessageRecord, consumer: Consumer, session: Session | null): void {
    if (consumer.receiveAndDelete) {
      this.#take(record);
      consumer.deliver(record, null);
      this.#host.completed(record);
      return;
    }
    consumer.deliver(record, this.#lock(record, session));
  }

  #lock(record: MessageRecord, session: Session | null): MessageLock {
    const until = session?.lockedUntil ?? this.#host.now() + this.policy.lockDurationMs;
    const lock: MessageLock = { record, token: this.#host.newLockToken(), until };
    record.lock = lock;
    this.#locks.set(lock.token.toString("latin1"), lock);
    if (session) {
      session.locks.add(lock);
      this.#host.timers.cancel(record);
    } else {
      this.#host.timers.schedule(record, until);
    }
    return lock;
  }

  #unlock(lock: MessageLock): void {
    lock.record.lock = null;
    this.#locks.delete(lock.token.toString("latin1"));
    this.#sessionOf(lock.record)?.locks.delete(lock);
  }

  // Settlement. Each throws `BrokerFault` message-lock-lost when the lock is no longer the message's.

  findLock(token: Buffer): MessageLock {
    const lock = this.#locks.get(token.toString("latin1"));
    if (lock === undefined) throw messageLockLost();
    return lock;
  }

  complete(lock: MessageLock): void {
    const record = this.#held(lock);
    this.#take(record);
    this.#host.completed(record);
  }

  abandon(lock: MessageLock, changes?: PropertyChanges): void {
    const record = this.#held(lock);
    if (changes) this.#rewrite(record, changes);
    this.#release(lock, true);
  }

  /** Gives the lock back as if the message had never been received (AMQP released). */
  release(lock: MessageLock): void {
    this.#held(lock);
    this.#release(lock, false);
  }

  defer(lock: MessageLock, changes?: PropertyChanges): void {
    const record = this.#held(lock);
    if (changes) this.#rewrite(record, changes);
    this.#unlock(lock);
    if (record.state !== "deferred") this.#deferred++;
    record.state = "deferred";
    this.#host.timers.cancel(record);
    this.#host.journal.update(record);
  }

  deadLetter(lock: MessageLock, reason: DeadLetterReason): void {
    if (this.role !== "main") {
      throw new BrokerFault("amqp:not-allowed", "A message in a dead-letter queue cannot be dead-lettered again.");
    }
    const record = this.#held(lock);
    this.#take(record);
    this.#host.deadLetter(record, reason);
  }

  /** Returns the broker time in ms that the message is now locked until. */
  renew(lock: MessageLock): number {
    const record = this.#held(lock);
    if (this.#sessionOf(record) !== null) {
      throw new BrokerFault(
        "amqp:not-allowed",
        "A message of a session is locked by the session: renew the session's lock.",
      );
    }
    lock.until = this.#host.now() + this.policy.lockDurationMs;
    this.#host.timers.schedule(record, lock.until);
    return lock.until;
  }

  #held(lock: MessageLock): MessageRecord {
    const { record } = lock;
    if (record.lock !== lock || lock.until <= this.#host.now()) {
      const session = this.#sessionOf(record);
      throw session && session.lockedUntil <= this.#host.now() ? sessionLockLost(session.id) : messageLockLost();
    }
    return record;
  }

  /** `failed`: the delivery counts. A message that has had its last delivery is dead-lettered. */
  #release(lock: MessageLock, failed: boolean): void {
    const { record } = lock;
    this.#unlock(lock);
    if (failed && this.role === "main") {
      record.deliveryCount++;
      if (record.deliveryCount >= this.policy.maxDeliveryCount && record.state === "active") {
        this.#take(record);
        this.#host.deadLetter(record, {
          reason: "MaxDeliveryCountExceeded",
          description: `Message could not be consumed after ${this.policy.maxDeliveryCount} delivery attempts.`,
        });
        return;
      }
      this.#host.journal.update(record);
    }
    this.#settleIn(record);
  }

  #rewrite(record: MessageRecord, changes: PropertyChanges): void {
    const bytes = changes.apply(record.bytes);
    this.sizeInBytes += bytes.length - record.bytes.length;
    record.bytes = bytes;
    this.#host.journal.put(record);
  }

  // By sequence number.

  /** Messages from `fromKey` on, in order, without locking them: at most `max` of them and about `maxBytes`. */
  peek(fromKey: number, max: number, maxBytes: number, sessionId: string | null): MessageRecord[] {
    const found: MessageRecord[] = [];
    let bytes = 0;
    for (const record of this.messages.walk(fromKey)) {
      if (sessionId !== null && record.sessionId !== sessionId) continue;
      bytes += record.bytes.length;
      if (found.length > 0 && bytes > maxBytes) break;
      found.push(record);
      if (found.length >= max) break;
    }
    return found;
  }

  /** Locks deferred messages, or takes them when `receiveAndDelete`. Throws message-not-found when one is missing. */
  receiveDeferred(
    keys: readonly number[],
    receiveAndDelete: boolean,
    sessionId: string | null,
  ): { record: MessageRecord; lock: MessageLock | null }[] {
    const session = sessionId === null ? null : this.sessions.held(sessionId);
    const records = keys.map((key) => {
      const record = this.messages.get(key);
      if (
        record?.state !== "deferred" ||
        record.lock !== null ||
        (session !== null && record.sessionId !== sessionId)
      ) {
        throw new BrokerFault(
          "com.microsoft:message-not-found",
          "Failed to lock one or more specified messages. The message does not exist or is not deferred.",
        );
      }
      return record;
    });
    return records.map((record) => {
      if (!receiveAndDelete) return { record, lock: this.#lock(record, session) };
      this.#take(record);
      this.#host.completed(record);
      return { record, lock: null };
    });
  }

  /** Takes scheduled messages back; those that are active already, or unknown, make the whole call fail. */
  cancelScheduled(keys: readonly number[]): void {
    const records = keys.map((key) => this.messages.get(key));
    if (records.some((record) => record?.state !== "scheduled")) {
      throw new BrokerFault(
        "com.microsoft:message-not-found",
        "Cannot find a scheduled message with the given sequence number.",
      );
    }
    for (const record of records) if (record) this.#take(record);
  }

  /** Deletes up to `max` messages that are neither locked nor scheduled and were enqueued before `before`; returns how many. */
  deleteBatch(max: number, before: number): number {
    const doomed: MessageRecord[] = [];
    for (const record of this.messages.walk(0)) {
      if (doomed.length >= max) break;
      if (record.lock === null && record.state !== "scheduled" && record.enqueuedAt <= before) doomed.push(record);
    }
    for (const record of doomed) this.#take(record);
    return doomed.length;
  }

  /** Ends every lock without a delivery being counted (an entity is deleted, a test says so). */
  dropLocks(): void {
    for (const lock of [...this.#locks.values()]) this.#release(lock, false);
  }

  /** The holder of a session has room again, or something to take. */
  wantsSession(session: Session): void {
    const { holder } = session;
    while (holder !== null && session.holder === holder && holder.capacity() > 0) {
      const record = session.ready.peek();
      if (record === undefined) return;
      if (record.expiresAt <= this.#host.now()) {
        this.#expire(record);
        continue;
      }
      session.ready.shift();
      this.#handOver(record, holder, session);
    }
  }

  #sessionOf(record: MessageRecord): Session | null {
    if (record.sessionId === null || !this.policy.requiresSession) return null;
    return this.sessions.find(record.sessionId);
  }
}
