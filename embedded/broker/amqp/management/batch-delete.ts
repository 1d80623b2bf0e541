import { encodeValue } from "@/lib/amqp/encode-value";
import { type AmqpValue, amqpString } from "@/lib/amqp/values";
import { EMPTY_BODY } from "../request";
import { argument, integer, type ManagementAnswer, type ManagementContext, queueOf } from "./operation";

/** Most messages that one call deletes. */
const MAX_DELETED = 4000;

/** Deletes messages enqueued before a time, oldest number first; 204 when none were. */
export function batchDelete(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  const max = integer(body, "message-count");
  if (max < 1 || max > MAX_DELETED) throw argument("message-count");
  const before = body.get("enqueued-time-utc");
  const time = before?.type === "timestamp" ? Number(before.value) : context.namespace.now();
  const deleted = queueOf(context).deleteBatch(max, time);
  if (deleted === 0) return { status: 204, body: EMPTY_BODY };
  return {
    status: 200,
    body: encodeValue({ type: "map", entries: [[amqpString("message-count"), { type: "int", value: deleted }]] }),
  };
}
