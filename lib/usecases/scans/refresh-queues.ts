import { type Broker, BrokerError, type DiscoveredQueue, type TopicSubscription } from "@/lib/brokers/broker";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import type { ListedQueue, ListingChange } from "@/lib/store/ports/scans";

const SCANNER: Actor = { kind: "system", id: null, name: "scanner" };

export type RefreshOutcome =
  | { readonly kind: "listed"; readonly changes: readonly ListingChange[] }
  | { readonly kind: "failed"; readonly error: BrokerError };

/**
 * Lists a namespace's DLQs with their settings and rules and takes the listing over. What is found, comes back or vanishes
 * is audited; the dead letters of what vanished stay in the index. A failed listing is recorded with the namespace and changes nothing else.
 */
export async function refreshQueues(context: {
  readonly store: Store;
  readonly broker: Broker;
}): Promise<RefreshOutcome> {
  const { store, broker } = context;
  let queues: ListedQueue[];
  try {
    queues = await listQueues(broker);
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    await store.scans.recordListingFailure(broker.namespace, error.message);
    return { kind: "failed", error };
  }
  const changes = await store.transaction(async (tx) => {
    const changed = await tx.scans.recordListing(broker.namespace, queues);
    await tx.audit.append(
      changed.map(({ queueId, entityPath, change }) => ({
        actor: SCANNER,
        action: change === "vanished" ? "queue.vanished" : "queue.found",
        subject: { kind: "queue", id: String(queueId) },
        queueId,
        detail: { namespace: broker.namespace, entityPath, again: change === "returned" },
      })),
    );
    return changed;
  });
  return { kind: "listed", changes };
}

async function listQueues(broker: Broker): Promise<ListedQueue[]> {
  const discovered = await broker.listQueues();
  const topics = new Set(
    discovered.filter((queue) => queue.entityKind === "subscription").map((queue) => queue.originPath),
  );
  const rules = new Map<string, TopicSubscription["rules"]>();
  if (broker.capabilities.subscriptionRules) {
    for (const topic of topics) {
      for (const subscription of (await readSubscriptions(broker, topic)) ?? []) {
        rules.set(`${topic}/${subscription.name}`.toLowerCase(), subscription.rules);
      }
    }
  }
  return discovered.map((queue) => ({ ...toListed(queue), rules: rulesOf(queue, rules) }));
}

/** Rules are an extra: a topic whose subscriptions cannot be read now must not hide its DLQs. */
async function readSubscriptions(broker: Broker, topic: string): Promise<TopicSubscription[] | null> {
  try {
    return await broker.listSubscriptions(topic);
  } catch (error) {
    if (error instanceof BrokerError) return null;
    throw error;
  }
}

function toListed(queue: DiscoveredQueue): Omit<ListedQueue, "rules"> {
  return {
    entityPath: queue.entityPath,
    entityKind: queue.entityKind,
    subQueue: queue.subQueue,
    originPath: queue.originPath,
    settings: queue.settings,
  };
}

function rulesOf(queue: DiscoveredQueue, rules: ReadonlyMap<string, TopicSubscription["rules"]>): ListedQueue["rules"] {
  if (queue.entityKind !== "subscription") return null;
  const name = queue.entityPath.slice(queue.entityPath.lastIndexOf("/") + 1);
  return rules.get(`${queue.originPath}/${name}`.toLowerCase()) ?? null;
}
