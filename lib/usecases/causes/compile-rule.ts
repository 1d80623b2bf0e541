import { RE2JS, RE2JSException } from "re2js";
import { AppError } from "@/lib/domain/app-error";
import type { CauseFacts, ReadyRule } from "@/lib/domain/cause-rules";
import type { CauseRuleRecord } from "@/lib/store/ports/causes";

/** Characters of a text that an expression is held against. */
const MAX_TEXT = 8_192;
/** Steps of an expression: a match takes a time that grows with them and with the text, so that both are bounded. */
const MAX_STEPS = 400;

/**
 * Makes a rule ready to be asked. Expressions are RE2's, which take a time that grows with their steps (`requireShort`) and the text alone, so that
 * no rule can hold a worker up. Throws `AppError` "invalid-input" with the place of the fault when the expression cannot be read.
 */
export function compileRule(rule: Omit<CauseRuleRecord, "title" | "createdAt" | "createdBy">): ReadyRule {
  const holds = compilePattern(rule);
  return {
    id: rule.id,
    queueId: rule.queueId,
    within: rule.within,
    matches: (facts) => textsOf(facts, rule).some((text) => holds(text.slice(0, MAX_TEXT))),
  };
}

function compilePattern({
  operator,
  pattern,
}: Pick<CauseRuleRecord, "operator" | "pattern">): (text: string) => boolean {
  switch (operator) {
    case "equals":
      return (text) => text === pattern;
    case "contains": {
      const part = pattern.toLowerCase();
      return (text) => text.toLowerCase().includes(part);
    }
    case "matches": {
      const expression = compileExpression(pattern);
      return (text) => expression.matcher(text).find();
    }
    default:
      return operator satisfies never;
  }
}

function compileExpression(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new AppError("invalid-input", `The expression cannot be read: ${error.message}.`, {
      pattern: `${error.message}. It is an RE2 expression: no look-around, no back-references.`,
    });
  }
}

/** Refuses an expression that would take long over each message. Throws `AppError` "invalid-input". */
export function requireShort({ operator, pattern }: Pick<CauseRuleRecord, "operator" | "pattern">): void {
  if (operator !== "matches") return;
  // Before it is compiled: each repetition is written out there.
  if (countedRepetitions(pattern) > MAX_STEPS || compileExpression(pattern).programSize() > MAX_STEPS) throw tooLong();
}

/** What is escaped is no count: the digits of "\x{2014}" name one character. */
function countedRepetitions(pattern: string): number {
  const unescaped = pattern.replace(/\\(?:x\{[^}]*\}|.)/gs, "");
  return [...unescaped.matchAll(/\{(?:\d+,)?(\d+)(?:,)?\}/g)].reduce((sum, [, most]) => sum + Number(most), 0);
}

function tooLong(): AppError {
  const advice = "Write .* or + in place of large counts, or make two rules.";
  return new AppError(
    "invalid-input",
    `The expression has more than ${MAX_STEPS} steps, which would hold up the scan. ${advice}`,
    {
      pattern: `more than ${MAX_STEPS} steps. ${advice}`,
    },
  );
}

function textsOf(facts: CauseFacts, rule: Pick<CauseRuleRecord, "field" | "property">): string[] {
  switch (rule.field) {
    case "reason":
      return [facts.reason];
    case "description":
      return facts.description === null ? [] : [facts.description];
    case "subject":
      return facts.subject === null ? [] : [facts.subject];
    case "property":
      return facts.properties.filter(({ name }) => name === rule.property).map(({ value }) => value);
    default:
      return rule.field satisfies never;
  }
}
