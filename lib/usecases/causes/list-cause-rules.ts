import type { CauseRules } from "@/lib/contracts/causes";
import type { Store } from "@/lib/store/ports";
import { describeRule } from "./describe-work";

/** Rules that are asked of a queue's messages, in the order they are asked. */
export async function listCauseRules(
  context: { readonly store: Store },
  input: { readonly queue: number },
): Promise<CauseRules> {
  const [rules, regroupings] = await Promise.all([
    context.store.causes.rules(),
    context.store.causes.regroupings(input.queue),
  ]);
  return {
    rules: rules.filter((rule) => rule.queueId === null || rule.queueId === input.queue).map(describeRule),
    regrouping: regroupings.map(({ why }) => why),
  };
}
