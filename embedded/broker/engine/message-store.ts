import type { MessageRecord } from "./message-record";
import type { QueueCounts } from "./queue-contract";
import { SequenceIndex } from "./sequence-index";

/** The messages of one queue by their sequence keys, with what they take and how many are in which state. */
export class MessageStore {
  readonly index = new SequenceIndex<MessageRecord>();
  #sizeInBytes = 0;
  #deferred = 0;
  #scheduled = 0;

  get sizeInBytes(): number {
    return this.#sizeInBytes;
  }

  get counts(): QueueCounts {
    return {
      active: this.index.size - this.#deferred - this.#scheduled,
      deferred: this.#deferred,
      scheduled: this.#scheduled,
    };
  }

  add(record: MessageRecord): void {
    this.index.insert(record.key, record);
    this.#sizeInBytes += record.bytes.length;
    this.#count(record, 1);
  }

  remove(record: MessageRecord): void {
    this.index.delete(record.key);
    this.#sizeInBytes -= record.bytes.length;
    this.#count(record, -1);
  }

  defer(record: MessageRecord): void {
    this.#count(record, -1);
    record.state = "deferred";
    this.#count(record, 1);
  }

  rewrite(record: MessageRecord, bytes: Buffer): void {
    this.#sizeInBytes += bytes.length - record.bytes.length;
    record.bytes = bytes;
  }

  #count(record: MessageRecord, by: 1 | -1): void {
    if (record.state === "deferred") this.#deferred += by;
    if (record.state === "scheduled") this.#scheduled += by;
  }
}

/** Messages from `fromKey` on, in order: at most `max` of them and about `maxBytes`, at least one if there is one. */
export function pageOf(
  index: SequenceIndex<MessageRecord>,
  fromKey: number,
  max: number,
  maxBytes: number,
): MessageRecord[] {
  const found: MessageRecord[] = [];
  let bytes = 0;
  for (const record of index.walk(fromKey)) {
    bytes += record.bytes.length;
    if (found.length > 0 && bytes > maxBytes) break;
    found.push(record);
    if (found.length >= max) break;
  }
  return found;
}
