/** Which subscriptions of a topic receive a copy, as far as their rules say without looking at a message. */

export interface SubscriptionFacts {
  readonly name: string;
  readonly rules: readonly { readonly name: string; readonly filter: string }[] | null;
}

export interface SubscriptionReach {
  readonly name: string;
  readonly receives: "yes" | "no" | "unknown";
  readonly rules: string;
}

/** "yes": a rule takes everything; "no": no rule, or none takes anything; "unknown": it depends on the message, or cannot be read. */
export function subscriptionReach(subscription: SubscriptionFacts): SubscriptionReach {
  const { name, rules } = subscription;
  if (rules === null) return { name, receives: "unknown", rules: "the rules could not be read" };
  if (rules.length === 0) return { name, receives: "no", rules: "it has no rule" };
  const text = rules.map((rule) => `${rule.name}: ${rule.filter}`).join("; ");
  const kinds = rules.map((rule) => constantFilter(rule.filter));
  if (kinds.includes("all")) return { name, receives: "yes", rules: text };
  return { name, receives: kinds.every((kind) => kind === "none") ? "no" : "unknown", rules: text };
}

function constantFilter(filter: string): "all" | "none" | "some" {
  const text = filter.replaceAll(/\s+/g, "").toLowerCase();
  if (text === "1=1" || text === "truefilter" || text === "true") return "all";
  if (text === "1=0" || text === "falsefilter" || text === "false") return "none";
  return "some";
}
