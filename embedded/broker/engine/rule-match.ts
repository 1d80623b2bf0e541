import { PROPERTIES_FIELD } from "@/lib/amqp/sections";
import type { EncodedSqlMessage } from "@/lib/amqp/sql-filter-message";
import type { AmqpValue } from "@/lib/amqp/values";
import { idText } from "./message-facts";
import type { CorrelationFilter, CorrelationValue, RuleDefinition } from "./rule";

/** A rule ready to be asked. */
export interface CompiledRule {
  readonly definition: RuleDefinition;
  matches(message: EncodedSqlMessage): boolean;
  /** The message changed by the rule's action; null: the rule has none. */
  readonly act: ((bytes: Buffer) => Buffer) | null;
}

export function matchesCorrelation(filter: CorrelationFilter, message: EncodedSqlMessage): boolean {
  const fields: readonly (readonly [string | null, number])[] = [
    [filter.correlationId, PROPERTIES_FIELD.correlationId],
    [filter.messageId, PROPERTIES_FIELD.messageId],
    [filter.to, PROPERTIES_FIELD.to],
    [filter.replyTo, PROPERTIES_FIELD.replyTo],
    [filter.subject, PROPERTIES_FIELD.subject],
    [filter.sessionId, PROPERTIES_FIELD.groupId],
    [filter.replyToSessionId, PROPERTIES_FIELD.replyToGroupId],
    [filter.contentType, PROPERTIES_FIELD.contentType],
  ];
  for (const [expected, index] of fields) {
    if (expected !== null && idText(message.field(index)) !== expected) return false;
  }
  for (const [name, expected] of Object.entries(filter.properties)) {
    const actual = message.userValue(name);
    if (actual === undefined || !sameValue(expected, actual)) return false;
  }
  return true;
}

function sameValue(expected: CorrelationValue, actual: AmqpValue): boolean {
  switch (actual.type) {
    case "string":
    case "symbol":
      return actual.value === expected;
    case "boolean":
      return actual.value === expected;
    case "timestamp":
      // A Date's milliseconds are exact as a number; one that is no time is NaN and equals nothing.
      return expected instanceof Date && expected.getTime() === Number(actual.value);
    case "long":
    case "ulong":
      return (
        (typeof expected === "bigint" || (typeof expected === "number" && Number.isInteger(expected))) &&
        BigInt(expected) === actual.value
      );
    case "ubyte":
    case "ushort":
    case "uint":
    case "byte":
    case "short":
    case "int":
    case "float":
    case "double":
      if (typeof expected !== "bigint") return expected === actual.value;
      // Only a whole number can be made a bigint; a fraction equals none.
      return Number.isInteger(actual.value) && BigInt(actual.value) === expected;
    default:
      return false;
  }
}
