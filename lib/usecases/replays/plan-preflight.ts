import type { MessageCodec } from "@/lib/brokers/broker";
import type { PlanReplay, Preflight } from "@/lib/contracts/replays";
import { replayCredits } from "@/lib/domain/credits";
import type { IdChoice } from "@/lib/domain/message-id-policy";
import type { PickingReach } from "@/lib/domain/picking";
import type { Ramp } from "@/lib/domain/ramp";
import { REFUSAL_TEXTS, type RefusalCode } from "@/lib/domain/refusals";
import type { slowestTarget } from "@/lib/domain/replay-policies";
import { expectedSeconds } from "@/lib/domain/sending-time";
import { constantAnswer, type SubscriptionFacts, sameName } from "@/lib/domain/subscriptions";
import type { PlanSummary } from "@/lib/store/ports/plans";
import type { PlanFacts } from "@/lib/store/ports/replays";
import type { CopyFindings } from "./check-copies";
import { isOrdered } from "./plan-rules";
import { watchOf } from "./plan-watch";
import type { TopicReach } from "./topic-reach";

/** All that the plan has found out. */
export interface PlanFindings {
  readonly facts: PlanFacts;
  readonly input: PlanReplay;
  readonly ramp: Ramp | null;
  readonly deliverAt: Date | null;
  readonly choice: IdChoice;
  readonly stamps: boolean;
  readonly topic: TopicReach | null;
  readonly copies: CopyFindings;
  readonly refused: ReadonlyMap<RefusalCode, number>;
  readonly summary: PlanSummary;
  /** Null: the broker locks any message by its key. */
  readonly picking: PickingReach | null;
  /** The namespace counts credits. */
  readonly countsCredits: boolean;
  /** The policy of the target that bears less than the planned rate; null: none does. */
  readonly slowest: ReturnType<typeof slowestTarget>;
  readonly warnings: Preflight["warnings"];
}

/** What is shown before the start, and kept with the replay. */
export function preflightOf(found: PlanFindings, codec: Pick<MessageCodec, "routeCondition">): Preflight {
  const { facts, input, summary, picking, topic, copies } = found;
  const passing = picking !== null && summary.passedBy > 0;
  const longestSession = isOrdered(facts) && summary.sessions > 0 ? summary.longestSession : null;
  return {
    target: facts.target.path,
    targetKind: facts.target.kind,
    willSend: summary.planned,
    refusals: [...found.refused]
      .filter(([, count]) => count > 0)
      .toSorted(([code, one], [other, count]) => count - one || code.localeCompare(other))
      .map(([code, count]) => ({ code, reason: REFUSAL_TEXTS[code], count })),
    warnings: found.warnings,
    messageIdPolicy: found.choice.policy,
    messageIdWhy: found.choice.why,
    subscriptions: topic === null ? null : subscriptionsOf(topic, copies, summary.planned),
    route: routeOf(input.routeTo, topic, codec),
    expiry: { policy: input.expiryPolicy, carrying: summary.expiring },
    deliverAt: found.deliverAt?.toISOString() ?? null,
    stamps: found.stamps,
    seesReturns: watchOf(found).sees,
    sessions: summary.sessions,
    longestSession,
    largestBytes: summary.planned === 0 ? null : summary.largestBytes,
    maxBytes: facts.target.maxMessageBytes,
    credits: found.countsCredits
      ? replayCredits({
          copies: summary.planned,
          locked: summary.onTheWay,
          filters: topic?.filters ?? 0,
          rate: input.rate,
        })
      : null,
    reach: passing ? { ...picking, passedBy: summary.passedBy } : null,
    businessKeys: [...copies.businessKeys],
    edited: summary.edited,
    oldestEnqueuedAt: summary.oldestEnqueuedAt?.toISOString() ?? null,
    newestEnqueuedAt: summary.newestEnqueuedAt?.toISOString() ?? null,
    totalBytes: summary.totalBytes,
    expectedSeconds: expectedSeconds({
      count: summary.planned,
      rate: Math.min(input.rate, found.slowest?.most ?? input.rate),
      burst: input.burst,
      ramp: found.ramp,
      longestSession,
      passingSeconds: passing ? summary.passedBy / picking.rate : 0,
    }),
    causes: [...summary.causes],
  };
}

function subscriptionsOf(
  { subscriptions }: TopicReach,
  { askedEach, subscriptions: counts }: CopyFindings,
  planned: number,
): NonNullable<Preflight["subscriptions"]> {
  return subscriptions.map((facts, place) => {
    const found = counts[place];
    if (askedEach && found !== undefined) {
      const most = planned + found.wouldGet;
      return {
        name: facts.name,
        copies: Math.min(found.copies, planned),
        unknown: Math.min(found.unknown, planned),
        wouldGet: found.wouldGet,
        rules:
          facts.rules?.map((rule, at) => {
            const sure = Math.min(found.matches[at]?.sure ?? 0, most);
            const unsure = Math.min(found.matches[at]?.unsure ?? 0, most);
            return { ...rule, matches: sure === 0 && unsure > 0 ? null : sure, unsure };
          }) ?? null,
      };
    }
    const { receives, matching, unsure } = constantAnswer(facts);
    return {
      name: facts.name,
      copies: receives === true ? planned : 0,
      unknown: receives === null ? planned : 0,
      wouldGet: 0,
      rules:
        facts.rules?.map((rule, at) =>
          unsure?.includes(at)
            ? { ...rule, matches: null, unsure: planned }
            : { ...rule, matches: matching.includes(at) ? planned : 0, unsure: 0 },
        ) ?? null,
    };
  });
}

/** The rules of the other subscriptions that do not know of the stamp, as they would have to be. */
function routeOf(
  to: string | null,
  topic: TopicReach | null,
  codec: Pick<MessageCodec, "routeCondition">,
): Preflight["route"] {
  if (to === null || topic === null) return null;
  const others = topic.subscriptions.filter(({ name }) => !sameName(name, to));
  return { to, rules: others.flatMap((subscription) => mendedRules(subscription, codec)) };
}

function mendedRules(
  { name: subscription, rules }: SubscriptionFacts,
  codec: Pick<MessageCodec, "routeCondition">,
): NonNullable<Preflight["route"]>["rules"] {
  const condition = codec.routeCondition(subscription);
  if (rules === null) return [{ subscription, name: "", filter: `(…) AND ${condition}` }];
  return rules
    .filter(({ filter }) => !filter.includes(condition))
    .map(({ name, filter }) => ({
      subscription,
      name,
      filter: filter.replaceAll(/\s+/g, "") === "1=1" ? condition : `(${filter}) AND ${condition}`,
    }));
}
