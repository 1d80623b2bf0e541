import type { MessageLock, MessageRecord } from "./message-record";
import type { Session } from "./session";

/** The receiving end of one link, as a queue sees it. */
export interface Consumer {
  /** Messages are gone as soon as they are handed over; nothing is locked. */
  readonly receiveAndDelete: boolean;
  /** How many messages it can take right now. */
  capacity(): number;
  /** `lock` is null for receive-and-delete. */
  deliver(record: MessageRecord, lock: MessageLock | null): void;
  /** The session's lock ran out or was taken away: the link is closed with the reason. */
  sessionLost(session: Session): void;
}
