import { matchesSqlFilter, SqlEvaluationError } from "../../amqp/sql-filter-evaluate";
import { SqlSyntaxError } from "../../amqp/sql-filter-lexer";
import { EncodedSqlMessage } from "../../amqp/sql-filter-message";
import { parseSqlFilter, type SqlExpression } from "../../amqp/sql-filter-parser";
import { AmqpDecodeError } from "../../amqp/values";
import { STAMP_ROUTE } from "./wire-names";

/** See `MessageCodec.compileFilter`. */
export function compileFilter(filter: string): (encoded: Uint8Array) => boolean | null {
  const predicate = parsed(filter);
  if (predicate === null) return () => null;
  return (encoded) => {
    try {
      return matchesSqlFilter(predicate, new EncodedSqlMessage(encoded));
    } catch (error) {
      if (error instanceof SqlEvaluationError || error instanceof AmqpDecodeError) return null;
      throw error;
    }
  };
}

/** See `MessageCodec.routeCondition`. A copy without the stamp, which is all other traffic, passes as before. */
export function routeCondition(subscription: string): string {
  const property = `user.[${STAMP_ROUTE}]`;
  return `(${property} IS NULL OR ${property} = '${subscription.replaceAll("'", "''")}')`;
}

function parsed(filter: string): SqlExpression | null {
  try {
    return parseSqlFilter(filter);
  } catch (error) {
    if (error instanceof SqlSyntaxError) return null;
    throw error;
  }
}
