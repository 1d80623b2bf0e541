import { expect } from "vitest";
import { amqpString } from "../../../amqp/values";
import {
  type Broker,
  BrokerError,
  type BrokerMessage,
  type CopyChanges,
  type DeadLetterReceiver,
  type LockedMessage,
  type MessageCodec,
  type PreparedCopy,
  type QueueAddress,
} from "../../../brokers/broker";
import { dataBody, encodeMessage, messageProperties } from "../../messages";
import type { BrokerFixture } from "../broker-fixture";

export type ClosingFixture = BrokerFixture & { close(): Promise<void> };

/** The adapter under test, the broker beside it, and what the tests of the contract do with both. */
export class ContractBench {
  readonly codec: MessageCodec;
  readonly #opened: { close(): Promise<void> }[] = [];
  #running: { readonly fixture: ClosingFixture; readonly broker: Broker } | null = null;

  constructor(codec: MessageCodec) {
    this.codec = codec;
  }

  get fixture(): ClosingFixture {
    return this.#started().fixture;
  }

  get broker(): Broker {
    return this.#started().broker;
  }

  async start(begin: () => Promise<ClosingFixture>): Promise<void> {
    const fixture = await begin();
    this.#running = { fixture, broker: fixture.open() };
  }

  async close(): Promise<void> {
    await this.broker.close();
    await this.fixture.close();
  }

  /** Closes what the test has opened, the last first. */
  async closeOpened(): Promise<void> {
    for (const each of this.#opened.splice(0).reverse()) await each.close();
  }

  /** Has it closed when the test ends. */
  readonly later = <T extends { close(): Promise<void> }>(each: T): T => {
    this.#opened.push(each);
    return each;
  };

  readonly dlq = (entityPath: string): QueueAddress => ({ entityPath, subQueue: "dead-letter" });

  readonly text = (id: string, body = id): Uint8Array =>
    encodeMessage({ properties: messageProperties({ messageId: amqpString(id) }), body: [dataBody(body)] });

  readonly copyOf = (message: BrokerMessage, changes: CopyChanges = { stamp: null }): PreparedCopy =>
    this.codec.prepareCopy(message.encoded, changes);

  /** Sends messages and lets their consumer dead-letter them. */
  readonly kill = async (entity: string, ...messages: readonly Uint8Array[]): Promise<void> => {
    await this.fixture.send(entity, ...messages);
    await this.fixture.deadLetter(entity, messages.length, "Bad", "because");
  };

  readonly lockAll = async (receiver: DeadLetterReceiver, count: number): Promise<LockedMessage[]> => {
    const locked: LockedMessage[] = [];
    while (locked.length < count) {
      const more = await receiver.lock(count - locked.length, 2_000);
      if (more.length === 0) throw new Error(`${locked.length} of ${count} messages could be locked`);
      locked.push(...more);
    }
    return locked;
  };

  /** Locks and completes whatever the DLQ holds. */
  readonly empty = async (queue: QueueAddress): Promise<void> => {
    const receiver = await this.broker.openReceiver(queue);
    try {
      while ((await this.broker.peek(queue, 0n, 1)).length > 0) {
        for (const locked of await receiver.lock(100, 1_000)) await receiver.complete(locked);
      }
    } finally {
      await receiver.close();
    }
  };

  /** The error that it rejects with, which is a `BrokerError`. */
  readonly failure = async (promise: Promise<unknown>): Promise<BrokerError> => {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(BrokerError);
    return error as BrokerError;
  };

  #started(): { readonly fixture: ClosingFixture; readonly broker: Broker } {
    if (this.#running === null) throw new Error("the broker under test was not started");
    return this.#running;
  }
}
