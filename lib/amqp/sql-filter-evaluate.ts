import { randomUUID } from "node:crypto";
import type { SqlArithmetic, SqlComparison, SqlExpression } from "./sql-filter-parser";

/** A uuid is kept apart from text: the two cannot be compared. */
export class SqlGuid {
  readonly text: string;

  constructor(text: string) {
    this.text = text.toLowerCase();
  }
}

export type SqlValue = string | bigint | number | boolean | null | Date | SqlGuid | Uint8Array;

/** What a property that does not exist evaluates to; operators carry it through as SQL's third truth value. */
export const UNKNOWN: unique symbol = Symbol("unknown");
export type SqlResult = SqlValue | typeof UNKNOWN;

/** A message's properties as a filter sees them. Names are compared without regard to case. */
export interface SqlMessage {
  /** undefined: there is no such system property, which is an error of the filter. */
  system(name: string): SqlValue | undefined;
  /** undefined: the message does not have it. */
  user(name: string): SqlValue | undefined;
}

/** The filter is well-formed but cannot be applied to this message: the service dead-letters it or drops it. */
export class SqlEvaluationError extends Error {
  override readonly name = "SqlEvaluationError";
}

export type SqlParameters = ReadonlyMap<string, SqlValue>;

const NO_PARAMETERS: SqlParameters = new Map();

/** True when the message matches. Unknown is no match. Throws `SqlEvaluationError`. */
export function matchesSqlFilter(
  filter: SqlExpression,
  message: SqlMessage,
  parameters: SqlParameters = NO_PARAMETERS,
): boolean {
  return truth(evaluateSql(filter, message, parameters)) === true;
}

/** The value of an expression. Throws `SqlEvaluationError`. */
export function evaluateSql(
  expression: SqlExpression,
  message: SqlMessage,
  parameters: SqlParameters = NO_PARAMETERS,
): SqlResult {
  const evaluate = (inner: SqlExpression): SqlResult => evaluateSql(inner, message, parameters);
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "parameter": {
      const value = parameters.get(expression.name);
      if (value === undefined) throw new SqlEvaluationError(`The parameter ${expression.name} has no value.`);
      return value;
    }
    case "property":
      return property(message, expression.scope, expression.name);
    case "named-property": {
      const name = evaluate(expression.name);
      if (name === UNKNOWN) return UNKNOWN;
      if (typeof name !== "string") throw new SqlEvaluationError("property() takes a string.");
      return namedProperty(message, name);
    }
    case "newid":
      return new SqlGuid(randomUUID());
    case "negate": {
      const value = evaluate(expression.operand);
      if (value === UNKNOWN || value === null) return UNKNOWN;
      if (typeof value === "bigint") return BigInt.asIntN(64, -value);
      if (typeof value === "number") return -value;
      throw new SqlEvaluationError("Only numbers have a sign.");
    }
    case "arithmetic":
      return arithmetic(expression.operator, evaluate(expression.left), evaluate(expression.right));
    case "not": {
      const value = truth(evaluate(expression.operand));
      return value === UNKNOWN ? UNKNOWN : !value;
    }
    case "and": {
      const left = truth(evaluate(expression.left));
      if (left === false) return false;
      const right = truth(evaluate(expression.right));
      if (right === false) return false;
      return left === UNKNOWN || right === UNKNOWN ? UNKNOWN : true;
    }
    case "or": {
      const left = truth(evaluate(expression.left));
      if (left === true) return true;
      const right = truth(evaluate(expression.right));
      if (right === true) return true;
      return left === UNKNOWN || right === UNKNOWN ? UNKNOWN : false;
    }
    case "compare":
      return compare(expression.operator, evaluate(expression.left), evaluate(expression.right));
    case "is-null": {
      const value = evaluate(expression.operand);
      return (value === UNKNOWN || value === null) !== expression.negated;
    }
    case "in": {
      const value = evaluate(expression.operand);
      if (value === UNKNOWN || value === null) return UNKNOWN;
      const found = expression.items.some((item) => compare("=", value, evaluate(item)) === true);
      return found !== expression.negated;
    }
    case "like":
      return like(
        evaluate(expression.operand),
        evaluate(expression.pattern),
        expression.escape === null ? null : evaluate(expression.escape),
        expression.negated,
      );
    case "exists":
      return property(message, expression.property.scope, expression.property.name) !== UNKNOWN;
  }
}

function property(message: SqlMessage, scope: "sys" | "user", name: string): SqlResult {
  if (scope === "user") return message.user(name) ?? (message.user(name) === null ? null : UNKNOWN);
  const value = message.system(name);
  if (value === undefined) throw new SqlEvaluationError(`There is no system property '${name}'.`);
  return value;
}

function namedProperty(message: SqlMessage, name: string): SqlResult {
  const scoped = /^(sys|user)\.(.+)$/i.exec(name);
  if (scoped === null) return property(message, "user", name);
  return property(message, scoped[1]?.toLowerCase() === "sys" ? "sys" : "user", scoped[2] as string);
}

function truth(value: SqlResult): boolean | typeof UNKNOWN {
  if (value === UNKNOWN || value === null) return UNKNOWN;
  if (typeof value === "boolean") return value;
  throw new SqlEvaluationError("A condition is true or false, this is another value.");
}

function compare(operator: SqlComparison, left: SqlResult, right: SqlResult): boolean | typeof UNKNOWN {
  if (left === UNKNOWN || right === UNKNOWN || left === null || right === null) return UNKNOWN;
  if (operator === "=" || operator === "<>") return equal(left, right) === (operator === "=");
  const order = orderOf(left, right);
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

function equal(left: SqlValue, right: SqlValue): boolean {
  if (isNumber(left) && isNumber(right)) {
    // Two different types of number are compared as doubles, as C# promotes them.
    return typeof left === typeof right ? left === right : Number(left) === Number(right);
  }
  if (typeof left === "string" && typeof right === "string") return left === right;
  if (typeof left === "boolean" && typeof right === "boolean") return left === right;
  if (left instanceof Date && right instanceof Date) return left.getTime() === right.getTime();
  if (left instanceof SqlGuid && right instanceof SqlGuid) return left.text === right.text;
  throw new SqlEvaluationError(`A ${typeName(left)} and a ${typeName(right)} cannot be compared.`);
}

function orderOf(left: SqlValue, right: SqlValue): number {
  if (isNumber(left) && isNumber(right)) {
    if (typeof left === "bigint" && typeof right === "bigint") return left < right ? -1 : left > right ? 1 : 0;
    return Number(left) - Number(right);
  }
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  throw new SqlEvaluationError(`A ${typeName(left)} and a ${typeName(right)} have no order.`);
}

function arithmetic(operator: SqlArithmetic, left: SqlResult, right: SqlResult): SqlResult {
  if (left === UNKNOWN || right === UNKNOWN || left === null || right === null) return UNKNOWN;
  if (operator === "+" && typeof left === "string" && typeof right === "string") return left + right;
  if (!isNumber(left) || !isNumber(right)) {
    throw new SqlEvaluationError(`'${operator}' is not defined for a ${typeName(left)} and a ${typeName(right)}.`);
  }
  if (typeof left === "bigint" && typeof right === "bigint") return integerArithmetic(operator, left, right);
  const a = Number(left);
  const b = Number(right);
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
  }
}

function integerArithmetic(operator: SqlArithmetic, left: bigint, right: bigint): bigint {
  if ((operator === "/" || operator === "%") && right === 0n) throw new SqlEvaluationError("Division by zero.");
  switch (operator) {
    case "+":
      return BigInt.asIntN(64, left + right);
    case "-":
      return BigInt.asIntN(64, left - right);
    case "*":
      return BigInt.asIntN(64, left * right);
    case "/":
      return BigInt.asIntN(64, left / right);
    case "%":
      return left % right;
  }
}

function like(
  operand: SqlResult,
  pattern: SqlResult,
  escapeChar: SqlResult,
  negated: boolean,
): boolean | typeof UNKNOWN {
  if (operand === UNKNOWN || pattern === UNKNOWN || escapeChar === UNKNOWN || operand === null || pattern === null)
    return UNKNOWN;
  if (typeof operand !== "string" || typeof pattern !== "string")
    throw new SqlEvaluationError("LIKE compares strings.");
  if (escapeChar !== null && (typeof escapeChar !== "string" || [...escapeChar].length !== 1)) {
    throw new SqlEvaluationError("ESCAPE takes one character.");
  }
  return matchesPattern([...operand], patternOf(pattern, escapeChar)) !== negated;
}

type PatternPart =
  | { readonly kind: "any-run" }
  | { readonly kind: "any-one" }
  | { readonly kind: "char"; readonly char: string };

function patternOf(pattern: string, escapeChar: string | null): PatternPart[] {
  const parts: PatternPart[] = [];
  let escaped = false;
  for (const char of pattern) {
    if (!escaped && char === escapeChar) escaped = true;
    else {
      if (!escaped && char === "%") parts.push({ kind: "any-run" });
      else if (!escaped && char === "_") parts.push({ kind: "any-one" });
      else parts.push({ kind: "char", char });
      escaped = false;
    }
  }
  if (escaped) throw new SqlEvaluationError("The pattern ends in its escape character.");
  return parts;
}

/** Goes back to the last % only, so that no pattern takes longer than text times pattern. */
function matchesPattern(text: readonly string[], parts: readonly PatternPart[]): boolean {
  let at = 0;
  let part = 0;
  let lastRun = -1;
  let runFrom = 0;
  while (at < text.length) {
    const current = parts[part];
    if (current?.kind === "any-run") {
      lastRun = part++;
      runFrom = at;
    } else if (current !== undefined && (current.kind === "any-one" || current.char === text[at])) {
      part++;
      at++;
    } else if (lastRun >= 0) {
      part = lastRun + 1;
      at = ++runFrom;
    } else {
      return false;
    }
  }
  while (parts[part]?.kind === "any-run") part++;
  return part === parts.length;
}

function isNumber(value: SqlValue): value is bigint | number {
  return typeof value === "bigint" || typeof value === "number";
}

function typeName(value: SqlValue): string {
  if (value instanceof Date) return "time";
  if (value instanceof SqlGuid) return "uuid";
  if (value instanceof Uint8Array) return "binary";
  return typeof value === "bigint" ? "number" : typeof value;
}
