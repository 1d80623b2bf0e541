import { type MessageChanges, rewriteMessage } from "./rewrite";
import { PROPERTIES_FIELD } from "./sections";
import {
  evaluateSql,
  SqlEvaluationError,
  SqlGuid,
  type SqlParameters,
  type SqlResult,
  UNKNOWN,
} from "./sql-filter-evaluate";
import { SqlSyntaxError } from "./sql-filter-lexer";
import { EncodedSqlMessage } from "./sql-filter-message";
import { parseSqlAction, type SqlExpression, type SqlStatement } from "./sql-filter-parser";
import { type AmqpValue, amqpString, NULL } from "./values";

/** System properties that an action may set: those that are text. */
const SETTABLE: Readonly<Record<string, number>> = {
  messageid: PROPERTIES_FIELD.messageId,
  to: PROPERTIES_FIELD.to,
  label: PROPERTIES_FIELD.subject,
  subject: PROPERTIES_FIELD.subject,
  replyto: PROPERTIES_FIELD.replyTo,
  correlationid: PROPERTIES_FIELD.correlationId,
  contenttype: PROPERTIES_FIELD.contentType,
  sessionid: PROPERTIES_FIELD.groupId,
  replytosessionid: PROPERTIES_FIELD.replyToGroupId,
};

/** Reads an action and checks what it sets. Throws `SqlSyntaxError`. */
export function compileSqlAction(text: string): SqlStatement[] {
  const statements = parseSqlAction(text);
  for (const { property } of statements) {
    if (property.scope === "sys" && SETTABLE[property.name.toLowerCase()] === undefined) {
      throw new SqlSyntaxError(`the system property '${property.name}' cannot be set or removed`, 0);
    }
  }
  return statements;
}

/** The message with the statements carried out one after the other. Throws `SqlEvaluationError`. */
export function applySqlAction(
  statements: readonly SqlStatement[],
  encoded: Uint8Array,
  parameters?: SqlParameters,
): Uint8Array {
  let message = encoded;
  for (const statement of statements)
    message = rewriteMessage(message, changesOf(statement, new EncodedSqlMessage(message), parameters));
  return message;
}

function changesOf(
  statement: SqlStatement,
  message: EncodedSqlMessage,
  parameters: SqlParameters | undefined,
): MessageChanges {
  const { property } = statement;
  const value = statement.kind === "remove" ? NULL : resultOf(statement.value, message, parameters);
  if (property.scope === "sys") {
    const field = SETTABLE[property.name.toLowerCase()] as number;
    if (value.type !== "null" && value.type !== "string") {
      throw new SqlEvaluationError(`The system property '${property.name}' is text.`);
    }
    const typed: AmqpValue =
      field === PROPERTIES_FIELD.contentType && value.type === "string"
        ? { type: "symbol", value: value.value }
        : value;
    return { properties: new Map([[field, typed]]) };
  }
  const name = message.userName(property.name) ?? property.name;
  if (statement.kind === "remove") return { applicationProperties: { remove: (key) => key === name } };
  return { applicationProperties: { set: [[{ type: "string", value: name }, value]] } };
}

/** A property that is only copied keeps its AMQP type. */
function resultOf(
  expression: SqlExpression,
  message: EncodedSqlMessage,
  parameters: SqlParameters | undefined,
): AmqpValue {
  if (expression.kind === "property" && expression.scope === "user") return message.userValue(expression.name) ?? NULL;
  return amqpValueOf(evaluateSql(expression, message, parameters));
}

function amqpValueOf(value: SqlResult): AmqpValue {
  if (value === UNKNOWN || value === null) return NULL;
  if (typeof value === "string") return amqpString(value);
  if (typeof value === "boolean") return { type: "boolean", value };
  if (typeof value === "bigint") return { type: "long", value };
  if (typeof value === "number") return { type: "double", value };
  if (value instanceof Date) return { type: "timestamp", value: BigInt(value.getTime()) };
  if (value instanceof SqlGuid) return { type: "uuid", value: Buffer.from(value.text.replaceAll("-", ""), "hex") };
  return { type: "binary", value };
}
