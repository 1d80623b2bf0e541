import { messageLockLost, sessionLockLost } from "./broker-fault";
import type { MessageLock, MessageRecord } from "./message-record";
import type { Session } from "./session";

/**
 * The message locks of one queue, by token. A lock outlives the link that it was given on: only settlement or its time ends
 * it; one that was taken under a session ends with the session's lock.
 */
export class LockTable {
  readonly #locks = new Map<string, MessageLock>();

  give(record: MessageRecord, token: Buffer, until: number, session: Session | null): MessageLock {
    const lock: MessageLock = { record, token, until };
    record.lock = lock;
    this.#locks.set(token.toString("latin1"), lock);
    session?.locks.add(lock);
    return lock;
  }

  end(lock: MessageLock, session: Session | null): void {
    lock.record.lock = null;
    this.#locks.delete(lock.token.toString("latin1"));
    session?.locks.delete(lock);
  }

  /** Throws `BrokerFault` message-lock-lost when no message is locked by this token. */
  find(token: Buffer): MessageLock {
    const lock = this.#locks.get(token.toString("latin1"));
    if (lock === undefined) throw messageLockLost();
    return lock;
  }
}

/** The message, if the lock is still its own. Throws `BrokerFault` message-lock-lost or session-lock-lost. */
export function heldBy(lock: MessageLock, now: number, session: Session | null): MessageRecord {
  const { record } = lock;
  if (record.lock === lock && lock.until > now) return record;
  throw session !== null && session.lockedUntil <= now ? sessionLockLost(session.id) : messageLockLost();
}
