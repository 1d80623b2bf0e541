import { BrokerFault, entityDisabled, messageTooLarge } from "./broker-fault";
import type { Entity, QueueEntity, TopicEntity } from "./entity";
import type { MessageFacts } from "./message-facts";

/** Whether an entity takes these messages, all of them or none. Throws `BrokerFault` with the reason of a refusal. */
export function checkAdmission(
  entity: QueueEntity | TopicEntity,
  messages: readonly { bytes: Buffer; facts: MessageFacts }[],
): void {
  const { settings } = entity;
  if (settings.status === "Disabled" || settings.status === "SendDisabled") throw entityDisabled(entity.path);
  const limit = settings.maxMessageSizeInKilobytes * 1024;
  let total = 0;
  for (const { bytes, facts } of messages) {
    if (bytes.length > limit) throw messageTooLarge(0, bytes.length, limit);
    total += bytes.length;
    if (facts.messageId !== null && facts.messageId.length > 128)
      throw invalid("The MessageId is longer than 128 characters.");
    if (facts.sessionId !== null && facts.sessionId.length > 128)
      throw invalid("The SessionId is longer than 128 characters.");
    if (facts.sessionId !== null && facts.partitionKey !== null && facts.sessionId !== facts.partitionKey) {
      throw invalid("The PartitionKey and the SessionId of a message must be the same when both are set.");
    }
    if (entity.kind === "queue" && entity.settings.requiresSession && facts.sessionId === null) {
      throw new BrokerFault(
        "amqp:not-allowed",
        "The SessionId was not set on a message, and it cannot be sent to the entity. Entities that have session support enabled can only receive messages that have the SessionId set to a valid value.",
      );
    }
  }
  if (settings.enablePartitioning && messages.length > 1) {
    const first = messages[0]?.facts;
    const sameKey = messages.every(
      ({ facts }) => (facts.sessionId ?? facts.partitionKey) === (first?.sessionId ?? first?.partitionKey),
    );
    if (!sameKey) throw invalid("All messages of a batch to a partitioned entity must have the same partition key.");
  }
  if (sizeOf(entity) + total > settings.maxSizeInMegabytes * 1_048_576) {
    throw new BrokerFault(
      "amqp:resource-limit-exceeded",
      `The maximum entity size has been reached or exceeded for: '${entity.path}'. Size of entity in bytes: ${sizeOf(entity)}, Max entity size in bytes: ${settings.maxSizeInMegabytes * 1_048_576}.`,
    );
  }
}

/** Bytes that an entity's messages take, sub-queues and subscriptions included. */
export function sizeOf(entity: Entity): number {
  if (entity.kind === "topic") {
    let size = entity.main.sizeInBytes;
    for (const subscription of entity.subscriptions.values()) size += sizeOf(subscription);
    return size;
  }
  return entity.main.sizeInBytes + entity.deadLetter.sizeInBytes + entity.transferDeadLetter.sizeInBytes;
}

function invalid(description: string): BrokerFault {
  return new BrokerFault("com.microsoft:argument-error", description);
}
