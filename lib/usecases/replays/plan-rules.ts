import { REFUSAL_TEXTS, SMALLEST_LIMIT_BYTES, STAMP_BYTES } from "@/lib/domain/refusals";
import { constantReach, sameName } from "@/lib/domain/subscriptions";
import type { PlanFacts, PlanRules } from "@/lib/store/ports/replays";

/** True if the copies go back to where the messages died. */
export function isToOrigin({ queue, target }: PlanFacts): boolean {
  return sameName(target.path, queue.originPath);
}

/** The subscription of the target that the messages died in; null: they did not come from there. */
export function cameThrough(facts: PlanFacts): string | null {
  if (!isToOrigin(facts) || facts.target.kind !== "topic") return null;
  return facts.queue.entityPath.slice(facts.queue.entityPath.lastIndexOf("/") + 1);
}

/** How the messages are judged by what the index knows of them. */
export function rulesOf(facts: PlanFacts, policy: "preserve" | "new", windowSeconds: number): PlanRules {
  const { target } = facts;
  return {
    windowSeconds,
    messageIdPolicy: policy,
    maxBytes: maxBytesOf(facts),
    session: sessionRule(facts),
    ordered: isOrdered(facts),
    reachesNobody: target.subscriptions?.every((subscription) => constantReach(subscription) === false) ?? false,
    stampBytes: STAMP_BYTES,
    refusalTexts: REFUSAL_TEXTS,
  };
}

export function maxBytesOf({ target }: PlanFacts): number {
  return target.maxMessageBytes ?? SMALLEST_LIMIT_BYTES;
}

/** A topic may have a reader with sessions whatever this subscription is; an unknown setting may be one, too. */
export function isOrdered({ target }: PlanFacts): boolean {
  return target.kind === "topic" || target.requiresSession !== false;
}

/**
 * Unknown counts as the worst; but what died here of something else proves that its entity took it without a session. Of
 * another topic the receiving subscriptions are asked, copy by copy.
 */
function sessionRule(facts: PlanFacts): PlanRules["session"] {
  const { requiresSession, kind } = facts.target;
  if (isToOrigin(facts)) return requiresSession === true ? "required" : "died-of-it";
  if (kind === "topic") return "no";
  return requiresSession === false ? "no" : "required";
}
