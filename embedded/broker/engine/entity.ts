import { DuplicateHistory } from "./duplicate-history";
import { MessageQueue } from "./message-queue";
import type { QueueHost } from "./queue-contract";
import type { CompiledRule } from "./rule-match";
import { keyOf, PARTITIONS } from "./sequence-number";
import type { QueueSettings, SubscriptionSettings, TopicSettings } from "./settings";
import type { Timed } from "./timer-heap";

/** Sequence counters of one entity, one for each partition; never go back, also over a restart. */
export class SequenceCounters {
  readonly #next: number[];

  constructor(partitioned: boolean) {
    this.#next = new Array(partitioned ? PARTITIONS : 1).fill(1);
  }

  next(partition: number): number {
    const index = this.#next.length === 1 ? 0 : partition;
    const counter = this.#next[index] as number;
    this.#next[index] = counter + 1;
    return keyOf(index, counter);
  }

  /** Makes sure that numbers up to this key are not given again. */
  passed(partition: number, counter: number): void {
    const index = this.#next.length === 1 ? 0 : partition;
    if ((this.#next[index] as number) <= counter) this.#next[index] = counter + 1;
  }

  values(): readonly number[] {
    return this.#next;
  }

  restore(values: readonly number[]): void {
    for (const [index, value] of values.entries()) {
      if (index < this.#next.length && (this.#next[index] as number) < value) this.#next[index] = value;
    }
  }
}

export interface EntityTimes {
  readonly createdAt: number;
  updatedAt: number;
  accessedAt: number;
}

/** What every entity has. */
abstract class EntityBase implements Timed {
  readonly id: number;
  /** As its creator wrote it; compared without regard to case. */
  readonly path: string;
  readonly times: EntityTimes;
  readonly counters: SequenceCounters;
  dueAt = 0;
  heapIndex = -1;
  onIdle: (now: number) => void = () => {};

  constructor(id: number, path: string, partitioned: boolean, now: number) {
    this.id = id;
    this.path = path;
    this.times = { createdAt: now, updatedAt: now, accessedAt: now };
    this.counters = new SequenceCounters(partitioned);
  }

  onDue(now: number): void {
    this.onIdle(now);
  }
}

/** Main queue and sub-queues of a queue or a subscription. */
interface Stores {
  readonly main: MessageQueue;
  readonly deadLetter: MessageQueue;
  readonly transferDeadLetter: MessageQueue;
}

export class QueueEntity extends EntityBase implements Stores {
  readonly kind = "queue";
  readonly settings: QueueSettings;
  readonly main: MessageQueue;
  readonly deadLetter: MessageQueue;
  readonly transferDeadLetter: MessageQueue;
  readonly duplicates = new DuplicateHistory();

  constructor(id: number, path: string, settings: QueueSettings, now: number, host: QueueHost) {
    super(id, path, settings.enablePartitioning, now);
    this.settings = settings;
    const stores = makeStores(id, path, settings, host);
    this.main = stores.main;
    this.deadLetter = stores.deadLetter;
    this.transferDeadLetter = stores.transferDeadLetter;
  }
}

export class TopicEntity extends EntityBase {
  readonly kind = "topic";
  readonly settings: TopicSettings;
  readonly subscriptions = new Map<string, SubscriptionEntity>();
  /** Scheduled messages wait here, before they are given to the subscriptions. */
  readonly main: MessageQueue;
  readonly duplicates = new DuplicateHistory();

  constructor(id: number, path: string, settings: TopicSettings, now: number, host: QueueHost) {
    super(id, path, settings.enablePartitioning, now);
    this.settings = settings;
    this.main = new MessageQueue(host, id, path, "main", {
      lockDurationMs: 60_000,
      maxDeliveryCount: Number.POSITIVE_INFINITY,
      requiresSession: false,
      deadLetteringOnMessageExpiration: false,
    });
  }
}

export class SubscriptionEntity extends EntityBase implements Stores {
  readonly kind = "subscription";
  readonly topic: TopicEntity;
  readonly name: string;
  readonly settings: SubscriptionSettings;
  readonly rules = new Map<string, CompiledRule>();
  readonly main: MessageQueue;
  readonly deadLetter: MessageQueue;
  readonly transferDeadLetter: MessageQueue;

  constructor(
    id: number,
    topic: TopicEntity,
    name: string,
    settings: SubscriptionSettings,
    now: number,
    host: QueueHost,
  ) {
    super(id, `${topic.path}/Subscriptions/${name}`, topic.settings.enablePartitioning, now);
    this.topic = topic;
    this.name = name;
    this.settings = settings;
    const stores = makeStores(id, this.path, settings, host);
    this.main = stores.main;
    this.deadLetter = stores.deadLetter;
    this.transferDeadLetter = stores.transferDeadLetter;
  }
}

export type Entity = QueueEntity | TopicEntity | SubscriptionEntity;
/** An entity that messages are received from. */
export type ReceivingEntity = QueueEntity | SubscriptionEntity;

function makeStores(id: number, path: string, settings: QueueSettings | SubscriptionSettings, host: QueueHost): Stores {
  const subQueuePolicy = {
    get lockDurationMs() {
      return settings.lockDurationMs;
    },
    maxDeliveryCount: Number.POSITIVE_INFINITY,
    requiresSession: false,
    deadLetteringOnMessageExpiration: false,
  };
  return {
    main: new MessageQueue(host, id, path, "main", settings),
    deadLetter: new MessageQueue(host, id, `${path}/$DeadLetterQueue`, "dead-letter", subQueuePolicy),
    transferDeadLetter: new MessageQueue(
      host,
      id,
      `${path}/$Transfer/$DeadLetterQueue`,
      "transfer-dead-letter",
      subQueuePolicy,
    ),
  };
}
