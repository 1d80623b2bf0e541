/** What a replay costs of a namespace that counts credits (Service Bus Standard). */

export interface ReplayCredits {
  /** Over the whole replay: every message locked through, every copy, every filter that is asked of a copy. */
  readonly total: number;
  /** While it sends at its full rate. */
  readonly perSecond: number;
}

/** A message received costs one credit, a copy sent one, and one more for each filter of a topic that is evaluated. */
export function replayCredits(plan: {
  readonly copies: number;
  /** Messages that are locked on the way to the last one, the wanted ones among them. */
  readonly locked: number;
  readonly filters: number;
  readonly rate: number;
}): ReplayCredits {
  const each = 1 + plan.filters;
  return {
    total: plan.locked + plan.copies * each,
    perSecond: Math.ceil(plan.rate * (each + (plan.copies === 0 ? 0 : plan.locked / plan.copies))),
  };
}
