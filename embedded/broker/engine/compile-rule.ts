import { applySqlAction, compileSqlAction } from "@/lib/amqp/sql-filter-action";
import { matchesSqlFilter, SqlEvaluationError } from "@/lib/amqp/sql-filter-evaluate";
import { SqlSyntaxError } from "@/lib/amqp/sql-filter-lexer";
import { parseSqlFilter } from "@/lib/amqp/sql-filter-parser";
import { BrokerFault } from "./broker-fault";
import type { RuleDefinition, RuleParameters } from "./rule";
import { type CompiledRule, matchesCorrelation } from "./rule-match";

export const DEFAULT_RULE_NAME = "$Default";

/** Reads a rule's texts once. Throws `BrokerFault` argument-error when they are not in the documented grammar. */
export function compileRule(definition: RuleDefinition): CompiledRule {
  const { filter } = definition;
  const act = definition.action === null ? null : compileAction(definition.action, definition.actionParameters);
  switch (filter.type) {
    case "true":
      return { definition, matches: () => true, act };
    case "false":
      return { definition, matches: () => false, act };
    case "correlation":
      return { definition, matches: (message) => matchesCorrelation(filter.correlation, message), act };
    case "sql": {
      const parameters = new Map(Object.entries(filter.parameters ?? {}));
      const predicate = readable(() => parseSqlFilter(filter.expression));
      return { definition, matches: (message) => applied(() => matchesSqlFilter(predicate, message, parameters)), act };
    }
  }
}

function compileAction(text: string, given: RuleParameters = {}): (bytes: Buffer) => Buffer {
  const parameters = new Map(Object.entries(given));
  const statements = readable(() => compileSqlAction(text));
  return (bytes) => Buffer.from(applied(() => applySqlAction(statements, bytes, parameters)));
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SqlSyntaxError) throw new BrokerFault("com.microsoft:argument-error", error.message);
    throw error;
  }
}

function applied<T>(apply: () => T): T {
  try {
    return apply();
  } catch (error) {
    if (error instanceof SqlEvaluationError) throw new BrokerFault("com.microsoft:argument-error", error.message);
    throw error;
  }
}
