import { type AmqpValue, amqpString, amqpSymbol, NULL } from "@/lib/amqp/values";
import { BrokerFault, type FaultCondition } from "../engine/broker-fault";
import type { Entity, ReceivingEntity } from "../engine/entity";
import type { MessageQueue } from "../engine/message-queue";
import type { BrokerNamespace } from "../engine/namespace";
import { batchDelete } from "./management/batch-delete";
import { receiveBySequenceNumber, renewLocks, updateDisposition } from "./management/locks";
import { peekMessages } from "./management/peek";
import { addRule, enumerateRules, removeRule } from "./management/rules";
import { cancelScheduledMessages, scheduleMessages } from "./management/schedule";
import { getMessageSessions, getSessionState, renewSessionLock, setSessionState } from "./management/sessions";
import type { Request } from "./request";
import { EMPTY_BODY, encodeResponse, mapOf } from "./request";

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

type Operation = (context: ManagementContext, body: ReadonlyMap<string, AmqpValue>) => ManagementAnswer;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "com.microsoft:peek-message": peekMessages,
  "com.microsoft:renew-lock": renewLocks,
  "com.microsoft:receive-by-sequence-number": receiveBySequenceNumber,
  "com.microsoft:update-disposition": updateDisposition,
  "com.microsoft:schedule-message": scheduleMessages,
  "com.microsoft:cancel-scheduled-message": cancelScheduledMessages,
  "com.microsoft:batch-delete-messages": batchDelete,
  "com.microsoft:renew-session-lock": renewSessionLock,
  "com.microsoft:set-session-state": setSessionState,
  "com.microsoft:get-session-state": getSessionState,
  "com.microsoft:get-message-sessions": getMessageSessions,
  "com.microsoft:add-rule": addRule,
  "com.microsoft:remove-rule": removeRule,
  "com.microsoft:enumerate-rules": enumerateRules,
};

/** HTTP-like status of each condition, as the service answers it. */
const STATUS: Partial<Record<FaultCondition, number>> = {
  "amqp:not-found": 404,
  "com.microsoft:message-not-found": 404,
  "amqp:unauthorized-access": 401,
  "com.microsoft:auth-failed": 401,
  "com.microsoft:message-lock-lost": 410,
  "com.microsoft:session-lock-lost": 410,
  "com.microsoft:session-cannot-be-locked": 409,
  "com.microsoft:entity-already-exists": 409,
  "com.microsoft:server-busy": 503,
  "amqp:resource-limit-exceeded": 403,
  "com.microsoft:entity-disabled": 400,
  "com.microsoft:argument-error": 400,
  "amqp:not-allowed": 400,
  "amqp:decode-error": 400,
  "amqp:link:message-size-exceeded": 400,
  "amqp:not-implemented": 501,
  "com.microsoft:timeout": 408,
  "amqp:internal-error": 500,
};

/** Carries the operation out and returns the encoded answer, also for one that fails. */
export function answerManagement(request: Request, resolve: () => ManagementContext): Buffer {
  try {
    const name = request.properties.get("operation");
    const operation = name?.type === "string" ? OPERATIONS[name.value] : undefined;
    if (operation === undefined) {
      throw new BrokerFault(
        "amqp:not-implemented",
        `The operation '${name?.type === "string" ? name.value : ""}' is not supported.`,
      );
    }
    const answer = operation(resolve(), mapOf(request.body));
    return encodeResponse(
      request.messageId,
      [
        ["statusCode", { type: "int", value: answer.status }],
        ["statusDescription", amqpString("OK")],
      ],
      answer.body,
    );
  } catch (error) {
    if (!(error instanceof BrokerFault)) throw error;
    return encodeFault(request.messageId, error);
  }
}

export function encodeFault(correlationId: AmqpValue, fault: BrokerFault): Buffer {
  return encodeResponse(
    correlationId,
    [
      ["statusCode", { type: "int", value: STATUS[fault.condition] ?? 500 }],
      ["errorCondition", amqpSymbol(fault.condition)],
      ["statusDescription", amqpString(fault.message)],
    ],
    EMPTY_BODY,
  );
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
