import type { PlanReplay, Preflight } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import { chooseMessageIdPolicy, worstWindowSeconds } from "@/lib/domain/message-id-policy";
import { spellTerms } from "@/lib/domain/plan-terms";
import { REFUSAL_TEXTS, SMALLEST_LIMIT_BYTES, STAMP_BYTES } from "@/lib/domain/refusals";
import { type SubscriptionReach, subscriptionReach } from "@/lib/domain/subscriptions";
import type { Store } from "@/lib/store/ports";
import type { PlanFacts, PlanRules, SelectionFacts } from "@/lib/store/ports/replays";
import { planWarnings } from "./plan-warnings";
import { checkRate, type ReplayConfig } from "./rate-ceiling";

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
    refuseImpossible(facts, input, config);
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
        doubtPolicy: input.doubtPolicy,
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
        input,
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
      expectedSeconds: Math.max(0, planned.planned - input.burst) / input.rate,
      causes: [...planned.causes],
    };
    const planHash = await tx.replays.planHash(
      planned.id,
      spellTerms({
        namespace: facts.queue.namespace,
        queueId,
        targetPath: facts.target.path,
        messageIdPolicy: choice.policy,
        doubtPolicy: input.doubtPolicy,
        rate: input.rate,
        burst: input.burst,
      }),
    );
    await tx.replays.savePlan(planned.id, planHash, preflight);
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
          burst: input.burst,
          messageIdPolicy: choice.policy,
          doubtPolicy: input.doubtPolicy,
        },
      },
    ]);
    return { id: planned.id, planHash, preflight };
  });
}

/** What no set could be replayed for: said at once, before anything is claimed. */
function refuseImpossible(facts: PlanFacts, input: PlanReplay, config: ReplayConfig): void {
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
  checkRate(config, queue.namespace, input.rate);
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
