import { EncodedSqlMessage } from "@/lib/amqp/sql-filter-message";
import { checkAdmission, sizeOf } from "./admission";
import { BrokerFault } from "./broker-fault";
import type { Entity, QueueEntity, ReceivingEntity, SubscriptionEntity, TopicEntity } from "./entity";
import { type MessageFacts, readMessageFacts } from "./message-facts";
import type { MessageRecord, ServiceAnnotations } from "./message-record";
import type { BrokerNamespace } from "./namespace";
import { withDeadLetterReason } from "./property-changes";
import type { DeadLetterReason } from "./queue-contract";
import type { CompiledRule } from "./rule-match";
import { PARTITIONS, partitionOf } from "./sequence-number";

/** Forwardings that a message may make; the next one ends in the transfer dead-letter queue. */
const MAX_HOPS = 4;
const MAX_HEADER_BYTES = 65_536;

/** A message on its way between entities. */
interface Parcel {
  readonly bytes: Buffer;
  readonly facts: MessageFacts;
  readonly hops: number;
  readonly annotations: ServiceAnnotations | null;
}

/** A message put in by a sample or a test, with the time and count that it shall have. */
export interface SeededMessage {
  readonly bytes: Buffer;
  readonly facts: MessageFacts;
  readonly at: number;
  readonly deliveryCount: number;
}

/** How messages get into entities: sends, topics, forwarding, dead-lettering, schedules that come due. */
export class Routing {
  readonly #namespace: BrokerNamespace;
  #roundRobin = 0;

  constructor(namespace: BrokerNamespace) {
    this.#namespace = namespace;
  }

  /** Takes messages from a sender, all of them or none. Throws `BrokerFault` with the reason of a refusal. */
  send(entity: Entity, messages: readonly Buffer[]): void {
    this.accept(
      entity,
      messages.map((bytes) => ({ bytes, facts: readMessageFacts(bytes) })),
    );
  }

  /** As `send`; returns the sequence keys, in order (of a dropped duplicate: the number it would have had). */
  accept(entity: Entity, messages: readonly { bytes: Buffer; facts: MessageFacts }[]): number[] {
    if (entity.kind === "subscription")
      throw new BrokerFault("amqp:not-allowed", "Messages are sent to a topic, not to its subscription.");
    checkAdmission(entity, messages);
    this.#namespace.touch(entity);
    const partition = this.#partitionFor(entity, messages[0]?.facts);
    return messages.map(({ bytes, facts }) => this.#acceptOne(entity, bytes, facts, partition));
  }

  #acceptOne(entity: QueueEntity | TopicEntity, bytes: Buffer, facts: MessageFacts, partition: number): number {
    const now = this.#namespace.now();
    const key = entity.counters.next(partition);
    const noted = { entity: entity.path, key, messageId: facts.messageId, bytes };
    if (this.#isDuplicate(entity, facts, now)) {
      this.#namespace.recorder?.note("dropped-duplicate", noted);
      return key;
    }
    this.#namespace.recorder?.note("accepted", noted);
    const parcel: Parcel = { bytes, facts, hops: 0, annotations: null };
    if (facts.scheduledAt > now) {
      entity.main.add({
        ...fieldsOf(parcel, key, now),
        expiresAt: Number.POSITIVE_INFINITY,
        scheduledAt: facts.scheduledAt,
      });
      return key;
    }
    if (entity.kind === "queue") this.#arrive(entity, parcel, key, now);
    else this.#publish(entity, parcel, key, now);
    return key;
  }

  /**
   * Puts a message in as if it had been sent at `at`, into the dead-letter queue when a reason is given; returns its sequence
   * key. For samples and tests: neither limits nor duplicate detection are applied.
   */
  seed(entity: Entity, message: SeededMessage, reason: DeadLetterReason | null): number {
    const parcel: Parcel = { bytes: message.bytes, facts: message.facts, hops: 0, annotations: null };
    const key = entity.counters.next(this.#partitionFor(entity, message.facts));
    if (entity.kind === "topic") {
      if (reason !== null)
        throw new BrokerFault("amqp:not-allowed", "A topic has no dead-letter queue; its subscriptions have.");
      this.#publish(entity, parcel, key, message.at);
    } else if (reason !== null) {
      this.#intoDeadLetters(
        entity,
        { ...fieldsOf(parcel, key, message.at), deliveryCount: message.deliveryCount },
        reason,
      );
    } else {
      entity.main.add({
        ...fieldsOf(parcel, key, message.at),
        expiresAt: this.#expiryOf(entity, message.facts, message.at),
        deliveryCount: message.deliveryCount,
      });
    }
    return key;
  }

  #isDuplicate(entity: QueueEntity | TopicEntity, facts: MessageFacts, now: number): boolean {
    const { requiresDuplicateDetection, duplicateDetectionWindowMs, enablePartitioning } = entity.settings;
    if (!requiresDuplicateDetection || facts.messageId === null) return false;
    const partitionKey = facts.sessionId ?? facts.partitionKey;
    const id =
      enablePartitioning && partitionKey !== null ? `${partitionKey}\u0000${facts.messageId}` : facts.messageId;
    const known = entity.duplicates.check(id, now, duplicateDetectionWindowMs);
    if (!known) this.#namespace.journal.seen(entity.id, id, now);
    return known;
  }

  #partitionFor(entity: Entity, facts: MessageFacts | undefined): number {
    const { settings } = entity.kind === "subscription" ? entity.topic : entity;
    if (!settings.enablePartitioning || facts === undefined) return 0;
    const key = facts.sessionId ?? facts.partitionKey ?? (settings.requiresDuplicateDetection ? facts.messageId : null);
    if (key !== null) return hash(key) % PARTITIONS;
    this.#roundRobin = (this.#roundRobin + 1) % PARTITIONS;
    return this.#roundRobin;
  }

  /**
   * Gives a topic's message to every subscription with a rule that matches; none is no error. All rules are asked before the
   * first copy is stored, so that a rule that breaks leaves no part of the message behind.
   */
  #publish(topic: TopicEntity, parcel: Parcel, key: number, now: number): void {
    const message = new EncodedSqlMessage(parcel.bytes);
    const outcomes: { subscription: SubscriptionEntity; outcome: RulesOutcome }[] = [];
    for (const subscription of topic.subscriptions.values()) {
      if (subscription.settings.status === "Disabled" || subscription.settings.status === "SendDisabled") continue;
      outcomes.push({ subscription, outcome: applyRules(subscription, parcel, message) });
    }
    for (const { subscription, outcome } of outcomes) {
      for (const failure of outcome.failures) this.#filterFailed(subscription, parcel, key, now, failure);
      for (const copy of outcome.copies) {
        const withNumber = { ...copy, annotations: { ...copy.annotations, enqueuedKey: key } };
        this.#arrive(subscription, withNumber, subscription.counters.next(partitionOf(key)), now);
      }
    }
  }

  /** `key` is the message's in its topic: the dead letter belongs to the same partition. */
  #filterFailed(
    subscription: SubscriptionEntity,
    parcel: Parcel,
    key: number,
    now: number,
    { rule, error }: FilterFailure,
  ): void {
    if (!subscription.settings.deadLetteringOnFilterEvaluationExceptions) return;
    const annotations = { ...parcel.annotations, enqueuedKey: key };
    const ownKey = subscription.counters.next(partitionOf(key));
    this.#refuse(subscription, { ...parcel, annotations }, ownKey, now, {
      reason: "FilterEvaluationException",
      description: `Rule '${rule.definition.name}': ${error.message}`,
    });
  }

  /** A message comes to rest in a queue or subscription, or goes on where that forwards to. */
  #arrive(entity: ReceivingEntity, parcel: Parcel, key: number, now: number): void {
    const { settings } = entity;
    if (settings.forwardTo !== null) {
      this.#forward(entity, settings.forwardTo, parcel, key, now);
      return;
    }
    if (settings.requiresSession && parcel.facts.sessionId === null) {
      this.#refuse(entity, parcel, key, now, {
        reason: "Session ID is null",
        description: "Session enabled entity doesn't allow a message whose session identifier is null.",
      });
      return;
    }
    if (parcel.facts.headerSize > MAX_HEADER_BYTES) {
      this.#refuse(entity, parcel, key, now, {
        reason: "HeaderSizeExceeded",
        description: "The size quota for this stream has been exceeded.",
      });
      return;
    }
    entity.main.add({ ...fieldsOf(parcel, key, now), expiresAt: this.#expiryOf(entity, parcel.facts, now) });
  }

  #refuse(entity: ReceivingEntity, parcel: Parcel, key: number, now: number, reason: DeadLetterReason): void {
    this.#intoDeadLetters(entity, { ...fieldsOf(parcel, key, now), deliveryCount: 0 }, reason);
  }

  #expiryOf(entity: ReceivingEntity, facts: MessageFacts, now: number): number {
    let timeToLive = Math.min(facts.timeToLiveMs, entity.settings.defaultTimeToLiveMs);
    if (entity.kind === "subscription") timeToLive = Math.min(timeToLive, entity.topic.settings.defaultTimeToLiveMs);
    // The documentation says that a header's time to live is observed and an absolute expiry ignored beside it.
    return facts.timeToLiveMs < Number.POSITIVE_INFINITY
      ? now + timeToLive
      : Math.min(now + timeToLive, facts.absoluteExpiry);
  }

  #forward(source: ReceivingEntity, targetPath: string, parcel: Parcel, key: number, now: number): void {
    const failure = this.#forwardOnce(targetPath, parcel, key, now, null);
    if (failure === null) return;
    const record = source.transferDeadLetter.add({
      ...fieldsOf(parcel, key, now),
      bytes: withDeadLetterReason(parcel.bytes, failure),
    });
    this.#noteDeadLetter(record);
  }

  /** Null when the target took the message; the reason when it did not. */
  #forwardOnce(
    targetPath: string,
    parcel: Parcel,
    key: number,
    now: number,
    deadLetterSource: string | null,
  ): DeadLetterReason | null {
    if (parcel.hops >= MAX_HOPS) {
      return {
        reason: "MaxTransferHopCountExceeded",
        description: `The maximum number of allowed hops when forwarding between queues has been exceeded. This value is set to ${MAX_HOPS}.`,
      };
    }
    const target = this.#namespace.find(targetPath);
    if (target === null || target.kind === "subscription") {
      return {
        reason: "MessagingEntityNotFound",
        description: `The messaging entity '${targetPath}' could not be found.`,
      };
    }
    const { status, maxSizeInMegabytes } = target.settings;
    if (status === "Disabled" || status === "SendDisabled") {
      return {
        reason: "MessagingEntityDisabled",
        description: `Messaging entity '${targetPath}' is currently disabled.`,
      };
    }
    if (sizeOf(target) + parcel.bytes.length > maxSizeInMegabytes * 1_048_576) {
      return {
        reason: "QuotaExceeded",
        description: `The maximum entity size has been reached or exceeded for: '${targetPath}'.`,
      };
    }
    const annotations: ServiceAnnotations = {
      ...parcel.annotations,
      enqueuedKey: parcel.annotations?.enqueuedKey ?? key,
      ...(deadLetterSource === null ? {} : { deadLetterSource }),
    };
    const next: Parcel = { ...parcel, hops: parcel.hops + 1, annotations };
    if (this.#isDuplicate(target, parcel.facts, now)) return null;
    const nextKey = target.counters.next(this.#partitionFor(target, parcel.facts));
    if (target.kind === "queue") this.#arrive(target, next, nextKey, now);
    else this.#publish(target, next, nextKey, now);
    return null;
  }

  /** Puts a message that has left its queue where that queue's dead letters go. It keeps its sequence number there. */
  deadLetter(record: MessageRecord, reason: DeadLetterReason): void {
    const entity = this.#namespace.byId(record.queue.entityId);
    if (entity === null || entity.kind === "topic") return;
    this.#intoDeadLetters(entity, record, reason);
  }

  #intoDeadLetters(
    entity: ReceivingEntity,
    message: Pick<
      MessageRecord,
      "key" | "bytes" | "sessionId" | "annotations" | "hops" | "enqueuedAt" | "deliveryCount"
    >,
    reason: DeadLetterReason,
  ): void {
    const bytes = withDeadLetterReason(message.bytes, reason);
    const { forwardDeadLetteredMessagesTo } = entity.settings;
    if (forwardDeadLetteredMessagesTo !== null) {
      const facts = {
        ...readMessageFacts(bytes),
        timeToLiveMs: Number.POSITIVE_INFINITY,
        absoluteExpiry: Number.POSITIVE_INFINITY,
      };
      const parcel: Parcel = { bytes, facts, hops: message.hops, annotations: message.annotations };
      const now = this.#namespace.now();
      if (this.#forwardOnce(forwardDeadLetteredMessagesTo, parcel, message.key, now, entity.path) === null) return;
    }
    const record = entity.deadLetter.add({
      key: message.key,
      bytes,
      sessionId: message.sessionId,
      annotations: message.annotations,
      hops: message.hops,
      enqueuedAt: message.enqueuedAt,
      expiresAt: Number.POSITIVE_INFINITY,
      deliveryCount: message.deliveryCount,
    });
    this.#noteDeadLetter(record);
  }

  #noteDeadLetter(record: MessageRecord): void {
    this.#namespace.recorder?.note("dead-lettered", {
      entity: record.queue.path,
      key: record.key,
      messageId: null,
      bytes: record.bytes,
    });
  }

  /** A scheduled message's time has come: it gets a new sequence number and is enqueued now. */
  activate(entity: Entity, record: MessageRecord, now: number): void {
    record.queue.remove(record);
    const parcel: Parcel = {
      bytes: record.bytes,
      facts: readMessageFacts(record.bytes),
      hops: record.hops,
      annotations: record.annotations,
    };
    const key = entity.counters.next(partitionOf(record.key));
    if (entity.kind === "topic") this.#publish(entity, parcel, key, now);
    else this.#arrive(entity, parcel, key, now);
  }
}

function fieldsOf(parcel: Parcel, key: number, now: number) {
  return {
    key,
    bytes: parcel.bytes,
    sessionId: parcel.facts.sessionId,
    annotations: parcel.annotations,
    hops: parcel.hops,
    enqueuedAt: now,
    expiresAt: Number.POSITIVE_INFINITY,
  };
}

interface FilterFailure {
  readonly rule: CompiledRule;
  readonly error: BrokerFault;
}

/** What a subscription's rules make of one message. */
interface RulesOutcome {
  readonly copies: readonly Parcel[];
  readonly failures: readonly FilterFailure[];
}

/** One copy for all matching rules without an action, and one for each matching rule with one. */
function applyRules(subscription: SubscriptionEntity, parcel: Parcel, message: EncodedSqlMessage): RulesOutcome {
  const copies: Parcel[] = [];
  const failures: FilterFailure[] = [];
  let plain = false;
  for (const rule of subscription.rules.values()) {
    try {
      if (!rule.matches(message)) continue;
      if (rule.act === null) plain = true;
      else copies.push(changed(parcel, rule.act));
    } catch (error) {
      if (!(error instanceof BrokerFault)) throw error;
      failures.push({ rule, error });
    }
  }
  if (plain) copies.unshift(parcel);
  return { copies, failures };
}

function changed(parcel: Parcel, act: (bytes: Buffer) => Buffer): Parcel {
  const bytes = act(parcel.bytes);
  return { ...parcel, bytes, facts: readMessageFacts(bytes) };
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}
