import type { AmqpValue } from "@/lib/amqp/values";
import { keyFromSequenceNumber } from "../../engine/sequence-number";
import { deliveryBytes } from "../delivery-bytes";
import { EMPTY_BODY } from "../request";
import { messageList } from "./message-list";
import { argument, integer, type ManagementAnswer, type ManagementContext, optionalText, queueOf } from "./operation";

/** Bytes that one page of peeked messages takes at most, beyond its first message. */
const PAGE_BYTES = 1_048_576;

/** Messages from a sequence number on, locked and deferred ones too, without locking any; 204 when there are none. */
export function peekMessages(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  const from = body.get("from-sequence-number");
  if (from?.type !== "long") throw argument("from-sequence-number");
  const max = Math.min(integer(body, "message-count"), context.limits.peekPage());
  if (max < 1) throw argument("message-count");
  const sessionId = optionalText(body, "session-id");
  const records = queueOf(context).peek(keyFromSequenceNumber(from.value), max, PAGE_BYTES, sessionId);
  context.limits.peeked(Math.max(1, records.length));
  if (records.length === 0) return { status: 204, body: EMPTY_BODY };
  return {
    status: 200,
    body: messageList(records.map((record) => ({ message: deliveryBytes(record, record.lock?.until ?? null) }))),
  };
}
