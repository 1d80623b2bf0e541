import { BrokerFault } from "./broker-fault";
import type { Consumer } from "./consumer";
import { ConsumerLine } from "./consumer-line";
import { heldBy, LockTable } from "./lock-table";
import { type MessageLock, MessageRecord, type RecordFields } from "./message-record";
import { MessageStore, pageOf } from "./message-store";
import type {
  DeadLetterReason,
  PropertyChanges,
  QueueCounts,
  QueueHost,
  QueuePolicy,
  QueueRole,
} from "./queue-contract";
import type { SequenceIndex } from "./sequence-index";
import type { Session } from "./session";
import { SessionTable } from "./session-table";

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
  readonly sessions: SessionTable;
  readonly #host: QueueHost;
  readonly #store = new MessageStore();
  readonly #locks = new LockTable();
  readonly #line: ConsumerLine;

  constructor(host: QueueHost, entityId: number, path: string, role: QueueRole, policy: QueuePolicy) {
    this.#host = host;
    this.entityId = entityId;
    this.path = path;
    this.role = role;
    this.policy = policy;
    this.#line = new ConsumerLine({
      expired: (record) => this.#expired(record),
      handOver: (record, consumer) => this.#handOver(record, consumer, null),
    });
    this.sessions = new SessionTable({
      timers: host.timers,
      now: () => host.now(),
      lockDurationMs: () => policy.lockDurationMs,
      release: (lock, failed) => this.#release(lock, failed),
      stateChanged: (sessionId, state) => host.journal.sessionState(this, sessionId, state),
    });
  }

  get messages(): SequenceIndex<MessageRecord> {
    return this.#store.index;
  }

  get sizeInBytes(): number {
    return this.#store.sizeInBytes;
  }

  get counts(): QueueCounts {
    return this.#store.counts;
  }

  get consumers(): number {
    return this.#line.consumers;
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
    this.#store.add(record);
    if (record.sessionId !== null && this.policy.requiresSession) this.sessions.added(record.sessionId, record);
  }

  /** Takes the message out of every structure; its bytes stay with the caller. */
  remove(record: MessageRecord): void {
    record.gone = true;
    if (record.lock !== null) this.#unlock(record.lock);
    this.#store.remove(record);
    this.#host.timers.cancel(record);
    this.#host.journal.remove(record);
    const session = this.#sessionOf(record);
    if (session) this.sessions.removed(session, record);
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
        if (this.#expired(record)) return;
        this.#host.timers.schedule(record, record.expiresAt);
        this.#offer(record);
    }
  }

  #offer(record: MessageRecord): void {
    const session = this.#sessionOf(record);
    if (session === null) {
      this.#line.offer(record);
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
    if (record.state === "active") this.#expired(record);
  }

  /** What becomes of a scheduled message whose time has come; the entity gives it its new number. */
  onActivate: (record: MessageRecord, now: number) => void = () => {};

  /** Whether the message's time has run out; then it is gone, to the dead letters where the entity says so. */
  #expired(record: MessageRecord): boolean {
    if (record.expiresAt > this.#host.now()) return false;
    this.remove(record);
    if (this.policy.deadLetteringOnMessageExpiration && this.role === "main") {
      this.#host.deadLetter(record, {
        reason: "TTLExpiredException",
        description: "The message expired and was dead lettered.",
      });
    }
    return true;
  }

  // Delivery.

  addConsumer(consumer: Consumer): void {
    this.#line.add(consumer);
  }

  /** Locks that the consumer was given stay until they run out. */
  removeConsumer(consumer: Consumer): void {
    this.#line.remove(consumer);
  }

  /** The consumer has room again. */
  wants(consumer: Consumer): void {
    this.#line.wants(consumer);
  }

  /** The holder of a session has room again, or something to take. */
  wantsSession(session: Session): void {
    const { holder } = session;
    while (holder !== null && session.holder === holder && holder.capacity() > 0) {
      const record = session.ready.peek();
      if (record === undefined) return;
      if (this.#expired(record)) continue;
      session.ready.shift();
      this.#handOver(record, holder, session);
    }
  }

  #handOver(record: MessageRecord, consumer: Consumer, session: Session | null): void {
    if (consumer.receiveAndDelete) {
      this.remove(record);
      consumer.deliver(record, null);
      this.#host.completed(record);
      return;
    }
    consumer.deliver(record, this.#lock(record, session));
  }

  #lock(record: MessageRecord, session: Session | null): MessageLock {
    const until = session?.lockedUntil ?? this.#host.now() + this.policy.lockDurationMs;
    if (session) this.#host.timers.cancel(record);
    else this.#host.timers.schedule(record, until);
    return this.#locks.give(record, this.#host.newLockToken(), until, session);
  }

  #unlock(lock: MessageLock): void {
    this.#locks.end(lock, this.#sessionOf(lock.record));
  }

  // Settlement. Each throws `BrokerFault` message-lock-lost when the lock is no longer the message's.

  findLock(token: Buffer): MessageLock {
    return this.#locks.find(token);
  }

  complete(lock: MessageLock): void {
    const record = this.#held(lock);
    this.remove(record);
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
    this.#store.defer(record);
    this.#host.timers.cancel(record);
    this.#host.journal.update(record);
  }

  deadLetter(lock: MessageLock, reason: DeadLetterReason): void {
    if (this.role !== "main") {
      throw new BrokerFault("amqp:not-allowed", "A message in a dead-letter queue cannot be dead-lettered again.");
    }
    const record = this.#held(lock);
    this.remove(record);
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
    return heldBy(lock, this.#host.now(), this.#sessionOf(lock.record));
  }

  /** `failed`: the delivery counts. A message that has had its last delivery is dead-lettered. */
  #release(lock: MessageLock, failed: boolean): void {
    const { record } = lock;
    this.#unlock(lock);
    if (failed && this.role === "main") {
      record.deliveryCount++;
      if (record.deliveryCount >= this.policy.maxDeliveryCount && record.state === "active") {
        this.remove(record);
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
    this.#store.rewrite(record, changes.apply(record.bytes));
    this.#host.journal.put(record);
  }

  // By sequence number.

  /**
   * Messages from `fromKey` on, of all sessions or of one, in order and without locking them: at most `max` of them and about
   * `maxBytes`.
   */
  peek(fromKey: number, max: number, maxBytes: number, sessionId: string | null): MessageRecord[] {
    if (sessionId === null) return pageOf(this.messages, fromKey, max, maxBytes);
    const session = this.sessions.find(sessionId);
    return session === null ? [] : pageOf(session.messages, fromKey, max, maxBytes);
  }

  /**
   * Locks deferred messages, or takes them when `receiveAndDelete`. Throws message-not-found when one is missing, which one
   * becomes whose time to live turns out to be over. A number that stands twice is one message.
   */
  receiveDeferred(
    keys: readonly number[],
    receiveAndDelete: boolean,
    sessionId: string | null,
  ): { record: MessageRecord; lock: MessageLock | null }[] {
    const session = sessionId === null ? null : this.sessions.held(sessionId);
    const records = [...new Set(keys)].map((key) => {
      const record = this.messages.get(key);
      if (
        record?.state !== "deferred" ||
        record.lock !== null ||
        (session !== null && record.sessionId !== sessionId) ||
        this.#expired(record)
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
      this.remove(record);
      this.#host.completed(record);
      return { record, lock: null };
    });
  }

  /** Takes scheduled messages back, each once; those that are active already, or unknown, make the whole call fail. */
  cancelScheduled(keys: readonly number[]): void {
    const records = [...new Set(keys)].map((key) => this.messages.get(key));
    if (records.some((record) => record?.state !== "scheduled")) {
      throw new BrokerFault(
        "com.microsoft:message-not-found",
        "Cannot find a scheduled message with the given sequence number.",
      );
    }
    for (const record of records) if (record) this.remove(record);
  }

  /** Deletes up to `max` messages that are neither locked nor scheduled and were enqueued before `before`; returns how many. */
  deleteBatch(max: number, before: number): number {
    const doomed: MessageRecord[] = [];
    for (const record of this.messages.walk(0)) {
      if (doomed.length >= max) break;
      if (record.lock === null && record.state !== "scheduled" && record.enqueuedAt <= before) doomed.push(record);
    }
    for (const record of doomed) this.remove(record);
    return doomed.length;
  }

  #sessionOf(record: MessageRecord): Session | null {
    if (record.sessionId === null || !this.policy.requiresSession) return null;
    return this.sessions.find(record.sessionId);
  }
}
