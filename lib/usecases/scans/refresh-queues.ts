import {
  type Broker,
  BrokerError,
  type DiscoveredQueue,
  type TargetEntity,
  type TopicSubscription,
} from "@/lib/brokers/broker";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import type { ListedQueue, ListingChange } from "@/lib/store/ports/scans";

const SCANNER: Actor = { kind: "system", id: null, name: "scanner" };

export type RefreshOutcome =
  | { readonly kind: "listed"; readonly changes: readonly ListingChange[] }
  | { readonly kind: "failed"; readonly error: BrokerError };

/**
 * Lists a namespace's DLQs with their settings and rules, and what can be sent to, and takes the listing over. What is found, comes back or vanishes
 * is audited; the dead letters of what vanished stay in the index. A failed listing is recorded with the namespace and changes nothing else.
 */
export async function refreshQueues(context: {
  readonly store: Store;
  readonly broker: Broker;
}): Promise<RefreshOutcome> {
  const { store, broker } = context;
  let listing: Listing;
  try {
    listing = await list(broker);
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    await store.scans.recordListingFailure(broker.namespace, error.message);
    return { kind: "failed", error };
  }
  const changes = await store.transaction(async (tx) => {
    const changed = await tx.scans.recordListing(broker.namespace, listing.queues);
    if (listing.targets !== null) await tx.targets.record(broker.namespace, listing.targets);
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

interface Listing {
  readonly queues: ListedQueue[];
  /** Null: could not be read now. */
  readonly targets: TargetEntity[] | null;
}

async function list(broker: Broker): Promise<Listing> {
  const discovered = await broker.listQueues();
  const targets = await readTargets(broker);
  const rules = new Map<string, TopicSubscription["rules"]>();
  for (const target of targets ?? []) {
    for (const subscription of target.subscriptions ?? []) {
      rules.set(`${target.path}/${subscription.name}`.toLowerCase(), subscription.rules);
    }
  }
  return { queues: discovered.map((queue) => ({ ...toListed(queue), rules: rulesOf(queue, rules) })), targets };
}

/** Targets and rules are an extra: that they cannot be read now must not hide the DLQs. */
async function readTargets(broker: Broker): Promise<TargetEntity[] | null> {
  try {
    return await broker.listTargets();
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
