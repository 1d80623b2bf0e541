import { BATCH_MESSAGE_FORMAT, decodeBatch } from "@/lib/amqp/batch";
import { AmqpDecodeError } from "@/lib/amqp/values";
import { BrokerFault, messageTooLarge } from "../engine/broker-fault";
import type { QueueEntity, TopicEntity } from "../engine/entity";
import type { BrokerNamespace } from "../engine/namespace";
import { ACCEPTED, dispositionsOf, rejectedWith } from "./disposition-writer";
import { onRawMessage, type RawMessage } from "./raw-transfers";
import type { RheaReceiver } from "./rhea-internals";

const CREDIT = 1000;
/** A batch is no larger than this, also where single messages may be. */
const MAX_BATCH_BYTES = 1_048_576;

/** What happens to a message that a client sends, apart from being taken. */
export interface SendFaults {
  /**
   * Throws `BrokerFault` when sends to the entity are to be refused now (throttled, failing on command). `filters`: how many a
   * topic evaluates for each message.
   */
  beforeSend(path: string, messages: number, filters: number): void;
  /** True: the messages were taken, but the connection is cut before the answer. */
  cutAfterSend(path: string): boolean;
}

/** A link on which a client sends to one queue or topic. */
export class IncomingLink {
  readonly entity: QueueEntity | TopicEntity;
  readonly #receiver: RheaReceiver;
  readonly #namespace: BrokerNamespace;
  readonly #faults: SendFaults;

  constructor(
    receiver: RheaReceiver,
    entity: QueueEntity | TopicEntity,
    namespace: BrokerNamespace,
    faults: SendFaults,
  ) {
    this.#receiver = receiver;
    this.entity = entity;
    this.#namespace = namespace;
    this.#faults = faults;
    const maxBytes = entity.settings.maxMessageSizeInKilobytes * 1024;
    onRawMessage(receiver, CREDIT, maxBytes, (message) => this.#take(message));
  }

  closeWith(fault: BrokerFault): void {
    this.#receiver.close({ condition: fault.condition, description: fault.message });
  }

  #take(message: RawMessage): void {
    const { delivery } = message;
    try {
      const messages = messagesOf(message);
      this.#faults.beforeSend(this.entity.path, messages.length, filtersOf(this.entity));
      this.#namespace.routing.send(this.entity, messages);
    } catch (error) {
      if (!(error instanceof BrokerFault)) throw error;
      dispositionsOf(this.#receiver.session).settleIncoming(delivery, rejectedWith(error));
      return;
    }
    if (this.#faults.cutAfterSend(this.entity.path)) {
      this.#receiver.connection.socket.destroy();
      return;
    }
    dispositionsOf(this.#receiver.session).settleIncoming(delivery, ACCEPTED);
  }
}

function filtersOf(entity: QueueEntity | TopicEntity): number {
  if (entity.kind === "queue") return 0;
  let filters = 0;
  for (const subscription of entity.subscriptions.values()) filters += subscription.rules.size;
  return filters;
}

/**
 * The messages of one transfer, each in memory of its own: what arrives is a view into a network buffer that other messages
 * share, and would be kept alive by the longest-lived of them.
 */
function messagesOf(message: RawMessage): Buffer[] {
  if (message.format !== BATCH_MESSAGE_FORMAT) return [Buffer.from(message.bytes)];
  if (message.bytes.length > MAX_BATCH_BYTES) throw messageTooLarge(0, message.bytes.length, MAX_BATCH_BYTES);
  try {
    return decodeBatch(message.bytes).messages.map((bytes) => Buffer.from(bytes));
  } catch (error) {
    if (error instanceof AmqpDecodeError) throw new BrokerFault("amqp:decode-error", error.message);
    throw error;
  }
}
