import type { MessageCodec } from "@/lib/brokers/broker";
import type { PlanDiscard, Preflight } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import { replayCredits } from "@/lib/domain/credits";
import type { PlanTerms } from "@/lib/domain/plan-terms";
import { spellTerms } from "@/lib/domain/plan-terms";
import { REFUSAL_TEXTS } from "@/lib/domain/refusals";
import { approvalWanted } from "@/lib/domain/replay-policies";
import { expectedSeconds } from "@/lib/domain/sending-time";
import type { Store } from "@/lib/store/ports";
import type { PlanSummary } from "@/lib/store/ports/plans";
import type { PlanRules } from "@/lib/store/ports/replays";
import { checkProtected } from "./check-protected";
import { ceilingOf } from "./plan-limits";
import { type PersonActor, PLANNING, reachOf, scanCredits } from "./plan-replay";
import { checkRate, type ReplayConfig, rateLimit } from "./rate-ceiling";

interface Context {
  readonly store: Store;
  readonly actor: PersonActor;
  readonly config: ReplayConfig;
  readonly codecFor: (broker: string) => MessageCodec;
}

/** Nothing is sent, so nothing of what a target may do with a copy is asked. */
const RULES: PlanRules = {
  windowSeconds: 0,
  messageIdPolicy: "new",
  maxBytes: Number.MAX_SAFE_INTEGER,
  session: "no",
  ordered: false,
  reachesNobody: false,
  stampBytes: 0,
  refusalTexts: REFUSAL_TEXTS,
};

/**
 * Resolves a selection into a frozen set (R9) that is to be archived and then removed from its DLQ, under the same claims (R4), policy and
 * approval as a replay. Nothing happens before somebody starts it. Throws what planReplay throws for a set that is not there.
 */
export async function planDiscard(
  { store, actor, config, codecFor }: Context,
  input: PlanDiscard,
): Promise<{ id: string; planHash: string; preflight: Preflight }> {
  const { selection, rate } = input;
  const queueId = selection.kind === "filter" ? selection.filter.queue : selection.queue;
  return store.transaction(async (tx) => {
    await tx.replays.lockPlanning(queueId);
    const facts = await tx.replays.planFacts(queueId, null);
    if (facts === null) throw new AppError("not-found", "There is no such dead-letter queue.");
    const { queue } = facts;
    const policies = { own: await tx.policies.readLocked(queueId), into: [] };
    await checkProtected(tx, policies, actor);
    refuseImpossible(queue);
    checkRate(config, queue.namespace, policies.own, rate);
    if ((await tx.replays.selectionFacts(selection, 0)).total === 0) {
      throw new AppError(
        "unprocessable",
        "Nothing to discard: none of the chosen messages is in this dead-letter queue any more.",
      );
    }
    const decided = {
      kind: "discard",
      messageIdPolicy: "new",
      doubtPolicy: policies.own.doubtPolicy,
      ramp: null,
      startsAt: null,
      expiryPolicy: "none",
      deliverAt: null,
      routeTo: null,
      stamps: false,
    } as const;
    const burst = 1;
    const { id, refusals } = await tx.replays.insertPlan(
      {
        namespaceId: queue.namespaceId,
        queueId,
        targetPath: queue.entityPath,
        selection,
        rate,
        burst,
        ...decided,
        createdBy: actor.id,
      },
      RULES,
    );
    const refused = new Map(refusals.map(({ code, count }) => [code, count]));
    const picking = reachOf(facts, config, codecFor(queue.broker));
    if (picking !== null) {
      const beyond = await tx.plans.refuseBeyond(id, picking.messages);
      if (beyond > 0) refused.set("out-of-reach", beyond);
    }
    const summary = await tx.plans.summary(id);
    const passing = picking !== null && summary.passedBy > 0;
    const preflight: Preflight = {
      ...withoutTarget(summary),
      target: queue.entityPath,
      refusals: [...refused].map(([code, count]) => ({ code, reason: REFUSAL_TEXTS[code], count })),
      warnings: warningsOf(summary),
      credits:
        scanCredits(facts, config) === null
          ? null
          : replayCredits({ copies: 0, locked: summary.onTheWay, filters: 0, rate }),
      reach: passing ? { ...picking, passedBy: summary.passedBy } : null,
      expectedSeconds: expectedSeconds({
        count: summary.planned,
        rate,
        burst,
        ramp: null,
        longestSession: null,
        passingSeconds: passing ? summary.passedBy / picking.rate : 0,
      }),
    };
    const needed = approvalWanted(policies, preflight);
    const most = rateLimit(config, queue.namespace, policies.own);
    const rateCeiling = ceilingOf({ rate, rateCeiling: null }, needed, most);
    const terms: PlanTerms = {
      namespace: queue.namespace,
      queueId,
      targetPath: queue.entityPath,
      rate,
      burst,
      rateCeiling,
      ...decided,
    };
    const planHash = await tx.replays.planHash(id, spellTerms(terms));
    await tx.replays.savePlan(id, { planHash, preflight, rateCeiling, approvalNeeded: needed, canary: null });
    await tx.audit.append([
      {
        actor,
        action: "replay.planned",
        subject: { kind: "replay", id },
        queueId,
        replayId: id,
        detail: {
          kind: "discard",
          planHash,
          willSend: preflight.willSend,
          refused: preflight.refusals.map(({ code, count }) => ({ code, count })),
          rate,
          rateCeiling,
          ...(needed.length === 0 ? {} : { approvalNeeded: needed }),
        },
      },
    ]);
    return { id, planHash, preflight };
  }, PLANNING);
}

function refuseImpossible(queue: { vanished: boolean; subQueue: string; entityPath: string; namespace: string }): void {
  if (queue.vanished) {
    throw new AppError(
      "unprocessable",
      `${queue.entityPath} is no longer listed by ${queue.namespace}: there is nothing to discard.`,
    );
  }
  if (queue.subQueue === "forwarded") {
    throw new AppError(
      "unprocessable",
      `The dead letters of ${queue.entityPath} are forwarded into an ordinary queue, where picking messages would raise the delivery count of the others. To discard from there is refused.`,
    );
  }
}

function warningsOf(summary: PlanSummary): Preflight["warnings"] {
  const archived = {
    code: "archived",
    text: "An archive copy of each message, byte for byte, is kept before it is removed. It can be restored from the discard's page.",
  };
  const edited = {
    code: "edited",
    text: `${summary.edited} of them have a correction. The originals are archived; a restore sends the corrections.`,
  };
  return [...(summary.edited > 0 ? [edited] : []), archived];
}

/** What a plan without a target says of one. */
function withoutTarget(
  summary: PlanSummary,
): Omit<Preflight, "target" | "refusals" | "warnings" | "credits" | "reach" | "expectedSeconds"> {
  return {
    willSend: summary.planned,
    targetKind: "queue",
    messageIdPolicy: "new",
    messageIdWhy: "nothing is sent",
    subscriptions: null,
    route: null,
    expiry: { policy: "none", carrying: 0 },
    deliverAt: null,
    stamps: false,
    seesReturns: false,
    sessions: 0,
    longestSession: null,
    largestBytes: null,
    maxBytes: null,
    businessKeys: [],
    edited: summary.edited,
    oldestEnqueuedAt: summary.oldestEnqueuedAt?.toISOString() ?? null,
    newestEnqueuedAt: summary.newestEnqueuedAt?.toISOString() ?? null,
    totalBytes: summary.totalBytes,
    causes: [...summary.causes],
  };
}
