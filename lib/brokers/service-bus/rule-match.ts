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
      return matchesSqlFilter(predicate, read(encoded));
    } catch (error) {
      if (error instanceof SqlEvaluationError || error instanceof AmqpDecodeError) return null;
      throw error;
    }
  };
}

let last: { readonly encoded: Uint8Array; readonly message: EncodedSqlMessage } | null = null;

/** The rules of a topic are asked of one copy after the other: what was decoded for the first serves the others. */
function read(encoded: Uint8Array): EncodedSqlMessage {
  if (last?.encoded !== encoded) last = { encoded, message: new EncodedSqlMessage(encoded) };
  return last.message;
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
