import { BrokerFault, sessionLockLost } from "./broker-fault";
import type { Consumer } from "./consumer";
import type { MessageLock, MessageRecord } from "./message-record";
import { Session, type SessionWaiter } from "./session";
import type { TimerHeap } from "./timer-heap";

/** What the sessions of a queue need of it. */
export interface SessionOwner {
  readonly timers: TimerHeap;
  now(): number;
  lockDurationMs(): number;
  /** Gives a message lock back; `failed`: the delivery counts. */
  release(lock: MessageLock, failed: boolean): void;
  stateChanged(sessionId: string, state: Buffer | null): void;
}

/**
 * The sessions of one queue that requires them. A session is there while it has messages, a holder or a state. It is free, or
 * held by one consumer until its lock runs out or the holder leaves.
 */
export class SessionTable {
  readonly #owner: SessionOwner;
  readonly #sessions = new Map<string, Session>();
  /** Sessions nobody holds that have something to deliver, longest waiting first. */
  readonly #free = new Set<Session>();
  readonly #waiters = new Set<SessionWaiter>();

  constructor(owner: SessionOwner) {
    this.#owner = owner;
  }

  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  find(id: string): Session | null {
    return this.#sessions.get(id) ?? null;
  }

  someHeld(): boolean {
    for (const { holder } of this.#sessions.values()) if (holder !== null) return true;
    return false;
  }

  /** A message came in. */
  added(id: string, record: MessageRecord): void {
    this.#session(id).messages.insert(record.key, record);
  }

  /** A message has gone. */
  removed(session: Session, record: MessageRecord): void {
    session.messages.delete(record.key);
    this.#forgetIfEmpty(session);
  }

  /** A message is ready in a session that nobody holds: whoever waits gets it. */
  offer(session: Session, record: MessageRecord): void {
    session.ready.push(record);
    if (session.holder === null) this.#becameFree(session);
  }

  /** Locks the session for the consumer. Throws session-cannot-be-locked when another holds it. */
  accept(id: string, consumer: Consumer): Session {
    const session = this.#session(id);
    if (session.holder !== null) {
      throw new BrokerFault(
        "com.microsoft:session-cannot-be-locked",
        `The requested session '${id}' cannot be accepted. It may be locked by another receiver.`,
      );
    }
    this.#grant(session, consumer);
    return session;
  }

  /** Grants the next free session, now or when one has messages; the waiter is told of a time-out after `waitMs`. */
  acceptNext(waiter: SessionWaiter, waitMs: number): void {
    for (const session of this.#free) {
      this.#free.delete(session);
      if (session.ready.peek() === undefined) continue;
      this.#grant(session, waiter.consumer);
      waiter.granted(session);
      return;
    }
    this.#waiters.add(waiter);
    this.#owner.timers.schedule(waiter, this.#owner.now() + waitMs);
  }

  /** The waiter was answered otherwise, or its link is gone. */
  stopWaiting(waiter: SessionWaiter): void {
    this.#waiters.delete(waiter);
    this.#owner.timers.cancel(waiter);
  }

  /** The session that a call names; throws session-lock-lost when nobody holds it. */
  held(id: string): Session {
    const session = this.#sessions.get(id);
    if (session?.holder == null || session.lockedUntil <= this.#owner.now()) throw sessionLockLost(id);
    return session;
  }

  /** Returns the broker time in ms that the session is now locked until, and its messages with it. */
  renew(id: string): number {
    const session = this.held(id);
    session.lockedUntil = this.#owner.now() + this.#owner.lockDurationMs();
    for (const lock of session.locks) lock.until = session.lockedUntil;
    this.#owner.timers.schedule(session, session.lockedUntil);
    return session.lockedUntil;
  }

  setState(id: string, state: Buffer | null): void {
    const session = this.held(id);
    session.state = state;
    session.updatedAt = this.#owner.now();
    this.#owner.stateChanged(id, state);
  }

  restoreState(id: string, state: Buffer | null): void {
    this.#session(id).state = state;
  }

  getState(id: string): Buffer | null {
    return this.held(id).state;
  }

  /** Called by the timer heap: the holder is told, and its deliveries count. */
  lockExpired(session: Session): void {
    const { holder } = session;
    this.#end(session, true);
    holder?.sessionLost(session);
  }

  /** The holder's link closed: the session is free at once, and no delivery is counted. */
  leave(session: Session, consumer: Consumer): void {
    if (session.holder === consumer) this.#end(session, false);
  }

  #grant(session: Session, consumer: Consumer): void {
    this.#free.delete(session);
    session.holder = consumer;
    session.lockedUntil = this.#owner.now() + this.#owner.lockDurationMs();
    this.#owner.timers.schedule(session, session.lockedUntil);
  }

  #end(session: Session, failed: boolean): void {
    session.holder = null;
    session.lockedUntil = 0;
    this.#owner.timers.cancel(session);
    for (const lock of [...session.locks]) this.#owner.release(lock, failed);
    this.#becameFree(session);
    this.#forgetIfEmpty(session);
  }

  #becameFree(session: Session): void {
    if (session.holder !== null || session.ready.peek() === undefined) return;
    for (const waiter of this.#waiters) {
      this.stopWaiting(waiter);
      this.#grant(session, waiter.consumer);
      waiter.granted(session);
      return;
    }
    this.#free.add(session);
  }

  #session(id: string): Session {
    let session = this.#sessions.get(id);
    if (session === undefined) {
      session = new Session(this, id);
      session.updatedAt = this.#owner.now();
      this.#sessions.set(id, session);
    }
    return session;
  }

  #forgetIfEmpty(session: Session): void {
    if (session.messages.size > 0 || session.holder !== null || session.state !== null) return;
    this.#free.delete(session);
    this.#sessions.delete(session.id);
  }
}
