import { randomUUID } from "node:crypto";
import {
  type CreateQueueOptions,
  type CreateSubscriptionOptions,
  type CreateTopicOptions,
  type ServiceBusAdministrationClient,
  ServiceBusClient,
  ServiceBusError,
  type ServiceBusMessage,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
} from "@azure/service-bus";
import Long from "long";
import { expect, test } from "vitest";

/** What a broker may be unable to do; a rule that needs it is skipped there, by name. */
export type Ability =
  | "administration"
  | "partitioned-entities"
  | "sessions"
  | "duplicate-detection"
  | "forwarding"
  | "large-peeks"
  | "status-changes"
  | "moving-clock";

/** A broker that the suite is run against. */
export interface ConformanceTarget {
  readonly name: string;
  readonly connectionString: string;
  readonly administration: ServiceBusAdministrationClient;
  readonly cannot: ReadonlySet<Ability>;
  /** The broker's time, ms since 1970. */
  now(): number;
  /** Lets `ms` of the broker's time go by: moves its clock, or waits. */
  passTime(ms: number): Promise<void>;
}

/** Longest that a receive waits for a first message that is expected to come. */
const WAIT_MS = 5000;
/** How long is waited to see that nothing comes. */
const NOTHING_MS = 300;

/** What one rule works with: entities and links of its own, which go with it. */
export class Bench {
  readonly target: ConformanceTarget;
  readonly client: ServiceBusClient;
  readonly #made: (() => Promise<unknown>)[] = [];
  readonly #prefix = `c-${randomUUID().slice(0, 8)}`;
  #count = 0;

  constructor(target: ConformanceTarget) {
    this.target = target;
    this.client = newClient(target);
  }

  async queue(options: CreateQueueOptions = {}): Promise<string> {
    const name = this.name();
    await this.target.administration.createQueue(name, options);
    this.#made.push(() => this.target.administration.deleteQueue(name));
    return name;
  }

  async topic(options: CreateTopicOptions = {}): Promise<string> {
    const name = this.name();
    await this.target.administration.createTopic(name, options);
    this.#made.push(() => this.target.administration.deleteTopic(name));
    return name;
  }

  async subscription(topic: string, options: CreateSubscriptionOptions = {}): Promise<string> {
    const name = `s${++this.#count}`;
    await this.target.administration.createSubscription(topic, name, options);
    return name;
  }

  name(): string {
    return `${this.#prefix}-${++this.#count}`;
  }

  async send(entity: string, ...messages: ServiceBusMessage[]): Promise<void> {
    const sender = this.client.createSender(entity);
    await sender.sendMessages(messages.length === 1 ? (messages[0] as ServiceBusMessage) : messages);
    await sender.close();
  }

  receiver(entity: string, subQueueType?: "deadLetter" | "transferDeadLetter"): ServiceBusReceiver {
    const options = { maxAutoLockRenewalDurationInMs: 0, ...(subQueueType ? { subQueueType } : {}) };
    const [topic, subscription] = entity.split("|");
    return subscription === undefined
      ? this.client.createReceiver(entity, options)
      : this.client.createReceiver(topic as string, subscription, options);
  }

  /** The bodies of what can be peeked. */
  async bodies(entity: string, subQueueType?: "deadLetter" | "transferDeadLetter"): Promise<unknown[]> {
    return (await this.peek(entity, subQueueType)).map(({ body }) => body);
  }

  async peek(
    entity: string,
    subQueueType?: "deadLetter" | "transferDeadLetter",
    from: Long = Long.ZERO,
  ): Promise<ServiceBusReceivedMessage[]> {
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

  async close(): Promise<void> {
    await this.client.close();
    await Promise.all(this.#made.map((remove) => remove().catch(() => {})));
  }
}

/** Retries are off: a rule sees the first answer. */
export function newClient(target: ConformanceTarget): ServiceBusClient {
  return new ServiceBusClient(target.connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 10_000 } });
}

/** Receives exactly `count` messages, which are known to be there. */
export async function take(receiver: ServiceBusReceiver, count: number): Promise<ServiceBusReceivedMessage[]> {
  const messages: ServiceBusReceivedMessage[] = [];
  while (messages.length < count) {
    const more = await receiver.receiveMessages(count - messages.length, { maxWaitTimeInMs: WAIT_MS });
    if (more.length === 0) break;
    messages.push(...more);
  }
  expect(messages, "messages received").toHaveLength(count);
  return messages;
}

export async function takeOne(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage> {
  return (await take(receiver, 1))[0] as ServiceBusReceivedMessage;
}

export async function expectNothing(receiver: ServiceBusReceiver): Promise<void> {
  expect(await receiver.receiveMessages(1, { maxWaitTimeInMs: NOTHING_MS })).toEqual([]);
}

/** The error as the client library surfaces it: its code, or its name when it is none of Service Bus's. */
export async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (error instanceof ServiceBusError) return error.code;
    if (error instanceof Error && "code" in error) return String(error.code);
    return error instanceof Error ? error.name : String(error);
  }
  return "no error";
}

let counter = 0;

/** A message with an id of its own; without one the client library cannot settle it. */
export function message(body: unknown, more: Partial<ServiceBusMessage> = {}): ServiceBusMessage {
  return { body, messageId: `id-${++counter}`, ...more };
}

/** Options of a dead-lettering with nothing but a reason. */
export function because(deadLetterReason: string): { deadLetterReason: string; deadLetterErrorDescription: string } {
  return { deadLetterReason, deadLetterErrorDescription: "" };
}

export function sequenceNumbers(messages: readonly ServiceBusReceivedMessage[]): string[] {
  return messages.map(({ sequenceNumber }) => String(sequenceNumber));
}

/** One rule of the service's, with a bench of its own; skipped where the broker lacks an ability, which the name then says. */
export type Rule = (name: string, needs: readonly Ability[], check: (bench: Bench) => Promise<void>) => void;

export function rulesFor(target: ConformanceTarget): Rule {
  return (name, needs, check) => {
    const lacking = (["administration", ...needs] as Ability[]).filter((ability) => target.cannot.has(ability));
    const title = lacking.length === 0 ? name : `${name} (not here: ${lacking.join(", ")})`;
    test.skipIf(lacking.length > 0)(title, { timeout: 120_000 }, async () => {
      const bench = new Bench(target);
      try {
        await check(bench);
      } finally {
        await bench.close();
      }
    });
  };
}
