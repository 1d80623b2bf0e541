import type { PeekMessagesOptions, ServiceBusClient, ServiceBusReceiver } from "@azure/service-bus";
import Long from "long";
import { SHORTEST_LOCK_SECONDS } from "@/lib/domain/lock-window";
import {
  type Broker,
  BrokerError,
  type BrokerMessage,
  type CopySender,
  type CountReading,
  type DeadLetterReceiver,
  type DiscoveredQueue,
  type PeekedMessage,
  type QueueAddress,
  type SubQueue,
  type TargetEntity,
  type TopicSubscription,
} from "../broker";
import { Administration, type Counts, ifAllowed } from "./administration";
import { SERVICE_BUS_CAPABILITIES } from "./capabilities";
import { discoverQueues, readLockSeconds, readTarget } from "./catalog";
import { Clients, OPERATION_TIMEOUT_MS } from "./clients";
import { connectionLost, patientController } from "./connection-lost";
import { ServiceBusCopySender } from "./copy-sender";
import { LinkBoundReceiver } from "./dead-letter-receiver";
import { withDeadline } from "./deadline";
import { parseEntityPath } from "./entity-path";
import { readPeeked } from "./read-message";
import { bytesOf, captureReceivedBytes } from "./received-bytes";
import { allowRawPeeks, checkSdkInternals, leaveUnread, setDrainTimeout } from "./sdk-internals";
import type { ServiceBusConfig } from "./service-bus-config";
import { listTargets } from "./targets";
import { listSubscriptions } from "./topic-subscriptions";

/** A fast replay opens a receiver several times a second; a request for a lock duration costs ten credits. */
const LOCK_DURATION_LIFE_MS = 30_000;

/** One Service Bus namespace. Throws at once when the installed SDK is not the one this adapter was written for. */
export function openServiceBus(config: ServiceBusConfig): Broker {
  checkSdkInternals();
  captureReceivedBytes();
  return new ServiceBusBroker(config);
}

class ServiceBusBroker implements Broker {
  readonly namespace: string;
  readonly capabilities = SERVICE_BUS_CAPABILITIES;
  readonly #config: ServiceBusConfig;
  readonly #clients: Clients;
  readonly #administration: Administration;
  readonly #peekers = new Map<string, Peeker>();
  readonly #senders = new Set<CopySender>();
  readonly #lockDurations = new Map<string, { readonly seconds: number | null; readonly readAt: number }>();
  readonly #closing = patientController();

  constructor(config: ServiceBusConfig) {
    this.namespace = config.name;
    this.#config = config;
    this.#clients = new Clients(config);
    this.#administration = new Administration(this.#clients.administration(), config.name, this.#closing.signal);
  }

  listQueues(): Promise<DiscoveredQueue[]> {
    return discoverQueues(this.#administration, this.#config);
  }

  countDeadLetters(queue: QueueAddress): Promise<CountReading | null> {
    return this.#count(queue.entityPath, COUNT_FIELD[queue.subQueue]);
  }

  countActive(entityPath: string): Promise<CountReading | null> {
    return this.#count(entityPath, "activeMessageCount");
  }

  peekActive(entityPath: string, from: bigint, max: number): Promise<BrokerMessage[]> {
    // A forwarded DLQ is an ordinary queue, read as such.
    return this.#peek({ entityPath, subQueue: "forwarded" }, entityPath, from, max);
  }

  async #count(path: string, field: keyof Counts): Promise<CountReading | null> {
    try {
      const counts = await ifAllowed(this.#administration.counts(parseEntityPath(path)));
      return counts === null ? null : { count: BigInt(counts[field]), source: "runtime properties" };
    } catch (error) {
      if (error instanceof BrokerError && error.code === "server-busy") return null;
      throw error;
    }
  }

  peek(queue: QueueAddress, from: bigint, max: number): Promise<PeekedMessage[]> {
    return this.#peek(queue, inWords(queue), from, max);
  }

  async #peek(queue: QueueAddress, words: string, from: bigint, max: number): Promise<PeekedMessage[]> {
    const { client, receiver } = this.#peeker(queue);
    const attempt = { what: `Peeking at ${words}`, namespace: this.namespace };
    const stops = { closing: this.#closing.signal, lost: connectionLost(client) };
    const rawMessages: Uint8Array[] = [];
    const options: PeekMessagesOptions & { rawMessages: Uint8Array[] } = {
      fromSequenceNumber: Long.fromString(from.toString()),
      rawMessages,
    };
    // Each time: a connection that was made anew may have another client for its management.
    allowRawPeeks(receiver);
    const decoded = await withDeadline(attempt, OPERATION_TIMEOUT_MS, stops, (abortSignal) =>
      receiver.peekMessages(max, { ...options, abortSignal }),
    );
    // An empty answer would mean the end of the queue: what came past the raw peek counts all the same.
    return [...rawMessages, ...decoded.map(bytesOf)].map(readPeeked);
  }

  listSubscriptions(path: string): Promise<TopicSubscription[] | null> {
    return listSubscriptions(path, this.#administration, this.#clients, this.#config, this.#closing.signal);
  }

  listTargets(): Promise<TargetEntity[]> {
    return listTargets(this.#administration, this.#config, (topic) => this.listSubscriptions(topic));
  }

  async openReceiver(queue: QueueAddress): Promise<DeadLetterReceiver> {
    const lockSeconds = await this.#lockSeconds(queue.entityPath);
    const client = this.#clients.locker();
    const receiver = createReceiver(client, queue);
    setDrainTimeout(receiver, OPERATION_TIMEOUT_MS / 2);
    leaveUnread(receiver);
    return new LinkBoundReceiver({
      client,
      receiver,
      namespace: this.namespace,
      queue: inWords(queue),
      lockMs: (lockSeconds ?? SHORTEST_LOCK_SECONDS) * 1_000,
      closing: this.#closing.signal,
    });
  }

  async openSender(path: string): Promise<CopySender> {
    const target = await readTarget(this.#administration, path);
    const sender = new ServiceBusCopySender({
      client: this.#clients.open(),
      namespace: this.namespace,
      path,
      batches: !(target?.partitioned && target.duplicateDetection?.enabled !== false),
      closing: this.#closing.signal,
      onClose: () => this.#senders.delete(sender),
    });
    this.#senders.add(sender);
    try {
      await sender.open();
    } catch (error) {
      await sender.close();
      throw error;
    }
    return sender;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#senders].map((sender) => sender.close()));
    await this.#clients.close();
  }

  async #lockSeconds(path: string): Promise<number | null> {
    const known = this.#lockDurations.get(path);
    if (known !== undefined && performance.now() - known.readAt < LOCK_DURATION_LIFE_MS) return known.seconds;
    const readAt = performance.now();
    const seconds = await readLockSeconds(this.#administration, path);
    this.#lockDurations.set(path, { seconds, readAt });
    return seconds;
  }

  #peeker(queue: QueueAddress): Peeker {
    const key = `${queue.subQueue} ${queue.entityPath}`;
    const known = this.#peekers.get(key);
    if (known !== undefined) return known;
    const client = this.#clients.reader(key);
    const peeker = { client, receiver: createReceiver(client, queue) };
    this.#peekers.set(key, peeker);
    return peeker;
  }
}

interface Peeker {
  readonly client: ServiceBusClient;
  readonly receiver: ServiceBusReceiver;
}

const COUNT_FIELD = {
  "dead-letter": "deadLetterMessageCount",
  "transfer-dead-letter": "transferDeadLetterMessageCount",
  forwarded: "activeMessageCount",
} as const satisfies Record<SubQueue, keyof Counts>;

/** A receiver of the client library: it opens no link before it receives, and peeks without one. */
function createReceiver(client: ServiceBusClient, { entityPath, subQueue }: QueueAddress): ServiceBusReceiver {
  const entity = parseEntityPath(entityPath);
  const options = {
    receiveMode: "peekLock",
    // A message without an id cannot be settled under the library's own renewal, and equal ids collide in it.
    maxAutoLockRenewalDurationInMs: 0,
    // Bodies are read from the bytes; converting dates would copy the annotations that the bytes are found by.
    skipParsingBodyAsJson: true,
    skipConvertingDate: true,
    ...SDK_SUB_QUEUE[subQueue],
  } as const;
  if (entity.kind === "queue") return client.createReceiver(entity.queue, options);
  return client.createReceiver(entity.topic, entity.subscription, options);
}

const SDK_SUB_QUEUE = {
  "dead-letter": { subQueueType: "deadLetter" },
  "transfer-dead-letter": { subQueueType: "transferDeadLetter" },
  forwarded: {},
} as const satisfies Record<SubQueue, object>;

function inWords({ entityPath, subQueue }: QueueAddress): string {
  switch (subQueue) {
    case "dead-letter":
      return `the dead-letter queue of ${entityPath}`;
    case "transfer-dead-letter":
      return `the transfer dead-letter queue of ${entityPath}`;
    case "forwarded":
      return `${entityPath}, where dead letters are forwarded to`;
  }
}
