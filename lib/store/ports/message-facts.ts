/** What the index keeps of a message as its broker told it, texts made storable. Null: it has none. */
export interface MessageFacts {
  readonly messageId: string | null;
  readonly reason: string;
  readonly deliveryCount: number;
  /** Bytes of the whole message, and of its body. */
  readonly size: number;
  readonly bodySize: number;
  readonly contentType: string | null;
  readonly subject: string | null;
  readonly correlationId: string | null;
  readonly sessionId: string | null;
  readonly partitionKey: string | null;
}
