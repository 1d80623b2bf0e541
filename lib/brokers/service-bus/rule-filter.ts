import type { RuleProperties } from "@azure/service-bus";

type Filter = RuleProperties["filter"];

export interface RuleText {
  readonly name: string;
  /** A SQL expression. */
  readonly filter: string;
}

/**
 * A rule's filter as a SQL expression. A correlation filter matches what the same comparisons joined by AND match, so it
 * is written as these; names and texts are quoted.
 */
export function filterText(filter: Filter): string {
  if ("sqlExpression" in filter) return filter.sqlExpression ?? "1=1";
  const comparisons = SYSTEM_PROPERTIES.flatMap(([key, name]) => {
    const value = filter[key];
    return value === undefined ? [] : [`sys.${name} = ${literal(value)}`];
  });
  for (const [name, value] of Object.entries(filter.applicationProperties ?? {})) {
    comparisons.push(`user.[${name.replaceAll("]", "]]")}] = ${literal(value)}`);
  }
  return comparisons.length === 0 ? "1=1" : comparisons.join(" AND ");
}

const SYSTEM_PROPERTIES = [
  ["correlationId", "CorrelationId"],
  ["messageId", "MessageId"],
  ["to", "To"],
  ["replyTo", "ReplyTo"],
  ["subject", "Label"],
  ["sessionId", "SessionId"],
  ["replyToSessionId", "ReplyToSessionId"],
  ["contentType", "ContentType"],
] as const;

function literal(value: string | number | boolean | Date | null | undefined): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  return value instanceof Date ? `'${value.toISOString()}'` : value.toString();
}
