import { encodeValue } from "@/lib/amqp/encode-value";
import { type AmqpValue, amqpString } from "@/lib/amqp/values";
import { BrokerFault } from "../../engine/broker-fault";
import { readMessageFacts } from "../../engine/message-facts";
import { mapOf } from "../request";
import { argument, DONE, items, type ManagementAnswer, type ManagementContext } from "./operation";
import { keysOf, sequenceNumberArray } from "./sequence-numbers";

/** Stores messages until their x-opt-scheduled-enqueue-time; answers with the numbers that they can be cancelled by. */
export function scheduleMessages(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  const messages = items(body, "messages").map((item) => {
    const message = mapOf(item).get("message");
    if (message?.type !== "binary") throw argument("messages");
    const bytes = Buffer.from(message.value);
    return { bytes, facts: readMessageFacts(bytes) };
  });
  const keys = messages.flatMap((message) => context.namespace.routing.accept(context.entity, [message]));
  return {
    status: 200,
    body: encodeValue({ type: "map", entries: [[amqpString("sequence-numbers"), sequenceNumberArray(keys)]] }),
  };
}

export function cancelScheduledMessages(
  context: ManagementContext,
  body: ReadonlyMap<string, AmqpValue>,
): ManagementAnswer {
  if (context.entity.kind === "subscription")
    throw new BrokerFault("amqp:not-allowed", "Messages are scheduled on a topic, not on its subscription.");
  context.entity.main.cancelScheduled(keysOf(body));
  return DONE;
}
