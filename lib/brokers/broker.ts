/**
 * The broker port: what the console needs of a message broker. Use cases ask `capabilities`, never a broker's name.
 * A message on the way is bytes; facts are decoded beside it. Keys are text, positions are bigint.
 * Every method rejects with `BrokerError` and with nothing else.
 */

/** What a broker can do; asked before an act, shown when it cannot. */
export interface BrokerCapabilities {
  /** How a dead letter is addressed. */
  readonly address: "sequence-number" | "offset" | "receipt" | "blob-name";
  /** Reading leaves no trace on the message (no lock, no delivery count). */
  readonly peek: boolean;
  /** "one-by-one": any message can be locked by its key; "in-order": only by locking through from the front. */
  readonly lock: "one-by-one" | "in-order";
  readonly duplicateDetection: boolean;
  readonly sessions: boolean;
  readonly subscriptionRules: boolean;
  readonly scheduledDelivery: boolean;
  readonly typedProperties: boolean;
}

export type SubQueue = "dead-letter" | "transfer-dead-letter" | "forwarded";

/** Names one dead-letter queue inside a namespace. */
export interface QueueAddress {
  /** The entity that owns it: "orders" or "events/subscriptions/billing". */
  readonly entityPath: string;
  readonly subQueue: SubQueue;
}

/** What the broker says of an entity. Null means it could not be read (rights, broker): callers count it as the worst. */
export interface EntitySettings {
  /** Duplicate detection of the entity that a replay to the origin is sent to. */
  readonly duplicateDetection: { readonly enabled: boolean; readonly windowSeconds: number } | null;
  /** Whether the origin (queue, or subscription for its reader) requires sessions. */
  readonly requiresSession: boolean | null;
  readonly lockSeconds: number | null;
  readonly maxDeliveryCount: number | null;
  readonly defaultTimeToLiveSeconds: number | null;
  readonly partitioned: boolean | null;
  readonly maxMessageBytes: number | null;
  /** Where the entity's dead letters are forwarded to; null also when they are not. */
  readonly forwardDeadLettersTo: string | null;
}

export interface DiscoveredQueue extends QueueAddress {
  readonly entityKind: "queue" | "subscription";
  /** Where a replay to the origin goes: the queue itself, or the subscription's topic. */
  readonly originPath: string;
  readonly settings: EntitySettings | null;
}

/** A subscription of a topic, with the rules that decide what it receives: each filter as a SQL expression. */
export interface TopicSubscription {
  readonly name: string;
  readonly rules: readonly { readonly name: string; readonly filter: string }[] | null;
  /** Null: could not be read. */
  readonly requiresSession: boolean | null;
  /** Where it passes its messages on to; null also when that could not be read. */
  readonly forwardTo: string | null;
}

/** An entity of the namespace that copies can be sent to, watched or not. */
export interface TargetEntity {
  readonly path: string;
  readonly kind: "queue" | "topic";
  /** Null: could not be read. */
  readonly settings: TargetSettings | null;
  /** Of a topic; null: a queue, or they could not be read. */
  readonly subscriptions: readonly TopicSubscription[] | null;
}

/** What decides what becomes of a copy that is sent there. */
export interface TargetSettings
  extends Pick<
    EntitySettings,
    "duplicateDetection" | "partitioned" | "maxMessageBytes" | "requiresSession" | "defaultTimeToLiveSeconds"
  > {
  /** It takes no sends now. */
  readonly disabled: boolean;
  /** Where it passes its messages on to; null: nowhere. */
  readonly forwardTo: string | null;
}

/** An application property with its wire type; the value as text loses nothing ("12345678901234567890", "AQID" for binary in Base64). */
export interface TypedProperty {
  readonly name: string;
  /** AMQP type name: "string", "int", "long", "ulong", "double", "boolean", "uuid", "timestamp", "binary", "symbol", "null", … */
  readonly type: string;
  readonly value: string;
}

/** One dead letter as read from the broker: bytes, and the facts decoded from them. */
export interface BrokerMessage {
  readonly key: string;
  readonly position: bigint;
  /** The whole encoded message as the client library received it. */
  readonly encoded: Uint8Array;
  /** sha256 of the unaltered bytes: everything but header, delivery annotations and the broker's own annotations. */
  readonly contentHash: Uint8Array;
  readonly messageId: string | null;
  readonly enqueuedAt: Date;
  readonly reason: string;
  readonly description: string | null;
  readonly deliveryCount: number;
  readonly bodySize: number;
  readonly contentType: string | null;
  readonly subject: string | null;
  readonly correlationId: string | null;
  readonly sessionId: string | null;
  readonly partitionKey: string | null;
  readonly deadLetterSource: string | null;
  /** Absolute expiry time of its properties; null: none. A copy that keeps one in the past dies on arrival. */
  readonly expiresAt: Date | null;
  readonly properties: readonly TypedProperty[];
  /** Stamps of an earlier replay of ours that this message still carries; null when none. */
  readonly stamp: ReplayStamp | null;
}

/** A message as a scan reads it, on its way into the index. */
export interface PeekedMessage extends BrokerMessage {
  /** `properties` as JSON in UTF-8: an array of name, type and value, texts storable (lib/domain/storable-text.ts). */
  readonly propertiesJson: Uint8Array;
}

/** What a replay writes on a copy, so that it is known again when it comes back dead. */
export interface ReplayStamp {
  readonly itemId: string;
  readonly attempt: number;
  readonly originalKey: string;
}

/** A message as parts for the eye: payload page and editor. Nothing of it goes back on the wire but through `CopyChanges`. */
export interface MessageView {
  /** "data": bytes; "value" and "sequence": AMQP typed content, shown as text. */
  readonly bodyKind: "data" | "value" | "sequence" | "none";
  /** Bytes of the body (data sections joined; a string or binary value's bytes); null when the body is a typed structure. */
  readonly body: Uint8Array | null;
  /** Structured bodies rendered as text with their types; null for bytes. */
  readonly bodyText: string | null;
  readonly header: readonly TypedProperty[];
  readonly annotations: readonly TypedProperty[];
  readonly messageProperties: readonly TypedProperty[];
  readonly applicationProperties: readonly TypedProperty[];
}

/** How a copy differs from its original. Whatever is not named stays byte for byte. */
export interface CopyChanges {
  /** undefined: keep the id as it is (also: keep that there is none). */
  readonly messageId?: string;
  /** New body bytes, as one data section, or as the original's binary or string value. */
  readonly body?: Uint8Array;
  readonly properties?: readonly PropertyChange[];
  /**
   * undefined: time to live and absolute expiry stay as they are. "renew": a life as long as the original's, begun at `at`.
   * "none": the copy does not expire by itself; the target's own default still holds.
   */
  readonly expiry?: { readonly policy: "renew"; readonly at: Date } | { readonly policy: "none" };
  /** The target keeps the copy back until then; undefined: it is delivered at once. */
  readonly scheduledFor?: Date;
  /** Written as application properties; null: no stamps. */
  readonly stamp: ReplayStamp | null;
  /** The one subscription that a copy is meant for, written as an application property that rules can read; undefined: none. */
  readonly route?: string;
}

export type PropertyChange =
  | { readonly name: string; readonly set: { readonly type: string; readonly value: string } }
  | { readonly name: string; readonly remove: true };

/** Finished bytes and what the ledger records of them before the send. */
export interface PreparedCopy {
  readonly encoded: Uint8Array;
  readonly hash: Uint8Array;
  readonly messageId: string | null;
  readonly sessionId: string | null;
  readonly partitionKey: string | null;
}

/** A message that this process holds the broker's lock on. */
export interface LockedMessage {
  readonly message: BrokerMessage;
  /** Monotonic time (performance.now, ms) taken before the receive call: the lock cannot be older than this. */
  readonly receivedAt: number;
  /** Lock duration that the broker granted, ms: locked-until less the broker's own enqueue clock is not known, so the entity's setting. */
  readonly lockMs: number;
}

/**
 * Locks dead letters of one DLQ. One link; closing it does not release the locks, they run out. Once the link is lost the
 * receiver stays closed: `lock` rejects, while `complete` may still succeed as long as the broker keeps the lock.
 */
export interface DeadLetterReceiver {
  /** True while the link that the locks belong to is open. */
  isOpen(): boolean;
  /**
   * Lock up to `max` messages in order, waiting at most `waitMs` for the first. May return fewer, and none. Rejects with
   * "quota-exceeded" when the link holds as many unsettled messages as one can: open another receiver.
   */
  lock(max: number, waitMs: number): Promise<LockedMessage[]>;
  /** Remove the original: resolves only when the broker has confirmed it. */
  complete(message: LockedMessage): Promise<void>;
  /** Remove many originals at once: what became of each, in their order. */
  completeAll(messages: readonly LockedMessage[]): Promise<PromiseSettledResult<void>[]>;
  /** Give the lock back now. */
  abandon(message: LockedMessage): Promise<void>;
  close(): Promise<void>;
}

/** Sends finished bytes to one entity, with the client library's own retries off. */
export interface CopySender {
  /**
   * Resolves when the broker has accepted every copy; all of them or none for one batch.
   * Rejects with `BrokerError`: `refused` when the broker said no (nothing was taken), otherwise `doubt` is true and
   * the copies may or may not have arrived. After a doubt the sender takes no more sends; once `close` has resolved,
   * nothing of it can still arrive.
   */
  send(copies: readonly PreparedCopy[], timeoutMs: number): Promise<void>;
  /** False: its link is lost, or an earlier send is in doubt. A send would be refused without doubt; open another. */
  isOpen(): boolean;
  /** How many of these, from the first on, may go as one batch (bytes, sessions, partitions); at least 1. */
  batchLength(copies: readonly PreparedCopy[]): number;
  close(): Promise<void>;
}

export interface CountReading {
  readonly count: bigint;
  /** Where the figure is from, in words for the page: "runtime properties". */
  readonly source: string;
}

/** One configured namespace of one broker. */
export interface Broker {
  readonly namespace: string;
  readonly capabilities: BrokerCapabilities;
  /** Every DLQ that the configuration's patterns let through. */
  listQueues(): Promise<DiscoveredQueue[]>;
  /** Messages in the DLQ; null when the broker cannot say now (no right, throttled). Never a guess. */
  countDeadLetters(queue: QueueAddress): Promise<CountReading | null>;
  /** Messages that an entity itself holds, its dead letters apart: the target's backlog (R11). Null as above. */
  countActive(entityPath: string): Promise<CountReading | null>;
  /** Like `peek`, of an entity's own messages: evidence that a copy has arrived (R5). Of a topic there is nothing to peek at. */
  peekActive(entityPath: string, from: bigint, max: number): Promise<BrokerMessage[]>;
  /** Messages at or above `from` in ascending order, at most `max`; a short page is not the end, an empty one is. */
  peek(queue: QueueAddress, from: bigint, max: number): Promise<PeekedMessage[]>;
  /** Subscriptions of a topic; null when the entity is a queue, or its subscriptions cannot be read. */
  listSubscriptions(path: string): Promise<TopicSubscription[] | null>;
  /** Every entity that copies can be sent to; without the right to list, those that the configuration names. */
  listTargets(): Promise<TargetEntity[]>;
  openReceiver(queue: QueueAddress): Promise<DeadLetterReceiver>;
  openSender(path: string): Promise<CopySender>;
  close(): Promise<void>;
}

/**
 * Reads and writes messages of one kind of broker without a connection: pure, so that the web process can show
 * a payload and check an edit. Found by the broker's kind through `lib/brokers/codecs.ts`.
 */
export interface MessageCodec {
  readonly capabilities: BrokerCapabilities;
  view(encoded: Uint8Array): MessageView;
  /** Throws `BrokerError` "invalid-message" when a change cannot be made (a type that does not exist, a value out of range). */
  prepareCopy(original: Uint8Array, changes: CopyChanges): PreparedCopy;
  /** Bytes of everything before the body: what the broker's limit for headers and properties counts. */
  headerBytes(encoded: Uint8Array): number;
  /**
   * A rule's filter, ready to be asked of encoded messages. It answers null when that cannot be told: the text is not one
   * that is understood here, or it fails on this message.
   */
  compileFilter(filter: string): (encoded: Uint8Array) => boolean | null;
  /** The condition to add to the rules of the other subscriptions, so that a routed copy reaches only the one it is meant for. */
  routeCondition(subscription: string): string;
}

export type BrokerErrorCode =
  | "unreachable"
  | "unauthorized"
  | "entity-not-found"
  | "server-busy"
  | "lock-lost"
  | "too-large"
  | "quota-exceeded"
  | "timeout"
  | "aborted"
  | "invalid-message"
  | "not-supported"
  | "unknown";

/** The only error that leaves an adapter. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  readonly code: BrokerErrorCode;
  /** The operation may have taken effect although it failed. */
  readonly doubt: boolean;
  /** Worth trying again by itself. */
  readonly transient: boolean;

  constructor(
    code: BrokerErrorCode,
    message: string,
    options: { doubt?: boolean; transient?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.doubt = options.doubt ?? false;
    this.transient = options.transient ?? false;
  }
}
