import type { Consumer } from "./consumer";
import type { MessageLock, MessageRecord } from "./message-record";
import { ReadyQueue } from "./ready-queue";
import { SequenceIndex } from "./sequence-index";
import type { SessionTable } from "./session-table";
import type { Timed } from "./timer-heap";

/**
 * One session of a queue. Free, or held by one consumer until its lock runs out, the holder leaves, or another is told
 * that it lost it. Message locks taken under it live and die with the session's lock.
 */
export class Session implements Timed {
  readonly id: string;
  readonly #table: SessionTable;
  readonly ready = new ReadyQueue<MessageRecord>((record) => record.isReady());
  readonly locks = new Set<MessageLock>();
  holder: Consumer | null = null;
  lockedUntil = 0;
  state: Buffer | null = null;
  updatedAt = 0;
  /** Messages of the session in the queue, whatever their state. */
  readonly messages = new SequenceIndex<MessageRecord>();
  dueAt = 0;
  heapIndex = -1;

  constructor(table: SessionTable, id: string) {
    this.#table = table;
    this.id = id;
  }

  onDue(): void {
    this.#table.lockExpired(this);
  }
}

/** Somebody who waits for the next free session. */
export class SessionWaiter implements Timed {
  readonly consumer: Consumer;
  readonly granted: (session: Session) => void;
  readonly timedOut: () => void;
  dueAt = 0;
  heapIndex = -1;

  constructor(consumer: Consumer, granted: (session: Session) => void, timedOut: () => void) {
    this.consumer = consumer;
    this.granted = granted;
    this.timedOut = timedOut;
  }

  onDue(): void {
    this.timedOut();
  }
}
