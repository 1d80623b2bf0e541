/** Which subscriptions of a topic receive a copy (R10). */

export interface SubscriptionFacts {
  readonly name: string;
  /** Null: could not be read. */
  readonly rules: readonly { readonly name: string; readonly filter: string }[] | null;
  readonly requiresSession: boolean | null;
  /** Where it passes its messages on to; null or missing: nowhere, or not known. */
  readonly forwardTo?: string | null;
}

/** What one subscription does with one copy; unknown: no rule is sure to match it, and some could not be asked. */
export interface SubscriptionAnswer {
  readonly name: string;
  readonly receives: boolean | null;
  /** The rules that match it, by their place. */
  readonly matching: readonly number[];
  /** Those of which it is not known; missing: none. */
  readonly unsure?: readonly number[];
}

/** The verdict over the answers of all subscriptions. */
export type ReachVerdict = "reaches" | "no-subscription" | "reach-unknown" | "route-misses" | "route-leaks";

/**
 * True if a rule takes everything or none takes anything: then no message need be looked at. Null: it depends on the
 * message, or cannot be read.
 */
export function constantReach(subscription: SubscriptionFacts): boolean | null {
  const { rules } = subscription;
  if (rules === null) return null;
  const kinds = rules.map((rule) => constantFilter(rule.filter));
  if (kinds.includes("all")) return true;
  return kinds.every((kind) => kind === "none") ? false : null;
}

/** The same of its rules, one by one: those that take everything match, those that ask the message are not known. */
export function constantAnswer(subscription: SubscriptionFacts): SubscriptionAnswer {
  const kinds = (subscription.rules ?? []).map((rule) => constantFilter(rule.filter));
  const placesOf = (wanted: (typeof kinds)[number]) => kinds.flatMap((kind, place) => (kind === wanted ? [place] : []));
  return {
    name: subscription.name,
    receives: constantReach(subscription),
    matching: placesOf("all"),
    unsure: placesOf("some"),
  };
}

/**
 * Whether a copy may go. Without a route one sure receiver is enough, and none that is sure is refused: what cannot be read
 * counts as the worst. `cameThrough` names the subscription that the original, unedited, died in: its rules let it through
 * once, so it counts as one that receives when they cannot be asked. A routed copy must reach its subscription and no other.
 */
export function judgeReach(
  answers: readonly SubscriptionAnswer[],
  { routeTo, cameThrough }: { readonly routeTo: string | null; readonly cameThrough: string | null },
): ReachVerdict {
  const sure = (answer: SubscriptionAnswer) =>
    answer.receives ?? (cameThrough !== null && sameName(answer.name, cameThrough));
  if (routeTo === null) {
    if (answers.some(sure)) return "reaches";
    return answers.some(({ receives }) => receives === null) ? "reach-unknown" : "no-subscription";
  }
  if (answers.some((answer) => answer.receives !== false && !sameName(answer.name, routeTo))) return "route-leaks";
  return answers.some((answer) => sure(answer) && sameName(answer.name, routeTo)) ? "reaches" : "route-misses";
}

/** Places of the subscriptions that receive a copy without SessionId, or may, and take none such: it dies there. */
export function sessionlessEnds(
  subscriptions: readonly Pick<SubscriptionFacts, "requiresSession">[],
  answers: readonly Pick<SubscriptionAnswer, "receives">[],
): number[] {
  return subscriptions.flatMap(({ requiresSession }, place) =>
    requiresSession === true && answers[place]?.receives !== false ? [place] : [],
  );
}

/** Whether a copy without SessionId is lost: it dies wherever it arrives, or in the subscription that its original died in. */
export function isLostSessionless(
  subscriptions: readonly Pick<SubscriptionFacts, "name" | "requiresSession">[],
  answers: readonly Pick<SubscriptionAnswer, "receives">[],
  own: string | null,
): boolean {
  const ends = sessionlessEnds(subscriptions, answers);
  if (ends.length === answers.filter(({ receives }) => receives !== false).length) return true;
  return own !== null && ends.some((place) => sameName(subscriptions[place]?.name ?? "", own));
}

/** Entities and subscriptions are named without regard to case. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function constantFilter(filter: string): "all" | "none" | "some" {
  const text = filter.replaceAll(/\s+/g, "").toLowerCase();
  if (text === "1=1" || text === "true") return "all";
  if (text === "1=0" || text === "false") return "none";
  return "some";
}
