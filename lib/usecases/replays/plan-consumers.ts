import type { Deduplication, QueuePolicy } from "@/lib/domain/queue-policy";
import type { ReplayPolicies, TargetPolicy } from "@/lib/domain/replay-policies";
import { constantReach, sameName } from "@/lib/domain/subscriptions";
import type { PlanFacts } from "@/lib/store/ports/replays";
import { isToOrigin } from "./plan-rules";

/** A consumer that gets copies of a replay, by the entity that it reads, and what the policies say of it. */
export interface Consumer {
  readonly entityPath: string;
  /** How it knows a message that it had before; empty: nobody has said. */
  readonly deduplicatesBy: readonly Deduplication[];
  /** Where its business keys stand. */
  readonly businessKeys: readonly string[];
  readonly doubtPolicy: "hold" | "send-again";
  readonly stamps: boolean;
}

/**
 * Who gets the copies: of a queue whoever reads it, of a topic the readers of its subscriptions, or of the one that the copies are
 * routed to. Several DLQs may tell of one consumer, as the transfer dead letters of a queue beside its own do: all that was said
 * counts. Of a consumer of which nobody has said anything the defaults do.
 */
export function consumersOf(facts: PlanFacts, routeTo: string | null, policies: ReplayPolicies): Consumer[] {
  const said = policiesOfTarget(facts, routeTo, policies).filter(({ policy }) => policy.version > 0);
  const { path, subscriptions } = facts.target;
  if (subscriptions === null) return [consumerOf(path, said)];
  const readers = subscriptions
    .filter(({ name }) => routeTo === null || sameName(name, routeTo))
    .map((subscription) => {
      const entityPath = subscriptionPath(path, subscription.name);
      return { subscription, entityPath, said: said.filter((given) => sameName(given.entityPath, entityPath)) };
    });
  const others = said.filter((given) => !readers.some((reader) => reader.said.includes(given)));
  return [
    ...readers
      // One whose rules take nothing is left out, as long as nobody has said anything of it.
      .filter((reader) => reader.said.length > 0 || constantReach(reader.subscription) !== false)
      .map((reader) => consumerOf(reader.said[0]?.entityPath ?? reader.entityPath, reader.said)),
    ...others.map((given) => consumerOf(given.entityPath, [given])),
  ];
}

/** The policies of those who get the copies: the source's own is one of them where they go back to it. */
function policiesOfTarget(
  facts: PlanFacts,
  routeTo: string | null,
  { own, into }: ReplayPolicies,
): readonly TargetPolicy[] {
  const { entityPath } = facts.queue;
  const back =
    isToOrigin(facts) && (routeTo === null || sameName(entityPath, subscriptionPath(facts.target.path, routeTo)));
  return back ? [{ entityPath, policy: own }, ...into] : into;
}

function subscriptionPath(topic: string, name: string): string {
  return `${topic}/subscriptions/${name}`;
}

function consumerOf(entityPath: string, said: readonly TargetPolicy[]): Consumer {
  const policies: readonly QueuePolicy[] = said.map(({ policy }) => policy);
  return {
    entityPath,
    deduplicatesBy: distinct(policies.map((policy) => policy.deduplicatesBy)),
    businessKeys: distinct(policies.map((policy) => policy.businessKey)),
    doubtPolicy: policies.length > 0 && policies.every(bearsRepeats) ? "send-again" : "hold",
    stamps: policies.every(({ stamps }) => stamps),
  };
}

function bearsRepeats({ doubtPolicy }: Pick<QueuePolicy, "doubtPolicy">): boolean {
  return doubtPolicy === "send-again";
}

function distinct<T>(given: readonly (T | null)[]): T[] {
  return [...new Set(given)].filter((one) => one !== null);
}

/** What a plan proposes for doubt: a copy is sent again by itself only if the source and every consumer say so. */
export function proposedDoubt(
  own: Pick<QueuePolicy, "doubtPolicy">,
  consumers: readonly Consumer[],
): Consumer["doubtPolicy"] {
  return [own, ...consumers].every(bearsRepeats) ? "send-again" : "hold";
}

/** Whose word it is that copies carry no stamps, as the subject of a sentence; null: they carry them. */
export function withoutStamps(own: Pick<QueuePolicy, "stamps">, consumers: readonly Consumer[]): string | null {
  if (!own.stamps) return "Copies of this queue";
  const first = consumers.find(({ stamps }) => !stamps);
  return first === undefined ? null : `Copies for ${first.entityPath}`;
}
