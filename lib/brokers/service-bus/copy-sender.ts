import type { ServiceBusClient } from "@azure/service-bus";
import { BrokerError, type CopySender, type PreparedCopy } from "../broker";
import { encodeCopies, envelopeSize, sizeInBatch } from "./batch-envelope";
import { closeClient, OPERATION_TIMEOUT_MS } from "./clients";
import { connectionLost, linkLost } from "./connection-lost";
import { withDeadline } from "./deadline";
import { messageSender, type SdkMessageSender } from "./sdk-internals";

/** A batch stays below a megabyte, whatever the link says: on entities for large messages it says more than a batch may hold. */
const MOST_BATCH_BYTES = 1_000_000;
/** What every tier takes, where a link does not say. */
const LEAST_MESSAGE_BYTES = 256 * 1_024;
const MOST_BATCH_MESSAGES = 2_000;

export interface SenderOptions {
  /** A connection of its own, with the library's retries off; closed with the sender. */
  readonly client: ServiceBusClient;
  readonly namespace: string;
  readonly path: string;
  /** Batches may mix ids: false on partitioned entities with duplicate detection, where the id chooses the partition. */
  readonly batches: boolean;
  readonly closing: AbortSignal;
  readonly onClose: () => void;
}

/**
 * Sends finished bytes to one entity over a connection of its own.
 *
 * open -> broken: after a send in doubt, so that nothing of it can still leave; every later send is refused.
 * open | broken -> closed: once `close` has resolved, nothing more leaves this sender.
 */
export class ServiceBusCopySender implements CopySender {
  readonly #options: SenderOptions;
  readonly #sender: SdkMessageSender;
  #state: "open" | "broken" | "closed" = "open";
  /** Sends that wait for their answer. */
  #waiting = 0;
  #closed: Promise<void> | null = null;
  /** Ends the sends that wait for an answer which a lost link can no longer bring. */
  #lost: AbortSignal | null = null;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#sender = messageSender(options.client.createSender(options.path));
  }

  /** Opens the link; rejects when the entity does not exist or may not be sent to. */
  async open(): Promise<void> {
    const { client, path, namespace, closing } = this.#options;
    const stops = { closing, lost: connectionLost(client) };
    await withDeadline({ what: `Opening a link to ${path}`, namespace }, OPERATION_TIMEOUT_MS, stops, (signal) =>
      this.#sender.open(undefined, signal),
    );
    const { link } = this.#sender;
    this.#lost = link === undefined ? connectionLost(client) : linkLost(link, client);
  }

  async send(copies: readonly PreparedCopy[], timeoutMs: number): Promise<void> {
    const [first, ...others] = copies;
    if (first === undefined) return;
    this.#refuseUnlessOpen();
    const isBatch = others.length > 0;
    const encoded = isBatch ? encodeCopies([first, ...others]) : first.encoded;
    this.#refuseTooLarge(copies.length, encoded.length);
    this.#waiting++;
    try {
      await this.#sendBytes(encoded, isBatch, copies.length, timeoutMs);
    } catch (error) {
      if (error instanceof BrokerError && error.doubt && this.#state === "open") this.#state = "broken";
      throw error;
    } finally {
      this.#waiting--;
      this.#closeIfBroken();
    }
  }

  isOpen(): boolean {
    return this.#state === "open" && this.#sender.isOpen() && this.#lost?.aborted === false;
  }

  batchLength(copies: readonly PreparedCopy[]): number {
    const [first] = copies;
    if (first === undefined || first.sessionId !== null || !this.#options.batches) return 1;
    const most = Math.min(this.#maxMessageBytes(), MOST_BATCH_BYTES);
    let size = envelopeSize(first);
    let length = 0;
    for (const copy of copies.slice(0, MOST_BATCH_MESSAGES)) {
      size += sizeInBatch(copy);
      if (size > most || copy.sessionId !== null || copy.partitionKey !== first.partitionKey) break;
      length++;
    }
    return Math.max(1, length);
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#closed ??= closeClient(this.#options.client);
    await this.#closed;
    this.#options.onClose();
  }

  async #sendBytes(encoded: Uint8Array, isBatch: boolean, count: number, timeoutMs: number): Promise<void> {
    const { path, namespace, closing } = this.#options;
    const what = `Sending ${count === 1 ? "a message" : `${count} messages`} to ${path}`;
    const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
    const stops = this.#lost === null ? { closing } : { closing, lost: this.#lost };
    // The library's own timeout, read at the begin of the send, is the longer one: ours ends the wait.
    this.#sender._retryOptions = { maxRetries: 0, timeoutInMs: timeoutMs + 1_000 };
    await withDeadline({ what, namespace, hasEffect: true }, timeoutMs, stops, (abortSignal) =>
      this.#sender._trySend(bytes, isBatch, { abortSignal }),
    );
  }

  /**
   * Closes the connection behind a send in doubt, once the others on it have their answers: a transfer that still waits in
   * the library must not leave later.
   */
  #closeIfBroken(): void {
    if (this.#state === "broken" && this.#waiting === 0) this.#closed ??= closeClient(this.#options.client);
  }

  /** A link is not opened anew within a send: what allows it, its lock and its permits, would end meanwhile. */
  #refuseUnlessOpen(): void {
    if (this.isOpen()) return;
    const why = {
      open: "its link is lost",
      broken: "an earlier send on it is in doubt",
      closed: "it was closed",
    }[this.#state];
    throw new BrokerError(
      this.#state === "open" ? "unreachable" : "aborted",
      `Nothing was sent to ${this.#options.path}: the sender is closed, since ${why}. Open another.`,
      {
        transient: true,
      },
    );
  }

  #refuseTooLarge(count: number, bytes: number): void {
    const most = this.#maxMessageBytes();
    if (bytes <= most) return;
    const what = count === 1 ? "The message" : `The batch of ${count} messages`;
    throw new BrokerError(
      "too-large",
      `${what} has ${bytes} bytes; ${this.#options.path} takes ${most}. Nothing was sent.`,
    );
  }

  #maxMessageBytes(): number {
    const said = this.#sender.link?.maxMessageSize;
    return typeof said === "number" && said > 0 ? said : LEAST_MESSAGE_BYTES;
  }
}
