import type { PlanReplay } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import type { QueuePolicy } from "@/lib/domain/queue-policy";
import { canaryWait, type Ramp } from "@/lib/domain/ramp";
import { sameName } from "@/lib/domain/subscriptions";
import type { Store, StoreScope } from "@/lib/store/ports";
import type { PlanFacts } from "@/lib/store/ports/replays";
import { checkRate, type ReplayConfig } from "./rate-ceiling";

/** What no set could be replayed for: said at once, before anything is claimed. */
export function refuseImpossible(facts: PlanFacts, input: PlanReplay, policy: QueuePolicy, config: ReplayConfig): void {
  const { queue, target } = facts;
  // A restore takes nothing from the dead-letter queue: only its target must be there.
  const restores = input.selection.kind === "archive";
  if (queue.vanished && !restores) {
    throw new AppError(
      "unprocessable",
      `${queue.entityPath} is no longer listed by ${queue.namespace}: there is nothing to replay from.`,
    );
  }
  if (queue.subQueue === "forwarded" && !restores) {
    throw new AppError(
      "unprocessable",
      `The dead letters of ${queue.entityPath} are forwarded into an ordinary queue, where picking messages would raise the delivery count of the others. Replay from there is refused.`,
    );
  }
  if (!target.known) {
    throw new AppError("unprocessable", `No queue or topic of ${queue.namespace} is called ${target.path}.`, {
      targetPath: "not a queue or topic of the namespace",
    });
  }
  if (target.disabled) {
    throw new AppError("unprocessable", `${target.path} is disabled: it takes no messages until somebody enables it.`, {
      targetPath: "disabled",
    });
  }
  checkRoute(facts, input);
  checkRate(config, queue.namespace, policy, input.rate);
  if (input.rateCeiling !== null) {
    checkRate(config, queue.namespace, policy, input.rateCeiling);
    if (input.rateCeiling < input.rate) {
      throw new AppError("unprocessable", "The rate is above what it may be changed to.", {
        rateCeiling: `at least ${input.rate}`,
      });
    }
  }
}

function checkRoute({ target }: PlanFacts, { routeTo }: PlanReplay): void {
  if (routeTo === null) return;
  if (target.subscriptions === null) {
    throw new AppError("unprocessable", `${target.path} is a queue: its messages have one way to go.`, {
      routeTo: "only for a topic",
    });
  }
  if (!target.subscriptions.some(({ name }) => sameName(name, routeTo))) {
    throw new AppError("unprocessable", `${target.path} has no subscription ${routeTo}.`, {
      routeTo: `one of: ${target.subscriptions.map(({ name }) => name).join(", ") || "none"}`,
    });
  }
}

/** The messages of a plan are in no other replay until it starts, so it may not wait for ever. */
const MOST_DAYS_AHEAD = 7;

/** A time of the plan that is still to come, or null. */
export async function timeAhead(
  store: Store,
  field: "startsAt" | "deliverAt",
  given: string | null,
): Promise<Date | null> {
  if (given === null) return null;
  const at = new Date(given);
  const ahead = at.getTime() - (await store.now()).getTime();
  if (ahead > 0 && ahead <= MOST_DAYS_AHEAD * 86_400_000) return at;
  const what = field === "startsAt" ? "A replay starts" : "Copies are delivered";
  throw new AppError("unprocessable", `${what} within the next ${MOST_DAYS_AHEAD} days, not before now.`, {
    [field]: `within the next ${MOST_DAYS_AHEAD} days`,
  });
}

/** The ramp with the canary's wait made long enough for its copies to come back dead (R11). */
export async function rampOf(tx: StoreScope, { queue, target }: PlanFacts, { ramp }: PlanReplay): Promise<Ramp | null> {
  if (ramp === null || (ramp.canary === null && ramp.steps.length === 0)) return null;
  if (ramp.canary === null) return { canary: null, steps: ramp.steps };
  // Copies that are passed on die where they end up.
  const origins = target.ends.length === 0 ? [target.path] : [...new Set(target.ends.map(({ origin }) => origin))];
  let toDie = 0;
  for (const origin of origins) toDie = Math.max(toDie, await tx.replays.secondsToDie(queue.namespaceId, origin));
  const waitSeconds = canaryWait(ramp.canary.waitSeconds, toDie);
  return { canary: { count: ramp.canary.count, waitSeconds }, steps: ramp.steps };
}

/** What somebody approves is raised no further unless the plan said so. */
export function ceilingOf(
  { rate, rateCeiling }: Pick<PlanReplay, "rate" | "rateCeiling">,
  approvalNeeded: readonly string[],
  most: number,
): number {
  if (rateCeiling !== null) return rateCeiling;
  return approvalNeeded.length > 0 ? rate : most;
}
