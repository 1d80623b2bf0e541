import { createHash } from "node:crypto";
import { type Fingerprint, fingerprintOf } from "./fingerprint";

export const RULE_FIELDS = ["reason", "description", "subject", "property"] as const;
export type RuleField = (typeof RULE_FIELDS)[number];
export const RULE_OPERATORS = ["equals", "contains", "matches"] as const;
export type RuleOperator = (typeof RULE_OPERATORS)[number];

/** What a message is put to a cause by. */
export interface CauseFacts {
  readonly reason: string;
  readonly description: string | null;
  readonly subject: string | null;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

/** A person's rule, ready to be asked. */
export interface ReadyRule {
  readonly id: number;
  /** Null: of every queue. */
  readonly queueId: number | null;
  /** Fingerprints of the causes that it splits; empty: whatever the fingerprint. */
  readonly within: readonly string[];
  readonly matches: (facts: CauseFacts) => boolean;
}

/** A cause's identity within its queue. */
export interface CauseIdentity extends Fingerprint {
  /** The rule that made it; null: the fingerprint did. */
  readonly ruleId: number | null;
}

/**
 * The cause of a message of a queue: by the first rule that matches, rules that split a cause before the others and older
 * before newer; else by its fingerprint. A rule keeps reasons apart, so that figures by reason stay true; the pages show its
 * causes as one.
 */
export function causeOf(facts: CauseFacts, queueId: number, rules: readonly ReadyRule[]): CauseIdentity {
  const print = fingerprintOf(facts);
  const asked = rules.filter((rule) => rule.queueId === null || rule.queueId === queueId);
  const rule =
    asked.find((rule) => rule.within.includes(print.fingerprint) && rule.matches(facts)) ??
    asked.find((rule) => rule.within.length === 0 && rule.matches(facts));
  if (rule === undefined) return { ...print, ruleId: null };
  return { ...print, fingerprint: ruleFingerprint(rule.id, print.reason), ruleId: rule.id };
}

function ruleFingerprint(ruleId: number, reason: string): string {
  return createHash("sha256")
    .update(JSON.stringify(["rule", ruleId, reason]))
    .digest("hex");
}
