import type { Condition, Expression, Scalar, ValueTest } from "./expression";
import { spellKey } from "./json-path";

/** An expression as text; reading it again gives the same expression. */
export function spellFilter(expression: Expression): string {
  switch (expression.kind) {
    case "and":
      return expression.parts
        .map((part) => (part.kind === "or" ? `(${spellFilter(part)})` : spellFilter(part)))
        .join(" and ");
    case "or":
      return expression.parts.map(spellFilter).join(" or ");
    case "not":
      return isCompound(expression.part)
        ? `not (${spellFilter(expression.part)})`
        : `not ${spellFilter(expression.part)}`;
    default:
      return spellCondition(expression);
  }
}

function isCompound(expression: Expression): boolean {
  return expression.kind === "and" || expression.kind === "or";
}

function spellCondition(condition: Condition): string {
  switch (condition.kind) {
    case "text":
      return `${condition.field} ${condition.op} ${quote(condition.value)}`;
    case "words":
      return condition.field === "text" ? quote(condition.phrase) : `${condition.field} ~ ${quote(condition.phrase)}`;
    case "number":
      return `${condition.field} ${condition.op} ${condition.value}`;
    case "time":
      return `${condition.field} ${condition.op} ${"at" in condition.point ? condition.point.at : `${spellDuration(condition.point.ago)} ago`}`;
    case "age":
      return `age ${condition.op} ${spellDuration(condition.seconds)}`;
    case "replay":
      return `replay = ${condition.mark}`;
    case "edited":
      return `edited = ${condition.value ? "yes" : "no"}`;
    case "property":
      return `property.${spellKey(condition.name)} ${spellTest(condition.test)}`;
    case "json":
      return `json${condition.path.startsWith("[") || condition.path === "" ? "" : "."}${condition.path} ${spellTest(condition.test)}`;
  }
}

function spellTest(test: ValueTest): string {
  switch (test.op) {
    case "exists":
    case "missing":
      return test.op;
    case "is":
      return `is ${test.type}`;
    case "~":
      return `~ ${quote(test.text)}`;
    case "=":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return `${test.op} ${spellScalar(test.value)}`;
  }
}

function spellScalar(value: Scalar): string {
  switch (value.type) {
    case "null":
      return "null";
    case "boolean":
    case "number":
      return value.text;
    case "text":
      return value.quoted ? quote(value.text) : value.text;
  }
}

const UNITS = [
  ["w", 604_800],
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
] as const;

function spellDuration(seconds: number): string {
  const unit = UNITS.find(([, length]) => seconds >= length && seconds % length === 0);
  return unit === undefined ? `${seconds}s` : `${seconds / unit[1]}${unit[0]}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** The conditions that must all hold, each as a filter of its own: the chips of the filter bar. */
export function topParts(expression: Expression | null): Expression[] {
  if (expression === null) return [];
  return expression.kind === "and" ? [...expression.parts] : [expression];
}

/** A filter of parts that must all hold; "" for none. */
export function joinParts(parts: readonly Expression[]): string {
  if (parts.length === 0) return "";
  return spellFilter(parts.length === 1 ? (parts[0] as Expression) : { kind: "and", parts });
}
