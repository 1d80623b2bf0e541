import rhea from "rhea";
import { decodeValue } from "@/lib/amqp/decode-value";
import { type AmqpValue, NULL } from "@/lib/amqp/values";
import type { RheaDelivery, RheaTyped } from "./rhea-internals";

interface TypedWriter {
  write(value: RheaTyped): void;
  toBuffer(): Buffer;
}

const Writer = (rhea.types as unknown as { Writer: new () => TypedWriter }).Writer;

/** A field of the outcome that a client gave a delivery, with its wire types; null value when it is absent. */
export function outcomeField(delivery: RheaDelivery, index: number): AmqpValue {
  const typed = delivery.remote_state?.value[index];
  if (typed === null || typed === undefined) return NULL;
  const writer = new Writer();
  writer.write(typed);
  return decodeValue(writer.toBuffer()).value;
}
