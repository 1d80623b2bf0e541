import { type AmqpValue, amqpString, amqpSymbol } from "@/lib/amqp/values";
import { BrokerFault, type FaultCondition } from "../engine/broker-fault";
import { batchDelete } from "./management/batch-delete";
import { receiveBySequenceNumber, renewLocks, updateDisposition } from "./management/locks";
import type { ManagementAnswer, ManagementContext } from "./management/operation";
import { peekMessages } from "./management/peek";
import { addRule, enumerateRules, removeRule } from "./management/rules";
import { cancelScheduledMessages, scheduleMessages } from "./management/schedule";
import { getMessageSessions, getSessionState, renewSessionLock, setSessionState } from "./management/sessions";
import type { Request } from "./request";
import { EMPTY_BODY, encodeResponse, mapOf } from "./request";

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
