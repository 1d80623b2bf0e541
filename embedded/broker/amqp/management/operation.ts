import { type AmqpValue, NULL } from "@/lib/amqp/values";
import { BrokerFault } from "../../engine/broker-fault";
import type { Entity, ReceivingEntity } from "../../engine/entity";
import type { MessageQueue } from "../../engine/message-queue";
import type { BrokerNamespace } from "../../engine/namespace";
import { EMPTY_BODY } from "../request";

/** What a management operation works on. */
export interface ManagementContext {
  readonly namespace: BrokerNamespace;
  readonly entity: Entity;
  /** The queue that the address names; null for a topic. */
  readonly queue: MessageQueue | null;
  readonly limits: ManagementLimits;
}

export interface ManagementLimits {
  /** Messages that one peek answers with at most. */
  peekPage(): number;
  /** So many messages were peeked. */
  peeked(messages: number): void;
}

/** 200 with a body, or 204 with none. `body` is one encoded AMQP value. */
export interface ManagementAnswer {
  readonly status: 200 | 204;
  readonly body: Uint8Array;
}

export const DONE: ManagementAnswer = { status: 200, body: EMPTY_BODY };

export function queueOf(context: ManagementContext): MessageQueue {
  if (context.queue === null) throw new BrokerFault("amqp:not-allowed", "The operation is not supported on a topic.");
  return context.queue;
}

/** The queue or subscription; sessions and rules belong to its main queue. */
export function receivingEntityOf(context: ManagementContext): ReceivingEntity {
  if (context.entity.kind === "topic")
    throw new BrokerFault("amqp:not-allowed", "The operation is not supported on a topic.");
  return context.entity;
}

export function argument(name: string): BrokerFault {
  return new BrokerFault(
    "com.microsoft:argument-error",
    `The '${name}' of the request is missing or has a wrong type.`,
  );
}

export function integer(body: ReadonlyMap<string, AmqpValue>, name: string): number {
  const value = body.get(name);
  switch (value?.type) {
    case "int":
    case "uint":
    case "short":
    case "ushort":
    case "byte":
    case "ubyte":
      return value.value;
    case "long":
    case "ulong":
      return Number(value.value);
    default:
      throw argument(name);
  }
}

export function optionalText(body: ReadonlyMap<string, AmqpValue>, name: string): string | null {
  const value = body.get(name) ?? NULL;
  return value.type === "string" ? value.value : null;
}

export function text(body: ReadonlyMap<string, AmqpValue>, name: string): string {
  const value = optionalText(body, name);
  if (value === null) throw argument(name);
  return value;
}

/** Items of an array or a list. */
export function items(body: ReadonlyMap<string, AmqpValue>, name: string): readonly AmqpValue[] {
  const value = body.get(name);
  if (value?.type !== "array" && value?.type !== "list") throw argument(name);
  return value.items;
}
