import type { AmqpValue } from "@/lib/amqp/values";
import { keyFromSequenceNumber, sequenceNumberOf } from "../../engine/sequence-number";
import { argument, items } from "./operation";

export function keysOf(body: ReadonlyMap<string, AmqpValue>): number[] {
  return items(body, "sequence-numbers").map((value) => {
    if (value.type !== "long") throw argument("sequence-numbers");
    return keyFromSequenceNumber(value.value);
  });
}

export function sequenceNumberArray(keys: readonly number[]): AmqpValue {
  return {
    type: "array",
    elementCode: 0x81,
    descriptor: null,
    items: keys.map((key) => ({ type: "long", value: sequenceNumberOf(key) })),
  };
}
