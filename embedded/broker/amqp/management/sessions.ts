import { encodeValue } from "@/lib/amqp/encode-value";
import { type AmqpValue, amqpString, NULL } from "@/lib/amqp/values";
import { BrokerFault } from "../../engine/broker-fault";
import type { SessionTable } from "../../engine/session-table";
import { EMPTY_BODY } from "../request";
import {
  argument,
  DONE,
  integer,
  type ManagementAnswer,
  type ManagementContext,
  receivingEntityOf,
  text,
} from "./operation";

/** Bytes that a session's state takes at most: as much as a message of the entity. */
const MAX_STATE_BYTES = 262_144;

export function renewSessionLock(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  const until = sessionsOf(context).renew(text(body, "session-id"));
  return {
    status: 200,
    body: encodeValue({
      type: "map",
      entries: [[amqpString("expiration"), { type: "timestamp", value: BigInt(until) }]],
    }),
  };
}

export function setSessionState(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  const state = body.get("session-state") ?? NULL;
  if (state.type !== "binary" && state.type !== "null") throw argument("session-state");
  if (state.type === "binary" && state.value.length > MAX_STATE_BYTES) {
    throw new BrokerFault(
      "amqp:link:message-size-exceeded",
      `The session state is larger than ${MAX_STATE_BYTES} bytes.`,
    );
  }
  sessionsOf(context).setState(text(body, "session-id"), state.type === "binary" ? Buffer.from(state.value) : null);
  return DONE;
}

export function getSessionState(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  const state = sessionsOf(context).getState(text(body, "session-id"));
  const value: AmqpValue = state === null ? NULL : { type: "binary", value: state };
  return { status: 200, body: encodeValue({ type: "map", entries: [[amqpString("session-state"), value]] }) };
}

/** Ids of sessions that have a state or messages and changed after a time; 204 when there are none. */
export function getMessageSessions(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  const since = body.get("last-updated-time");
  const after = since?.type === "timestamp" ? Number(since.value) : 0;
  const skip = integer(body, "skip");
  const ids: string[] = [];
  for (const session of sessionsOf(context).all()) if (session.updatedAt >= after) ids.push(session.id);
  const page = ids.sort().slice(skip, skip + Math.min(integer(body, "top"), 100));
  if (page.length === 0) return { status: 204, body: EMPTY_BODY };
  return {
    status: 200,
    body: encodeValue({
      type: "map",
      entries: [
        [amqpString("skip"), { type: "int", value: skip + page.length }],
        [amqpString("sessions-ids"), { type: "list", items: page.map(amqpString) }],
      ],
    }),
  };
}

function sessionsOf(context: ManagementContext): SessionTable {
  const { main, settings } = receivingEntityOf(context);
  if (!settings.requiresSession) throw new BrokerFault("amqp:not-allowed", "The entity does not require sessions.");
  return main.sessions;
}
