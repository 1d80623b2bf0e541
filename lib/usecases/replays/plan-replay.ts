import type { MessageCodec } from "@/lib/brokers/broker";
import type { PlanReplay, Preflight } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import { SHORTEST_LOCK_SECONDS } from "@/lib/domain/lock-window";
import { chooseMessageIdPolicy, type IdChoice, type IdFacts, worstWindowSeconds } from "@/lib/domain/message-id-policy";
import { NAMESPACE_CREDITS, type PickingReach, pickingReach } from "@/lib/domain/picking";
import { type PlanTerms, spellTerms } from "@/lib/domain/plan-terms";
import type { RefusalCode } from "@/lib/domain/refusals";
import { approvalWanted, slowestTarget } from "@/lib/domain/replay-policies";
import type { Store } from "@/lib/store/ports";
import type { PlanFacts, SelectionFacts } from "@/lib/store/ports/replays";
import { coverageOf } from "../search/search-coverage";
import { checkCopies } from "./check-copies";
import { checkProtected } from "./check-protected";
import { consumersOf, proposedDoubt, withoutStamps } from "./plan-consumers";
import { ceilingOf, rampOf, refuseImpossible, timeAhead } from "./plan-limits";
import { type PlanFindings, preflightOf } from "./plan-preflight";
import { cameThrough, isOrdered, maxBytesOf, rulesOf } from "./plan-rules";
import { planWarnings } from "./plan-warnings";
import { type ReplayConfig, rateLimit } from "./rate-ceiling";
import { TopicReach } from "./topic-reach";

/** A plan of a hundred thousand messages is looked at copy by copy, some ten seconds long; a busy database takes several times that. */
export const PLANNING = { mostSeconds: 180 };

/** Who plans: a replay has a person as its author. */
export type PersonActor = Extract<Actor, { kind: "person" }>;

interface Context {
  readonly store: Store;
  readonly actor: PersonActor;
  readonly config: ReplayConfig;
  readonly codecFor: (broker: string) => MessageCodec;
}

/**
 * Resolves a selection into a frozen set (R9), claims its messages (R4) and says what would be lost or refused before
 * anything is sent (R10). The plan, its claims and its audit event commit together (R7); nothing reaches the broker.
 */
export async function planReplay(
  { store, actor, config, codecFor }: Context,
  input: PlanReplay,
): Promise<{ id: string; planHash: string; preflight: Preflight }> {
  const queueId = input.selection.kind === "filter" ? input.selection.filter.queue : input.selection.queue;
  return store.transaction(async (tx) => {
    await tx.replays.lockPlanning(queueId);
    const facts = await tx.replays.planFacts(queueId, input.targetPath);
    if (facts === null) throw new AppError("not-found", "There is no such dead-letter queue.");
    const kind = input.selection.kind === "archive" ? ("restore" as const) : ("replay" as const);
    const policies = await tx.policies.readAllLocked({
      kind,
      queueId,
      namespaceId: facts.queue.namespaceId,
      targetPath: facts.target.path,
      routeTo: input.routeTo,
    });
    const policy = policies.own;
    await checkProtected(tx, policies, actor);
    refuseImpossible(facts, input, policy, config);
    const startsAt = await timeAhead(store, "startsAt", input.startsAt);
    const deliverAt = await timeAhead(store, "deliverAt", input.deliverAt);
    const ramp = await rampOf(tx, facts, input);
    const consumers = consumersOf(facts, input.routeTo, policies);
    const doubtPolicy = input.doubtPolicy ?? proposedDoubt(policy, consumers);
    const stampless = withoutStamps(policy, consumers);
    const stamps = stampless === null;
    const windowSeconds = worstWindowSeconds(facts.target.duplicateDetection);
    const selection = await tx.replays.selectionFacts(input.selection, windowSeconds);
    if (selection.total === 0) {
      throw new AppError(
        "unprocessable",
        input.selection.kind === "archive"
          ? "Nothing to restore: none of the chosen messages is in the archive any more."
          : "Nothing to replay: none of the chosen messages is in this dead-letter queue any more.",
      );
    }
    const choice = chooseId(input, facts, selection, { consumers, stampless });
    const decided = {
      kind,
      messageIdPolicy: choice.policy,
      doubtPolicy,
      ramp,
      startsAt,
      expiryPolicy: input.expiryPolicy,
      deliverAt,
      routeTo: input.routeTo,
      stamps,
    };
    const { id, refusals } = await tx.replays.insertPlan(
      {
        namespaceId: facts.queue.namespaceId,
        queueId,
        targetPath: facts.target.path,
        selection: input.selection,
        rate: input.rate,
        burst: input.burst,
        ...decided,
        createdBy: actor.id,
      },
      rulesOf(facts, choice.policy, windowSeconds),
    );
    const codec = codecFor(facts.queue.broker);
    const topic = facts.target.subscriptions === null ? null : new TopicReach(codec, facts.target.subscriptions);
    const copies = await checkCopies(tx, id, {
      codec,
      terms: decided,
      maxBytes: maxBytesOf(facts),
      reach: topic,
      cameThrough: cameThrough(facts),
      businessKeys: [...new Set(consumers.flatMap(({ businessKeys }) => businessKeys))],
      now: await store.now(),
    });
    const refused = new Map(refusals.map(({ code, count }) => [code, count]));
    for (const [code, count] of copies.refused) add(refused, code, count);
    const picking = kind === "restore" ? null : reachOf(facts, config, codec);
    if (picking !== null) add(refused, "out-of-reach", await tx.plans.refuseBeyond(id, picking.messages));
    if (isOrdered(facts)) add(refused, "session-stopped", await tx.plans.stopSessions(id));
    const found: Omit<PlanFindings, "warnings"> = {
      facts,
      input,
      ramp,
      deliverAt,
      choice,
      stamps,
      topic,
      copies,
      refused,
      summary: await tx.plans.summary(id),
      picking,
      countsCredits: scanCredits(facts, config) !== null,
      slowest: slowestTarget(policies, input.rate),
    };
    const warnings = planWarnings({
      ...found,
      policies,
      doubtPolicy,
      consumers,
      causes: await tx.causes.ofReplay(id),
      sameId: selection.sameId,
      missing: missing(input, selection),
      coverage: input.selection.kind === "filter" ? await coverageOf(tx, input.selection.filter) : null,
    });
    const preflight = preflightOf({ ...found, warnings }, codec);
    const needed = approvalWanted(policies, preflight);
    const rateCeiling = ceilingOf(input, needed, rateLimit(config, facts.queue.namespace, policy));
    const terms: PlanTerms = {
      namespace: facts.queue.namespace,
      queueId,
      targetPath: facts.target.path,
      rate: input.rate,
      burst: input.burst,
      rateCeiling,
      ...decided,
    };
    const planHash = await tx.replays.planHash(id, spellTerms(terms));
    await tx.replays.savePlan(id, {
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
        subject: { kind: "replay", id },
        queueId,
        replayId: id,
        detail: {
          kind,
          planHash,
          target: facts.target.path,
          willSend: preflight.willSend,
          refused: preflight.refusals.map(({ code, count }) => ({ code, count })),
          edited: preflight.edited,
          rate: input.rate,
          rateCeiling,
          burst: input.burst,
          messageIdPolicy: choice.policy,
          doubtPolicy,
          expiryPolicy: input.expiryPolicy,
          ...(ramp === null ? {} : { ramp }),
          ...(startsAt === null ? {} : { startsAt: startsAt.toISOString() }),
          ...(deliverAt === null ? {} : { deliverAt: deliverAt.toISOString() }),
          ...(input.routeTo === null ? {} : { routeTo: input.routeTo }),
          ...(stamps ? {} : { stamps }),
          ...(needed.length === 0 ? {} : { approvalNeeded: needed }),
        },
      },
    ]);
    return { id, planHash, preflight };
  }, PLANNING);
}

function chooseId(
  input: PlanReplay,
  facts: PlanFacts,
  selection: SelectionFacts,
  who: Pick<IdFacts, "consumers" | "stampless">,
): IdChoice {
  const detection = facts.target.duplicateDetection;
  const choice = chooseMessageIdPolicy(input.messageIdPolicy, { detection, ...selection, ...who });
  if (choice !== null) return choice;
  throw new AppError(
    "unprocessable",
    `${who.stampless} carry no stamps, so that only a new MessageId tells them from their originals: ids cannot be kept.`,
    { messageIdPolicy: "new ids are required here" },
  );
}

/** Credits a second that scans may use of the namespace; null: it counts none. */
export function scanCredits({ queue }: PlanFacts, config: ReplayConfig): number | null {
  return config.namespaces.find(({ name }) => name === queue.namespace)?.scanCreditsPerSecond ?? null;
}

export function reachOf(
  facts: PlanFacts,
  config: ReplayConfig,
  codec: Pick<MessageCodec, "capabilities">,
): PickingReach | null {
  if (codec.capabilities.lock === "one-by-one") return null;
  const scans = scanCredits(facts, config);
  return pickingReach({
    lockSeconds: facts.queue.lockSeconds ?? SHORTEST_LOCK_SECONDS,
    measuredRate: facts.queue.lockRate,
    creditsLeft: scans === null ? null : Math.max(1, NAMESPACE_CREDITS - scans),
  });
}

function add(counts: Map<RefusalCode, number>, code: RefusalCode, count: number): void {
  counts.set(code, (counts.get(code) ?? 0) + count);
}

function missing(input: PlanReplay, selection: SelectionFacts): number {
  return input.selection.kind === "dead-letters" ? new Set(input.selection.ids).size - selection.total : 0;
}
