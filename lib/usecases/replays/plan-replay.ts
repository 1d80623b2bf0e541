import type { PlanReplay, Preflight } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import { chooseMessageIdPolicy, worstWindowSeconds } from "@/lib/domain/message-id-policy";
import { type PlanTerms, spellTerms } from "@/lib/domain/plan-terms";
import { approvalNeeded, type QueuePolicy } from "@/lib/domain/queue-policy";
import { canaryWait, expectedSeconds, type Ramp } from "@/lib/domain/ramp";
import { REFUSAL_TEXTS, SMALLEST_LIMIT_BYTES, STAMP_BYTES } from "@/lib/domain/refusals";
import { type SubscriptionReach, subscriptionReach } from "@/lib/domain/subscriptions";
import type { Store, StoreScope } from "@/lib/store/ports";
import type { PlanFacts, PlanRules, SelectionFacts } from "@/lib/store/ports/replays";
import { checkProtected } from "./check-protected";
import { planWarnings } from "./plan-warnings";
import { checkRate, type ReplayConfig, rateLimit } from "./rate-ceiling";

/** Who plans: a replay has a person as its author. */
export type PersonActor = Extract<Actor, { kind: "person" }>;

interface Context {
  readonly store: Store;
  readonly actor: PersonActor;
  readonly config: ReplayConfig;
}

/**
 * Resolves a selection into a frozen set (R9), claims its messages (R4) and says what would be lost or refused before
 * anything is sent (R10). The plan, its claims and its audit event commit together (R7); nothing reaches the broker.
 */
export async function planReplay(
  { store, actor, config }: Context,
  input: PlanReplay,
): Promise<{ id: string; planHash: string; preflight: Preflight }> {
  const queueId = input.selection.kind === "filter" ? input.selection.filter.queue : input.selection.queue;
  return store.transaction(async (tx) => {
    await tx.replays.lockPlanning(queueId);
    const facts = await tx.replays.planFacts(queueId, input.targetPath);
    if (facts === null) throw new AppError("not-found", "There is no such dead-letter queue.");
    const policy = await tx.policies.readLocked(queueId);
    await checkProtected(tx, policy, actor);
    refuseImpossible(facts, input, policy, config);
    const startsAt = await startTime(store, input);
    const ramp = await rampOf(tx, facts, input);
    const doubtPolicy = input.doubtPolicy ?? policy.doubtPolicy;
    const windowSeconds = worstWindowSeconds(facts.target.duplicateDetection);
    const selection = await tx.replays.selectionFacts(input.selection, windowSeconds);
    if (selection.total === 0) {
      throw new AppError(
        "unprocessable",
        "Nothing to replay: none of the chosen messages is in this dead-letter queue any more.",
      );
    }
    const choice = chooseMessageIdPolicy(input.messageIdPolicy, {
      detection: facts.target.duplicateDetection,
      ...selection,
      deduplicatesBy: null,
      stamps: true,
    });
    if (choice === null) throw new AppError("unprocessable", "Without stamps every copy needs a new id.");
    const reach = facts.target.subscriptions?.map(subscriptionReach) ?? null;
    const planned = await tx.replays.insertPlan(
      {
        namespaceId: facts.queue.namespaceId,
        queueId,
        targetPath: facts.target.path,
        selection: input.selection,
        rate: input.rate,
        burst: input.burst,
        messageIdPolicy: choice.policy,
        doubtPolicy,
        ramp,
        startsAt,
        createdBy: actor.id,
      },
      judgeBy(facts, choice.policy, windowSeconds, reach),
    );
    const preflight: Preflight = {
      target: facts.target.path,
      willSend: planned.planned,
      refusals: planned.refusals.map(({ code, count }) => ({ code, reason: REFUSAL_TEXTS[code], count })),
      warnings: planWarnings({
        facts,
        reach,
        planned,
        doubtPolicy,
        policy: choice.policy,
        sameId: selection.sameId,
        missing: missing(input, selection),
      }),
      messageIdPolicy: choice.policy,
      messageIdWhy: choice.why,
      subscriptions: reach,
      edited: planned.edited,
      oldestEnqueuedAt: planned.oldestEnqueuedAt?.toISOString() ?? null,
      newestEnqueuedAt: planned.newestEnqueuedAt?.toISOString() ?? null,
      totalBytes: planned.totalBytes,
      expectedSeconds: expectedSeconds(planned.planned, { ...input, ramp }),
      causes: [...planned.causes],
    };
    const needed = approvalNeeded(policy, preflight);
    const rateCeiling = ceilingOf(input, needed, rateLimit(config, facts.queue.namespace, policy));
    const terms: PlanTerms = {
      namespace: facts.queue.namespace,
      queueId,
      targetPath: facts.target.path,
      messageIdPolicy: choice.policy,
      doubtPolicy,
      rate: input.rate,
      burst: input.burst,
      rateCeiling,
      ramp,
      startsAt,
    };
    const planHash = await tx.replays.planHash(planned.id, spellTerms(terms));
    await tx.replays.savePlan(planned.id, {
      planHash,
      preflight,
      rateCeiling,
      approvalNeeded: needed,
      canary: ramp?.canary?.count ?? null,
    });
    await tx.audit.append([
      {
        actor,
        action: "replay.planned",
        subject: { kind: "replay", id: planned.id },
        queueId,
        replayId: planned.id,
        detail: {
          planHash,
          target: facts.target.path,
          willSend: planned.planned,
          refused: planned.refusals,
          edited: planned.edited,
          rate: input.rate,
          rateCeiling,
          burst: input.burst,
          messageIdPolicy: choice.policy,
          doubtPolicy,
          ...(ramp === null ? {} : { ramp }),
          ...(startsAt === null ? {} : { startsAt: startsAt.toISOString() }),
          ...(needed.length === 0 ? {} : { approvalNeeded: needed }),
        },
      },
    ]);
    return { id: planned.id, planHash, preflight };
  });
}

/** What no set could be replayed for: said at once, before anything is claimed. */
function refuseImpossible(facts: PlanFacts, input: PlanReplay, policy: QueuePolicy, config: ReplayConfig): void {
  const { queue, target } = facts;
  if (queue.vanished) {
    throw new AppError(
      "unprocessable",
      `${queue.entityPath} is no longer listed by ${queue.namespace}: there is nothing to replay from.`,
    );
  }
  if (queue.subQueue === "forwarded") {
    throw new AppError(
      "unprocessable",
      `The dead letters of ${queue.entityPath} are forwarded into an ordinary queue, where picking messages would raise the delivery count of the others. Replay from there is refused.`,
    );
  }
  if (!target.known) {
    throw new AppError("unprocessable", `No watched queue or topic of ${queue.namespace} is called ${target.path}.`, {
      targetPath: "not a watched queue or topic",
    });
  }
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

/** The messages of a plan are in no other replay until it starts, so it may not wait for ever. */
const MOST_DAYS_AHEAD = 7;

async function startTime(store: Store, { startsAt }: PlanReplay): Promise<Date | null> {
  if (startsAt === null) return null;
  const at = new Date(startsAt);
  const ahead = at.getTime() - (await store.now()).getTime();
  if (ahead <= 0 || ahead > MOST_DAYS_AHEAD * 86_400_000) {
    throw new AppError("unprocessable", `A replay starts within the next ${MOST_DAYS_AHEAD} days, not before now.`, {
      startsAt: `within the next ${MOST_DAYS_AHEAD} days`,
    });
  }
  return at;
}

/** The ramp with the canary's wait made long enough for its copies to come back dead (R11). */
async function rampOf(tx: StoreScope, { queue, target }: PlanFacts, { ramp }: PlanReplay): Promise<Ramp | null> {
  if (ramp === null || (ramp.canary === null && ramp.steps.length === 0)) return null;
  if (ramp.canary === null) return { canary: null, steps: ramp.steps };
  const waitSeconds = canaryWait(
    ramp.canary.waitSeconds,
    await tx.replays.secondsToDie(queue.namespaceId, target.path),
  );
  return { canary: { count: ramp.canary.count, waitSeconds }, steps: ramp.steps };
}

/** What somebody approves is raised no further unless the plan said so. */
function ceilingOf({ rate, rateCeiling }: PlanReplay, approvalNeeded: readonly string[], most: number): number {
  if (rateCeiling !== null) return rateCeiling;
  return approvalNeeded.length > 0 ? rate : most;
}

function judgeBy(
  facts: PlanFacts,
  policy: "preserve" | "new",
  windowSeconds: number,
  reach: SubscriptionReach[] | null,
): PlanRules {
  const { queue, target } = facts;
  const toOrigin = target.path.toLowerCase() === queue.originPath.toLowerCase();
  return {
    windowSeconds,
    messageIdPolicy: policy,
    maxBytes: target.maxMessageBytes ?? SMALLEST_LIMIT_BYTES,
    session: sessionRule(target.requiresSession, toOrigin),
    ordered: ordered(facts),
    reachesNobody: reach?.every(({ receives }) => receives === "no") ?? false,
    stampBytes: STAMP_BYTES,
    refusalTexts: REFUSAL_TEXTS,
  };
}

/** Unknown counts as the worst; but what died here of something else proves that its entity took it without a session. */
function sessionRule(requiresSession: boolean | null, toOrigin: boolean): PlanRules["session"] {
  if (requiresSession === false) return toOrigin ? "died-of-it" : "no";
  if (requiresSession === true) return "required";
  return toOrigin ? "died-of-it" : "required";
}

/** A topic may have a reader with sessions whatever this subscription is; an unknown setting may be one, too. */
function ordered({ target }: PlanFacts): boolean {
  return target.subscriptions !== null || target.requiresSession !== false;
}

function missing(input: PlanReplay, selection: SelectionFacts): number {
  return input.selection.kind === "dead-letters" ? new Set(input.selection.ids).size - selection.total : 0;
}
