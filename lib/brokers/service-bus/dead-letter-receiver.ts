import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusReceiver } from "@azure/service-bus";
import { BrokerError, type BrokerMessage, type DeadLetterReceiver, type LockedMessage } from "../broker";
import { toBrokerError } from "./broker-errors";
import { OPERATION_TIMEOUT_MS } from "./clients";
import { connectionLost, linkLost } from "./connection-lost";
import { withDeadline } from "./deadline";
import { readMessage } from "./read-message";
import { bytesOf, takeBytesAlone } from "./received-bytes";
import { asReceived, batchingReceiver, deliveryOf, type SdkDelivery, type SdkLink } from "./sdk-internals";

/** Unsettled messages that one link of the client library can hold; beyond, it silently receives nothing more. */
const MOST_HELD = 2_047;

/** Milliseconds after the first message in which others may follow; the library's own default is a second. */
const GATHER_MS = 150;

const COMPLETED: PromiseFulfilledResult<void> = { status: "fulfilled", value: undefined };

export interface ReceiverOptions {
  readonly client: ServiceBusClient;
  readonly receiver: ServiceBusReceiver;
  readonly namespace: string;
  /** Words for errors: "the dead-letter queue of orders". */
  readonly queue: string;
  readonly lockMs: number;
  readonly closing: AbortSignal;
}

/** With what it takes to settle it. */
class Locked implements LockedMessage {
  readonly message: BrokerMessage;
  readonly receivedAt: number;
  readonly lockMs: number;
  readonly receiver: LinkBoundReceiver;
  /** What the library has made of it; null: settled. */
  received: ServiceBusReceivedMessage | null;

  constructor(
    message: BrokerMessage,
    receivedAt: number,
    lockMs: number,
    receiver: LinkBoundReceiver,
    received: ServiceBusReceivedMessage,
  ) {
    this.message = message;
    this.receivedAt = receivedAt;
    this.lockMs = lockMs;
    this.receiver = receiver;
    this.received = received;
  }
}

/**
 * Locks of one dead-letter queue over one link. Open until that link is lost, then closed for good: the library would
 * quietly open another link, and locks taken over the first could not be told from later ones.
 */
export class LinkBoundReceiver implements DeadLetterReceiver {
  readonly #options: ReceiverOptions;
  #link: SdkLink | null = null;
  #lost: AbortSignal | null = null;
  #held = 0;
  #closed = false;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  isOpen(): boolean {
    if (this.#closed) return false;
    return this.#link === null || this.#link.isOpen();
  }

  async lock(max: number, waitMs: number): Promise<LockedMessage[]> {
    const { receiver, queue, lockMs } = this.#options;
    this.#refuseUnlessOpen();
    const room = Math.min(max, MOST_HELD - this.#held);
    if (room < 1) {
      const words = `This link holds ${this.#held} messages of ${queue} that are not settled, as many as one link can: open another.`;
      throw new BrokerError("quota-exceeded", words, { transient: true });
    }
    const receivedAt = performance.now();
    const received = await this.#run(
      `Locking messages of ${queue}`,
      waitMs + OPERATION_TIMEOUT_MS,
      false,
      (abortSignal) =>
        receiver.receiveMessages(room, {
          maxWaitTimeInMs: Math.max(1, waitMs),
          abortSignal,
          // Not among the documented options, but handed through by the SDK's receiver (batchingReceiver.js).
          ...{ maxTimeAfterFirstMessageInMs: GATHER_MS },
        }),
    );
    this.#held += received.length;
    this.#bindToLink();
    return received.map((message) => new Locked(readMessage(bytesOf(message)), receivedAt, lockMs, this, message));
  }

  async complete(message: LockedMessage): Promise<void> {
    const received = this.#receivedOf(message);
    const what = `Completing message ${message.message.key} of ${this.#options.queue}`;
    await this.#run(what, OPERATION_TIMEOUT_MS, true, () =>
      this.#options.receiver.completeMessage(asReceived(received)),
    );
    this.#settled(message);
  }

  /** One deadline for all: a timer and two listeners for each message would cost more than the settlement itself. */
  async completeAll(messages: readonly LockedMessage[]): Promise<PromiseSettledResult<void>[]> {
    const { receiver, queue, namespace } = this.#options;
    const batching = batchingReceiver(receiver);
    if (this.#link === null || batching === undefined || batching.link !== this.#link || !this.#link.isOpen()) {
      return Promise.allSettled(messages.map((message) => this.complete(message)));
    }
    const { _deliveryDispositionMap: waiting } = batching;
    const results: (PromiseSettledResult<void> | undefined)[] = messages.map(() => undefined);
    const deliveries = messages.map((message) => deliveryOf(this.#receivedOf(message)));
    const what = `Completing ${messages.length} messages of ${queue}`;
    let answered = 0;
    const accept = (): Promise<void> =>
      new Promise((resolve) => {
        for (const [n, delivery] of deliveries.entries()) {
          const answer = (result: PromiseSettledResult<void>): void => {
            results[n] = result;
            answered += 1;
            if (answered === messages.length) resolve();
          };
          waiting.set(delivery.id, {
            resolve: () => answer(COMPLETED),
            reject: (error) =>
              answer({ status: "rejected", reason: toBrokerError(error, { what, namespace, hasEffect: true }) }),
            timer: undefined,
          });
          delivery.accept();
        }
      });
    // The deadline, or the link is lost: whatever has no answer by then gets none.
    const reason = await this.#run(what, OPERATION_TIMEOUT_MS, true, accept).then(
      () => null,
      (error: unknown) => error,
    );
    return messages.map((message, n) => {
      const result = results[n];
      if (result?.status === "fulfilled") this.#settled(message);
      if (result !== undefined) return result;
      waiting.delete((deliveries[n] as SdkDelivery).id);
      return { status: "rejected", reason };
    });
  }

  async abandon(message: LockedMessage): Promise<void> {
    const received = this.#receivedOf(message);
    const what = `Giving back the lock on message ${message.message.key} of ${this.#options.queue}`;
    await this.#run(what, OPERATION_TIMEOUT_MS, true, () =>
      this.#options.receiver.abandonMessage(asReceived(received)),
    );
    this.#settled(message);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { receiver, queue, namespace } = this.#options;
    // Not bound to the broker's closing: this is part of it.
    const never = new AbortController().signal;
    await withDeadline(
      { what: `Closing the link to ${queue}`, namespace },
      OPERATION_TIMEOUT_MS,
      { closing: never },
      () => receiver.close(),
    );
  }

  /** After a first receive the link is known; a later one that came over another link is of no use. */
  #bindToLink(): void {
    const link = batchingReceiver(this.#options.receiver)?.link;
    if (this.#link === null && link !== undefined) {
      this.#link = link;
      this.#lost = linkLost(link, this.#options.client);
      takeBytesAlone(link);
    }
    if (link !== this.#link) this.#closed = true;
    this.#refuseUnlessOpen();
  }

  #refuseUnlessOpen(): void {
    if (this.isOpen()) return;
    const words = `The link to ${this.#options.queue} in namespace "${this.#options.namespace}" is closed and its locks count as lost: open another receiver.`;
    throw new BrokerError("unreachable", words, { transient: true });
  }

  #receivedOf(message: LockedMessage): ServiceBusReceivedMessage {
    const received = message instanceof Locked && message.receiver === this ? message.received : null;
    if (received !== null) return received;
    const words = `Message ${message.message.key} is not locked by this receiver, or was settled by it already.`;
    throw new BrokerError("lock-lost", words);
  }

  #settled(message: LockedMessage): void {
    (message as Locked).received = null;
    this.#held--;
  }

  #run<T>(what: string, ms: number, hasEffect: boolean, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { client, namespace, closing } = this.#options;
    // Once its link is lost, a lock can still be settled over the management link, as long as it is good.
    const lost = this.#lost === null || this.#lost.aborted ? connectionLost(client) : this.#lost;
    return withDeadline({ what, namespace, hasEffect }, ms, { closing, lost }, call);
  }
}
