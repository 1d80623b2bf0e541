import { hash } from "node:crypto";
import type { JsonType } from "../filter/expression";
import { canonicalNumber } from "./canonical-number";

/**
 * Facts are what a message says, one 64-bit number each: "the property tenant is acme", "order.total is 12.5", "order.total is
 * a number". The index holds numbers instead of texts, so that counting over a million messages reads little; the
 * text behind a number is found again in any message that has it. Two different facts share a number once in 10^19 pairs.
 */

/** A scalar in its one form: texts as they are, numbers canonical. */
export type FactValue =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "number"; readonly text: string }
  | { readonly type: "boolean"; readonly text: "true" | "false" }
  | { readonly type: "null" };

const PARTING = "\u0000";

function numbered(...parts: readonly string[]): bigint {
  return hash("sha1", parts.join(PARTING), "buffer").readBigInt64BE(0);
}

function spell(value: FactValue): string {
  switch (value.type) {
    case "null":
      return "z";
    case "boolean":
      return `b${value.text}`;
    case "text":
      return `s${value.text}`;
    case "number":
      return `n${canonicalNumber(value.text) ?? value.text}`;
  }
}

/** Of a field of the message itself: its id, subject, session, correlation id. */
export const fieldFact = (field: string, text: string): bigint => numbered("f", field, text);
export const propertyFact = (name: string, value: FactValue): bigint => numbered("p", name, spell(value));
/** That the property is there. */
export const propertyThere = (name: string): bigint => numbered("P", name);
export const jsonFact = (path: string, value: FactValue): bigint => numbered("j", path, spell(value));
/** That something of this type is at the path. */
export const jsonType = (path: string, type: JsonType): bigint => numbered("t", path, type);

const NUMERIC = /^(?:ubyte|ushort|uint|ulong|byte|short|int|long|float|double|decimal32|decimal64|decimal128)$/;

/** The value of an application property, by its AMQP type. */
export function propertyValue(type: string, value: string): FactValue {
  if (type === "null") return { type: "null" };
  if (type === "boolean" && (value === "true" || value === "false")) return { type: "boolean", text: value };
  if (NUMERIC.test(type) && canonicalNumber(value) !== null) return { type: "number", text: value };
  return { type: "text", text: value };
}
