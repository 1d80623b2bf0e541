import rhea from "rhea";
import { decodeValue } from "@/lib/amqp/decode-value";
import { type AmqpValue, NULL } from "@/lib/amqp/values";
import type { BrokerFault } from "../engine/broker-fault";
import type { RheaDelivery, RheaTyped } from "./rhea-internals";

interface Outcomes {
  accepted(): { described(): unknown };
  rejected(fields: { error?: { condition: string; description: string } }): { described(): unknown };
  modified(fields: object): { described(): unknown };
}

interface TypedWriter {
  write(value: RheaTyped): void;
  toBuffer(): Buffer;
}

const outcomes = rhea.message as unknown as Outcomes;
const Writer = (rhea.types as unknown as { Writer: new () => TypedWriter }).Writer;

export const ACCEPTED: unknown = outcomes.accepted().described();

export function rejectedWith(fault: BrokerFault): unknown {
  return outcomes.rejected({ error: { condition: fault.condition, description: fault.message } }).described();
}

export function rejectedPlain(): unknown {
  return outcomes.rejected({}).described();
}

/** A field of a delivery's outcome with its wire types; null value when it is absent. */
export function outcomeField(delivery: RheaDelivery, index: number): AmqpValue {
  const typed = delivery.remote_state?.value[index];
  if (typed === null || typed === undefined) return NULL;
  const writer = new Writer();
  writer.write(typed);
  return decodeValue(writer.toBuffer()).value;
}

/** Settles a delivery that the broker sent. The client never settles it a second time, so its slot is freed here. */
export function settleOutgoing(delivery: RheaDelivery, state: unknown): void {
  delivery.update(true, state);
  delivery.remote_settled = true;
}
