import { randomUUID } from "node:crypto";
import {
  type CreateQueueOptions,
  type CreateSubscriptionOptions,
  type CreateTopicOptions,
  ServiceBusClient,
  type ServiceBusMessage,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
  type ServiceBusSessionReceiver,
} from "@azure/service-bus";
import Long from "long";
import { expect } from "vitest";
import { eventually } from "../../eventually";
import type { ConformanceTarget } from "./target";

type SubQueue = "deadLetter" | "transferDeadLetter";

/** Longest that a receive waits for a first message that is expected to come. */
const WAIT_MS = 5000;

/** What one rule works with: entities and links of its own, which go with it. "topic|subscription" names a subscription. */
export class Bench {
  readonly target: ConformanceTarget;
  readonly client: ServiceBusClient;
  readonly #closing: (() => Promise<unknown>)[] = [];
  readonly #made: (() => Promise<unknown>)[] = [];
  readonly #prefix = `c-${randomUUID().slice(0, 8)}`;
  #count = 0;

  constructor(target: ConformanceTarget) {
    this.target = target;
    this.client = this.newClient();
  }

  /** Another client, with a connection of its own. Retries are off: a rule sees the first answer. */
  newClient(connectionString = this.target.connectionString): ServiceBusClient {
    const client = new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 10_000 } });
    this.#closing.push(() => client.close());
    return client;
  }

  async queue(options: CreateQueueOptions = {}): Promise<string> {
    const name = this.name();
    await this.target.administration.createQueue(name, options);
    this.#made.push(() => this.target.administration.deleteQueue(name));
    return name;
  }

  sessionQueue(options: CreateQueueOptions = {}): Promise<string> {
    return this.queue({ requiresSession: true, lockDuration: "PT30S", ...options });
  }

  async topic(options: CreateTopicOptions = {}): Promise<string> {
    const name = this.name();
    await this.target.administration.createTopic(name, options);
    this.#made.push(() => this.target.administration.deleteTopic(name));
    return name;
  }

  /** Returns the subscription's name; its address here is "topic|name". */
  async subscription(topic: string, options: CreateSubscriptionOptions = {}): Promise<string> {
    const name = `s${++this.#count}`;
    await this.target.administration.createSubscription(topic, name, options);
    return name;
  }

  filtered(topic: string, sqlExpression: string, options: CreateSubscriptionOptions = {}): Promise<string> {
    return this.subscription(topic, { ...options, defaultRuleOptions: { name: "only", filter: { sqlExpression } } });
  }

  name(): string {
    return `${this.#prefix}-${++this.#count}`;
  }

  /** Several are sent as one batch. */
  async send(entity: string, ...messages: ServiceBusMessage[]): Promise<void> {
    const sender = this.client.createSender(entity);
    try {
      await sender.sendMessages(messages.length === 1 ? (messages[0] as ServiceBusMessage) : messages);
    } finally {
      await sender.close();
    }
  }

  /** Locks are never renewed by themselves. */
  receiver(entity: string, subQueueType?: SubQueue): ServiceBusReceiver {
    const options = { maxAutoLockRenewalDurationInMs: 0, ...(subQueueType ? { subQueueType } : {}) };
    const [topic, subscription] = entity.split("|");
    return subscription === undefined
      ? this.client.createReceiver(entity, options)
      : this.client.createReceiver(topic as string, subscription, options);
  }

  session(queue: string, id: string): Promise<ServiceBusSessionReceiver> {
    return this.client.acceptSession(queue, id, { maxAutoLockRenewalDurationInMs: 0 });
  }

  /** The session as soon as its last holder has let go of it. */
  freeSession(queue: string, id: string): Promise<ServiceBusSessionReceiver> {
    return eventually(`the session ${id} free`, () => this.session(queue, id), this.target.patienceMs);
  }

  /** All that can be peeked now, page by page. */
  async peek(entity: string, subQueueType?: SubQueue, from: Long = Long.ZERO): Promise<ServiceBusReceivedMessage[]> {
    const receiver = this.receiver(entity, subQueueType);
    const found: ServiceBusReceivedMessage[] = [];
    for (let next = from; ; ) {
      const page = await receiver.peekMessages(250, { fromSequenceNumber: next });
      const last = page.at(-1);
      if (last === undefined) break;
      found.push(...page);
      next = (last.sequenceNumber as Long).add(1);
    }
    await receiver.close();
    return found;
  }

  /** What can be peeked, once exactly `count` messages are there: they may come by themselves, or go. */
  async arrived(entity: string, count: number, subQueueType?: SubQueue): Promise<ServiceBusReceivedMessage[]> {
    let last: ServiceBusReceivedMessage[] = [];
    await eventually(
      `${count} messages in ${entity} ${subQueueType ?? ""}`,
      async () => {
        last = await this.peek(entity, subQueueType);
        return last.length === count;
      },
      this.target.patienceMs,
    ).catch(() =>
      expect(
        last.map(({ body }) => body),
        `messages in ${entity}`,
      ).toHaveLength(count),
    );
    return last;
  }

  /** Bodies of what can be peeked, once exactly so many messages are there. */
  async bodies(entity: string, expected: readonly unknown[], subQueueType?: SubQueue): Promise<void> {
    const found = await this.arrived(entity, expected.length, subQueueType);
    expect(found.map(({ body }) => body)).toEqual(expected);
  }

  async empty(entity: string, subQueueType?: SubQueue): Promise<void> {
    await this.arrived(entity, 0, subQueueType);
  }

  /** Receives exactly `count` messages, which are there or on their way. */
  async take(receiver: ServiceBusReceiver, count: number): Promise<ServiceBusReceivedMessage[]> {
    const messages: ServiceBusReceivedMessage[] = [];
    for (const deadline = performance.now() + Math.max(WAIT_MS, this.target.patienceMs); messages.length < count; ) {
      const more = await receiver.receiveMessages(count - messages.length, { maxWaitTimeInMs: WAIT_MS });
      messages.push(...more);
      if (more.length === 0 && performance.now() > deadline) break;
    }
    expect(messages, "messages received").toHaveLength(count);
    return messages;
  }

  async takeOne(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage> {
    return (await this.take(receiver, 1))[0] as ServiceBusReceivedMessage;
  }

  async nothing(receiver: ServiceBusReceiver): Promise<void> {
    const received = await receiver.receiveMessages(1, { maxWaitTimeInMs: this.target.nothingMs });
    expect(received.map(({ body }) => body)).toEqual([]);
  }

  /** Opens a link to receive, and asks for what is there. */
  open(receiver: ServiceBusReceiver): Promise<unknown> {
    return receiver.receiveMessages(1, { maxWaitTimeInMs: this.target.nothingMs });
  }

  async close(): Promise<void> {
    await Promise.all(this.#closing.map((close) => close()));
    await Promise.all(this.#made.map((remove) => remove().catch(() => {})));
  }
}
