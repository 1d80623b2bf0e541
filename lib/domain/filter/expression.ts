/** What a filter says, after it was read: the one form that is compiled for the database and spelled on the page. */

export const TEXT_FIELDS = ["reason", "id", "subject", "correlation", "session", "type", "key", "queue"] as const;
export type TextField = (typeof TEXT_FIELDS)[number];
export const WORD_FIELDS = ["text", "description", "body"] as const;
export type WordField = (typeof WORD_FIELDS)[number];
export const NUMBER_FIELDS = ["size", "body-size", "deliveries"] as const;
export type NumberField = (typeof NUMBER_FIELDS)[number];
export const TIME_FIELDS = ["enqueued", "first-seen"] as const;
export type TimeField = (typeof TIME_FIELDS)[number];

/** Where a message stands with replays. */
export const REPLAY_MARKS = ["none", "live", "returned", "uncertain", "refused", "failed", "cancelled"] as const;
export type ReplayMark = (typeof REPLAY_MARKS)[number];

export const JSON_TYPES = ["string", "number", "boolean", "null", "object", "array"] as const;
export type JsonType = (typeof JSON_TYPES)[number];

export type Order = "<" | "<=" | ">" | ">=";

/** A value with its type: numbers stay the digits that were written. `quoted`: text and nothing else. */
export type Scalar =
  | { readonly type: "number"; readonly text: string }
  | { readonly type: "text"; readonly text: string; readonly quoted: boolean }
  | { readonly type: "boolean"; readonly text: "true" | "false" }
  | { readonly type: "null" };

export type ValueTest =
  | { readonly op: "exists" }
  | { readonly op: "missing" }
  | { readonly op: "is"; readonly type: JsonType }
  | { readonly op: "=" | "!="; readonly value: Scalar }
  | { readonly op: Order; readonly value: Extract<Scalar, { type: "number" | "text" }> }
  | { readonly op: "~"; readonly text: string };

/** A point in time: written out, or so many seconds before the filter is applied. */
export type TimePoint = { readonly at: string } | { readonly ago: number };

export type Condition =
  | { readonly kind: "text"; readonly field: TextField; readonly op: "=" | "!=" | "~"; readonly value: string }
  | { readonly kind: "words"; readonly field: WordField; readonly phrase: string }
  | { readonly kind: "number"; readonly field: NumberField; readonly op: "=" | "!=" | Order; readonly value: number }
  | { readonly kind: "time"; readonly field: TimeField; readonly op: Order; readonly point: TimePoint }
  | { readonly kind: "age"; readonly op: Order; readonly seconds: number }
  | { readonly kind: "replay"; readonly mark: ReplayMark }
  | { readonly kind: "edited"; readonly value: boolean }
  | { readonly kind: "property"; readonly name: string; readonly test: ValueTest }
  | { readonly kind: "json"; readonly path: string; readonly test: ValueTest };

export type Expression =
  | { readonly kind: "and" | "or"; readonly parts: readonly Expression[] }
  | { readonly kind: "not"; readonly part: Expression }
  | Condition;

/** Every condition of an expression, in the order written. */
export function conditionsOf(expression: Expression): Condition[] {
  switch (expression.kind) {
    case "and":
    case "or":
      return expression.parts.flatMap(conditionsOf);
    case "not":
      return conditionsOf(expression.part);
    default:
      return [expression];
  }
}

/** Texts that the search index knows the whole of. */
const INDEXED_TEXTS: readonly TextField[] = ["id", "subject", "correlation", "session"];

/** A text that is looked up in the search index when it is asked for as a whole. */
export function isIndexedText(field: TextField): boolean {
  return INDEXED_TEXTS.includes(field);
}

/** True when hits may come out of the search index: what is not indexed yet may then be missing among them. */
export function mayReadIndex(expression: Expression): boolean {
  return conditionsOf(expression).some(
    (condition) =>
      payloadField(condition).length > 0 ||
      (condition.kind === "text" && condition.op === "=" && isIndexedText(condition.field)),
  );
}

/**
 * The fields of an expression that look into payloads: who may not see payloads may not ask these either, since the
 * number of hits would answer.
 */
export function payloadFieldsOf(expression: Expression): string[] {
  return [...new Set(conditionsOf(expression).flatMap(payloadField))];
}

function payloadField(condition: Condition): string[] {
  switch (condition.kind) {
    case "words":
      return [condition.field];
    case "property":
      return [`property.${condition.name}`];
    case "json":
      return [`json.${condition.path}`];
    case "text":
    case "number":
    case "time":
    case "age":
    case "replay":
    case "edited":
      return [];
    default:
      return condition satisfies never;
  }
}
