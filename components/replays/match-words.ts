import { numberText } from "@/components/ui/number-text";
import type { Preflight } from "@/lib/contracts/replays";

type Rule = NonNullable<NonNullable<Preflight["subscriptions"]>[number]["rules"]>[number];

/** How many copies the rule matches, as far as that is known; none is said only where it is known of all. */
export function matchWords({ matches, unsure = 0 }: Pick<Rule, "matches" | "unsure">): string {
  const words = [
    matches !== null && (matches === 0 ? "matches none" : `matches ${numberText(matches)}`),
    unsure > 0 && `not known of ${numberText(unsure)}`,
  ];
  return words.filter((word) => word !== false).join(", ");
}
