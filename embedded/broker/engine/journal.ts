import type { MessageQueue } from "./message-queue";
import type { MessageRecord } from "./message-record";

/** What the engine tells whoever keeps its state. Calls of one tick are kept together: all of them or none. */
export interface Journal {
  /** A message came in, or its bytes changed. */
  put(record: MessageRecord): void;
  /** State, delivery count or schedule changed; the bytes did not. */
  update(record: MessageRecord): void;
  remove(record: MessageRecord): void;
  /** `id` was seen by the entity of this queue or topic (duplicate detection). */
  seen(entityId: number, id: string, at: number): void;
  sessionState(queue: MessageQueue, sessionId: string, state: Buffer | null): void;
  /** The entity `entityId` was made, changed or deleted. */
  entityChanged(entityId: number): void;
}

export const NO_JOURNAL: Journal = {
  put() {},
  update() {},
  remove() {},
  seen() {},
  sessionState() {},
  entityChanged() {},
};
