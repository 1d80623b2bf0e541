import { encodeValue } from "@/lib/amqp/encode-value";
import { type AmqpValue, amqpString } from "@/lib/amqp/values";
import type { MessageQueue } from "../../engine/message-queue";
import type { MessageLock } from "../../engine/message-record";
import { setProperties } from "../../engine/property-changes";
import { deliveryBytes } from "../delivery-bytes";
import { swapGuid } from "../lock-token";
import { textEntries } from "../outgoing-link";
import { messageList } from "./message-list";
import {
  argument,
  DONE,
  integer,
  items,
  type ManagementAnswer,
  type ManagementContext,
  optionalText,
  queueOf,
  text,
} from "./operation";
import { keysOf } from "./sequence-numbers";

const RECEIVE_AND_DELETE = 0;

export function renewLocks(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  const queue = queueOf(context);
  const locks = locksOf(queue, body);
  const expirations: AmqpValue[] = locks.map((lock) => ({ type: "timestamp", value: BigInt(queue.renew(lock)) }));
  const array: AmqpValue = { type: "array", elementCode: 0x83, descriptor: null, items: expirations };
  return { status: 200, body: encodeValue({ type: "map", entries: [[amqpString("expirations"), array]] }) };
}

/** Settles messages by their lock tokens: deferred ones, and those whose receiver is gone. */
export function updateDisposition(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  const queue = queueOf(context);
  const status = text(body, "disposition-status");
  const entries = textEntries(body.get("properties-to-modify"));
  const changes = entries.length > 0 ? setProperties(entries) : undefined;
  for (const lock of locksOf(queue, body)) {
    switch (status) {
      case "completed":
        queue.complete(lock);
        break;
      case "abandoned":
        queue.abandon(lock, changes);
        break;
      case "defered":
        queue.defer(lock, changes);
        break;
      case "suspended":
        queue.deadLetter(lock, {
          reason: optionalText(body, "deadletter-reason"),
          description: optionalText(body, "deadletter-description"),
          ...(changes ? { properties: changes } : {}),
        });
        break;
      default:
        throw argument("disposition-status");
    }
  }
  return DONE;
}

export function receiveBySequenceNumber(
  context: ManagementContext,
  body: ReadonlyMap<string, AmqpValue>,
): ManagementAnswer {
  const receiveAndDelete = integer(body, "receiver-settle-mode") === RECEIVE_AND_DELETE;
  const received = queueOf(context).receiveDeferred(keysOf(body), receiveAndDelete, optionalText(body, "session-id"));
  return {
    status: 200,
    body: messageList(
      received.map(({ record, lock }) =>
        lock === null
          ? { message: deliveryBytes(record, null), lockToken: Buffer.alloc(16) }
          : { message: deliveryBytes(record, lock.until), lockToken: swapGuid(lock.token) },
      ),
    ),
  };
}

function locksOf(queue: MessageQueue, body: ReadonlyMap<string, AmqpValue>): MessageLock[] {
  return items(body, "lock-tokens").map((token) => {
    if (token.type !== "uuid") throw argument("lock-tokens");
    return queue.findLock(swapGuid(token.value));
  });
}
