import { randomFillSync } from "node:crypto";
import type { BrokerClock } from "../clock";
import { parseSubscriptionPath } from "./address";
import { BrokerFault, entityNotFound } from "./broker-fault";
import { compileRule, DEFAULT_RULE_NAME } from "./compile-rule";
import { type Entity, QueueEntity, type ReceivingEntity, SubscriptionEntity, TopicEntity } from "./entity";
import { type Journal, NO_JOURNAL } from "./journal";
import type { MessageQueue } from "./message-queue";
import type { MessageRecord } from "./message-record";
import type { DeadLetterReason, QueueHost, QueueRole } from "./queue-contract";
import { Routing } from "./routing";
import type { RuleDefinition } from "./rule";
import type { QueueSettings, SubscriptionSettings, TopicSettings } from "./settings";
import { TimerHeap } from "./timer-heap";

/** What an observer (the control port) is told of messages that came and went. */
export interface Recorder {
  note(event: "accepted" | "dropped-duplicate" | "completed" | "dead-lettered", record: RecordedMessage): void;
}

export interface RecordedMessage {
  readonly entity: string;
  readonly key: number;
  readonly messageId: string | null;
  readonly bytes: Buffer;
}

/** Where in the process entities come and go is heard. */
export interface EntityListener {
  entityDeleted(entity: Entity): void;
}

/**
 * All entities of one namespace and the rules between them. Single-threaded: one call runs to its end before the next, so
 * that every change is whole. Paths are compared without regard to case.
 */
export class BrokerNamespace implements QueueHost {
  readonly name: string;
  readonly clock: BrokerClock;
  readonly timers: TimerHeap;
  readonly routing: Routing;
  readonly createdAt: number;
  journal: Journal = NO_JOURNAL;
  recorder: Recorder | null = null;
  listener: EntityListener | null = null;
  readonly #queuesAndTopics = new Map<string, QueueEntity | TopicEntity>();
  readonly #byId = new Map<number, Entity>();
  #nextId = 1;
  readonly #tokens = Buffer.alloc(16 * 256);
  #tokenAt = 16 * 256;

  constructor(name: string, clock: BrokerClock) {
    this.name = name;
    this.clock = clock;
    this.createdAt = clock.now();
    this.timers = new TimerHeap(() => clock.wakeAt(this.timers.earliest, () => this.timers.run(clock.now())));
    this.routing = new Routing(this);
  }

  now(): number {
    return this.clock.now();
  }

  newLockToken(): Buffer {
    if (this.#tokenAt === this.#tokens.length) {
      randomFillSync(this.#tokens);
      this.#tokenAt = 0;
    }
    const token = Buffer.from(this.#tokens.subarray(this.#tokenAt, this.#tokenAt + 16));
    this.#tokenAt += 16;
    return token;
  }

  // QueueHost

  deadLetter(record: MessageRecord, reason: DeadLetterReason): void {
    this.routing.deadLetter(record, reason);
  }

  completed(record: MessageRecord): void {
    this.recorder?.note("completed", {
      entity: record.queue.path,
      key: record.key,
      messageId: null,
      bytes: record.bytes,
    });
  }

  // Entities

  list(): (QueueEntity | TopicEntity)[] {
    return [...this.#queuesAndTopics.values()].sort((a, b) => (a.path.toLowerCase() < b.path.toLowerCase() ? -1 : 1));
  }

  byId(id: number): Entity | null {
    return this.#byId.get(id) ?? null;
  }

  /** The queue, topic or subscription of this path; null when there is none. */
  find(path: string): Entity | null {
    const subscription = parseSubscriptionPath(path);
    if (subscription === null) return this.#queuesAndTopics.get(path.toLowerCase()) ?? null;
    const topic = this.#queuesAndTopics.get(subscription.topic.toLowerCase());
    if (topic?.kind !== "topic") return null;
    return topic.subscriptions.get(subscription.name.toLowerCase()) ?? null;
  }

  /** Throws `BrokerFault` not-found. */
  get(path: string): Entity {
    const entity = this.find(path);
    if (entity === null) throw entityNotFound(`sb://${this.name}/${path}`);
    return entity;
  }

  /** The queue that a receiver of this address reads. Throws not-found for topics and unknown paths. */
  receivingQueue(path: string, role: QueueRole): { entity: ReceivingEntity; queue: MessageQueue } {
    const entity = this.get(path);
    if (entity.kind === "topic") throw entityNotFound(`sb://${this.name}/${path}`);
    switch (role) {
      case "main":
        return { entity, queue: entity.main };
      case "dead-letter":
        return { entity, queue: entity.deadLetter };
      case "transfer-dead-letter":
        return { entity, queue: entity.transferDeadLetter };
    }
  }

  createQueue(path: string, settings: QueueSettings, id?: number): QueueEntity {
    this.#refuseTaken(path);
    const entity = new QueueEntity(this.#newId(id), path, settings, this.now(), this);
    entity.main.onActivate = (record, now) => this.routing.activate(entity, record, now);
    this.#queuesAndTopics.set(path.toLowerCase(), entity);
    this.#created(entity);
    return entity;
  }

  createTopic(path: string, settings: TopicSettings, id?: number): TopicEntity {
    this.#refuseTaken(path);
    const entity = new TopicEntity(this.#newId(id), path, settings, this.now(), this);
    entity.main.onActivate = (record, now) => this.routing.activate(entity, record, now);
    this.#queuesAndTopics.set(path.toLowerCase(), entity);
    this.#created(entity);
    return entity;
  }

  /** Without rules it gets the service's default rule, which lets everything through. */
  createSubscription(
    topic: TopicEntity,
    name: string,
    settings: SubscriptionSettings,
    rules?: readonly RuleDefinition[],
    id?: number,
  ): SubscriptionEntity {
    if (topic.subscriptions.has(name.toLowerCase())) throw alreadyExists(`${topic.path}/Subscriptions/${name}`);
    const entity = new SubscriptionEntity(this.#newId(id), topic, name, settings, this.now(), this);
    const first = rules ?? [{ name: DEFAULT_RULE_NAME, filter: { type: "true" }, action: null, createdAt: this.now() }];
    for (const rule of first) entity.rules.set(rule.name.toLowerCase(), compileRule(rule));
    entity.main.onActivate = (record, now) => this.routing.activate(entity, record, now);
    topic.subscriptions.set(name.toLowerCase(), entity);
    this.#created(entity);
    return entity;
  }

  /** Throws `BrokerFault` already-exists, argument-error on a rule that cannot be read. */
  createRule(subscription: SubscriptionEntity, rule: RuleDefinition): void {
    if (subscription.rules.has(rule.name.toLowerCase())) throw alreadyExists(`${subscription.path}/Rules/${rule.name}`);
    subscription.rules.set(rule.name.toLowerCase(), compileRule(rule));
    this.changed(subscription);
  }

  replaceRule(subscription: SubscriptionEntity, rule: RuleDefinition): void {
    if (!subscription.rules.has(rule.name.toLowerCase()))
      throw entityNotFound(`${subscription.path}/Rules/${rule.name}`);
    subscription.rules.set(rule.name.toLowerCase(), compileRule(rule));
    this.changed(subscription);
  }

  /** All rules at once, as they were kept. */
  setRules(subscription: SubscriptionEntity, rules: readonly RuleDefinition[]): void {
    subscription.rules.clear();
    for (const rule of rules) subscription.rules.set(rule.name.toLowerCase(), compileRule(rule));
  }

  deleteRule(subscription: SubscriptionEntity, name: string): void {
    if (!subscription.rules.delete(name.toLowerCase())) throw entityNotFound(`${subscription.path}/Rules/${name}`);
    this.changed(subscription);
  }

  /** Deletes the entity with all its messages; links to it are closed by the listener. */
  delete(entity: Entity): void {
    if (entity.kind === "topic")
      for (const subscription of [...entity.subscriptions.values()]) this.delete(subscription);
    if (entity.kind === "subscription") entity.topic.subscriptions.delete(entity.name.toLowerCase());
    else this.#queuesAndTopics.delete(entity.path.toLowerCase());
    this.#byId.delete(entity.id);
    this.timers.cancel(entity);
    const queues =
      entity.kind === "topic" ? [entity.main] : [entity.main, entity.deadLetter, entity.transferDeadLetter];
    for (const queue of queues) {
      for (const record of queue.messages.walk(0)) this.timers.cancel(record);
    }
    this.journal.entityChanged(entity.id);
    this.listener?.entityDeleted(entity);
  }

  /** Settings or rules were changed in place. */
  changed(entity: Entity): void {
    entity.times.updatedAt = this.now();
    this.journal.entityChanged(entity.id);
    this.#watchIdle(entity);
  }

  /** Somebody used the entity: its auto-delete clock starts anew. */
  touch(entity: Entity): void {
    entity.times.accessedAt = this.now();
    if (entity.kind === "subscription") entity.topic.times.accessedAt = entity.times.accessedAt;
  }

  #created(entity: Entity): void {
    this.#byId.set(entity.id, entity);
    this.journal.entityChanged(entity.id);
    entity.onIdle = (now) => {
      const idleAt = entity.times.accessedAt + entity.settings.autoDeleteOnIdleMs;
      if (idleAt > now) this.timers.schedule(entity, idleAt);
      else if (isInUse(entity)) this.timers.schedule(entity, now + entity.settings.autoDeleteOnIdleMs);
      else this.delete(entity);
    };
    this.#watchIdle(entity);
  }

  #watchIdle(entity: Entity): void {
    this.timers.schedule(entity, entity.times.accessedAt + entity.settings.autoDeleteOnIdleMs);
  }

  #newId(id: number | undefined): number {
    if (id === undefined) return this.#nextId++;
    this.#nextId = Math.max(this.#nextId, id + 1);
    return id;
  }

  #refuseTaken(path: string): void {
    if (this.#queuesAndTopics.has(path.toLowerCase())) throw alreadyExists(path);
  }
}

function isInUse(entity: Entity): boolean {
  if (entity.kind === "topic") return [...entity.subscriptions.values()].some(isInUse);
  return (
    entity.main.consumers > 0 ||
    entity.deadLetter.consumers > 0 ||
    entity.transferDeadLetter.consumers > 0 ||
    entity.main.sessions.someHeld()
  );
}

function alreadyExists(path: string): BrokerFault {
  return new BrokerFault(
    "com.microsoft:entity-already-exists",
    `SubCode=40900. Conflict. The entity '${path}' already exists.`,
  );
}
