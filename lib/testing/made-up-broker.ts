import { createHash } from "node:crypto";
import { storableText } from "@/lib/domain/storable-text";
import {
  type Broker,
  type BrokerCapabilities,
  BrokerError,
  type BrokerMessage,
  type CountReading,
  type DiscoveredQueue,
  type EntitySettings,
  type PeekedMessage,
  type QueueAddress,
} from "../brokers/broker";

/** A dead letter as a test writes it; everything has a default but the position. */
export interface MadeUpMessage extends Partial<Omit<BrokerMessage, "key" | "position" | "contentHash">> {
  readonly position: number | bigint;
  readonly body?: string;
}

/**
 * Dead-letter queues in memory behind the broker port, for what a real broker cannot be made to do at a given moment:
 * a peek that was answered before another thing happened and arrives after it, an error in the middle of a walk.
 * It reads only: replays are tested against the embedded broker.
 */
export class MadeUpBroker implements Broker {
  readonly namespace: string;
  readonly capabilities: BrokerCapabilities = {
    address: "sequence-number",
    peek: true,
    lock: "in-order",
    duplicateDetection: true,
    sessions: true,
    subscriptionRules: false,
    scheduledDelivery: true,
    typedProperties: true,
  };
  /** Messages that one peek returns at most, whatever was asked. */
  pageLimit = 250;
  /** Runs between the answer's making and its arrival. */
  onPeek: (from: bigint, answer: readonly PeekedMessage[]) => void | Promise<void> = () => {};
  /** Every peek so far: [entity path, from, max]. */
  readonly peeks: [string, bigint, number][] = [];
  counts = true;
  listError: BrokerError | null = null;
  readonly #queues = new Map<string, { settings: EntitySettings | null; messages: Map<bigint, PeekedMessage> }>();

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  addQueue(entityPath: string, settings: Partial<EntitySettings> = {}): void {
    this.#queues.set(entityPath, { settings: { ...SETTINGS, ...settings }, messages: new Map() });
  }

  deleteQueue(entityPath: string): void {
    this.#queues.delete(entityPath);
  }

  put(entityPath: string, ...messages: readonly MadeUpMessage[]): void {
    for (const message of messages) {
      this.#queue(entityPath).messages.set(BigInt(message.position), toMessage(message));
    }
  }

  take(entityPath: string, ...positions: readonly (number | bigint)[]): void {
    for (const position of positions) this.#queue(entityPath).messages.delete(BigInt(position));
  }

  async listQueues(): Promise<DiscoveredQueue[]> {
    if (this.listError !== null) throw this.listError;
    return [...this.#queues].map(([entityPath, { settings }]) => ({
      entityPath,
      entityKind: "queue",
      subQueue: "dead-letter",
      originPath: entityPath,
      settings,
    }));
  }

  async countDeadLetters(queue: QueueAddress): Promise<CountReading | null> {
    return this.counts
      ? { count: BigInt(this.#queue(queue.entityPath).messages.size), source: "runtime properties" }
      : null;
  }

  async countActive(): Promise<CountReading | null> {
    return null;
  }

  async peekActive(): Promise<BrokerMessage[]> {
    return [];
  }

  async peek(queue: QueueAddress, from: bigint, max: number): Promise<PeekedMessage[]> {
    this.peeks.push([queue.entityPath, from, max]);
    const answer = [...this.#queue(queue.entityPath).messages.values()]
      .filter((message) => message.position >= from)
      .sort((a, b) => (a.position < b.position ? -1 : 1))
      .slice(0, Math.min(max, this.pageLimit));
    await this.onPeek(from, answer);
    return answer;
  }

  async listSubscriptions(): Promise<null> {
    return null;
  }

  async listTargets(): Promise<[]> {
    return [];
  }

  async openReceiver(): Promise<never> {
    throw new BrokerError("not-supported", "a made-up DLQ can only be peeked");
  }

  async openSender(): Promise<never> {
    throw new BrokerError("not-supported", "a made-up DLQ can only be peeked");
  }

  async close(): Promise<void> {}

  #queue(entityPath: string) {
    const queue = this.#queues.get(entityPath);
    if (queue === undefined) throw new BrokerError("entity-not-found", `The entity ${entityPath} could not be found.`);
    return queue;
  }
}

const SETTINGS: EntitySettings = {
  duplicateDetection: { enabled: false, windowSeconds: 600 },
  requiresSession: false,
  lockSeconds: 60,
  maxDeliveryCount: 10,
  defaultTimeToLiveSeconds: null,
  partitioned: false,
  maxMessageBytes: 262_144,
  forwardDeadLettersTo: null,
};

const EPOCH = Date.UTC(2026, 10, 20);

function toMessage({ position, body = `body of ${position}`, ...given }: MadeUpMessage): PeekedMessage {
  const encoded = given.encoded ?? Buffer.from(body, "utf8");
  return {
    key: String(position),
    position: BigInt(position),
    contentHash: createHash("sha256").update(encoded).digest(),
    messageId: `message-${position}`,
    enqueuedAt: new Date(EPOCH + Number(BigInt(position) & 0xffff_ffffn) * 1000),
    reason: "MaxDeliveryCountExceeded",
    description: "Message could not be consumed after 10 delivery attempts.",
    deliveryCount: 10,
    bodySize: encoded.length,
    contentType: "application/json",
    subject: null,
    correlationId: null,
    sessionId: null,
    partitionKey: null,
    deadLetterSource: null,
    expiresAt: null,
    properties: [],
    stamp: null,
    ...given,
    propertiesJson: Buffer.from(JSON.stringify(given.properties ?? [], storableTexts)),
    encoded,
  };
}

const storableTexts = (_: string, value: unknown): unknown => (typeof value === "string" ? storableText(value) : value);
