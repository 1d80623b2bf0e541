import type { CauseRuleWire } from "@/lib/contracts/causes";
import type { RuleOperator } from "@/lib/domain/cause-rules";

const OPERATORS: Readonly<Record<RuleOperator, string>> = {
  contains: "contains",
  equals: "is exactly",
  matches: "matches",
};

/** "the description contains “pricing”". */
export function ruleText(rule: Pick<CauseRuleWire, "field" | "property" | "operator" | "pattern">): string {
  const field = rule.field === "property" ? `the property ${rule.property ?? ""}` : `the ${rule.field}`;
  return `${field} ${OPERATORS[rule.operator]} “${rule.pattern}”`;
}
