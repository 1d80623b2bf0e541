import type { DeadLetterSearch } from "@/lib/contracts/dead-letters";
import type { MessageFacts } from "./message-facts";

/** A message that an export holds, chosen before the first is read. */
export interface ChosenMessage {
  readonly id: string;
  /** Bytes of the message, whether they are kept or not. */
  readonly size: number;
}

/** What an export says of one message. */
export interface ExportedMessage extends MessageFacts {
  readonly id: string;
  readonly namespace: string;
  /** The kind of its broker: names the codec that reads the bytes. */
  readonly broker: string;
  readonly entityPath: string;
  readonly subQueue: string;
  readonly key: string;
  readonly enqueuedAt: Date;
  readonly firstSeenAt: Date;
  readonly causeId: string;
  readonly returned: boolean;
  /** Null: it is in its dead-letter queue. */
  readonly leftAt: Date | null;
  /** Null without payloads. */
  readonly description: string | null;
  /** Null without payloads, and where the bytes are not kept. */
  readonly encoded: Uint8Array | null;
}

export interface ExportStore {
  /** The messages that a filter means now, oldest first, at most `limit`. */
  choose(filter: DeadLetterSearch, at: Date, limit: number): Promise<ChosenMessage[]>;
  /** How many messages the filter could mean at most, whatever its text says: told from figures, without a look at any message. Null: they do not tell. */
  most(filter: DeadLetterSearch, at: Date): Promise<number | null>;
  /** How many messages the filter means now; at most `limit`. */
  count(filter: DeadLetterSearch, at: Date, limit: number): Promise<number>;
  /** In the order given; what retention has deleted since is left out. */
  read(ids: readonly string[], content: "facts" | "payloads"): Promise<ExportedMessage[]>;
}
