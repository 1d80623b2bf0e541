import { EncodedSqlMessage } from "@/lib/amqp/sql-filter-message";
import { compileRule } from "../broker/engine/compile-rule";
import { NO_CORRELATION } from "../broker/engine/rule";
import type { CompiledRule } from "../broker/engine/rule-match";
import type { Entity, Rule } from "./entities";
import { encodeMessage } from "./traffic/encode-message";
import type { SampleMessage } from "./traffic/message";

/** Asks the broker's own rules whether a message reaches a subscription, so that the past went where the present goes. */
export function createRuleMatcher(entities: readonly Entity[]): (entity: Entity, message: SampleMessage) => boolean {
  const compiled = new Map(entities.map((entity) => [entity.path, (entity.rules ?? []).map(compile)]));
  return (entity, message) => {
    const encoded = new EncodedSqlMessage(encodeMessage(message, new Date(0)));
    return compiled.get(entity.path)?.some((rule) => rule.matches(encoded)) ?? false;
  };
}

function compile(rule: Rule, index: number): CompiledRule {
  const common = { name: `rule-${index}`, action: null, createdAt: 0 };
  switch (rule.FilterType) {
    case "Correlation":
      return compileRule({
        ...common,
        filter: { type: "correlation", correlation: { ...NO_CORRELATION, subject: rule.CorrelationFilter.Label } },
      });
    case "Sql":
      return compileRule({ ...common, filter: { type: "sql", expression: rule.SqlFilter.SqlExpression } });
  }
}
