import { createHash } from "node:crypto";
import { readMessageFacts } from "../engine/message-facts";
import type { BrokerNamespace, RecordedMessage } from "../engine/namespace";
import { sequenceNumberOf } from "../engine/sequence-number";

/** Entries kept; older ones are forgotten and counted. */
const KEPT = 200_000;

export interface RecordEntry {
  readonly event: string;
  readonly entity: string;
  readonly sequenceNumber: string;
  readonly messageId: string | null;
  /** Of the encoded message as the broker keeps it. */
  readonly sha256: string;
  readonly bytes: number;
  /** ms since 1970, with a fraction. */
  readonly at: number;
}

/** The broker's own account of what came and went: the judge of tests that kill clients half-way. */
export class BrokerRecord {
  #entries: RecordEntry[] = [];
  #forgotten = 0;

  constructor(namespace: BrokerNamespace) {
    namespace.recorder = { note: (event, message) => this.#note(event, message) };
  }

  entries(): { readonly forgotten: number; readonly entries: readonly RecordEntry[] } {
    return { forgotten: this.#forgotten, entries: this.#entries };
  }

  reset(): void {
    this.#entries = [];
    this.#forgotten = 0;
  }

  #note(event: string, message: RecordedMessage): void {
    if (this.#entries.length >= KEPT) {
      const dropped = KEPT / 10;
      this.#entries.splice(0, dropped);
      this.#forgotten += dropped;
    }
    this.#entries.push({
      event,
      entity: message.entity,
      sequenceNumber: sequenceNumberOf(message.key).toString(),
      messageId: message.messageId ?? readMessageFacts(message.bytes).messageId,
      sha256: createHash("sha256").update(message.bytes).digest("hex"),
      bytes: message.bytes.length,
      at: performance.timeOrigin + performance.now(),
    });
  }
}
