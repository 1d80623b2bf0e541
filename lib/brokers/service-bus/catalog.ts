import type { QueueProperties, SubscriptionProperties, TopicProperties } from "@azure/service-bus";
import { BrokerError, type DiscoveredQueue, type EntitySettings } from "../broker";
import { type Administration, ifAllowed } from "./administration";
import { type EntityPath, forwardedPath, isWatched, parseEntityPath, subscriptionPath } from "./entity-path";
import { originSettings, queueSettings, subscriptionSettings } from "./entity-settings";
import type { ServiceBusConfig } from "./service-bus-config";

/** An entity with a dead-letter queue, as far as it could be read. */
interface Entity {
  readonly entity: EntityPath;
  readonly settings: EntitySettings | null;
  /** Where its live messages are forwarded to: only then it has a transfer dead-letter queue of interest. */
  readonly forwardTo: string | null;
}

/** Every watched dead-letter queue of a namespace: of what the service lists, or of the entities that the configuration names. */
export async function discoverQueues(
  administration: Administration,
  config: ServiceBusConfig,
): Promise<DiscoveredQueue[]> {
  const entities =
    config.entities.length > 0
      ? await readNamed(administration, config.entities)
      : await listAll(administration, config);
  const watched = entities.filter(({ entity }) => isWatched(entity.path, config.include, config.exclude));
  return [...watched.flatMap(ownQueues), ...forwardTargets(watched, entities, config)];
}

/** Settings of the entity that copies are sent to; null when they may not be read. */
export async function readTarget(
  administration: Administration,
  path: string,
): Promise<ReturnType<typeof originSettings> | null> {
  const found = await ifAllowed(administration.queueOrTopic(path));
  if (found === null) return null;
  return originSettings(found.kind === "queue" ? found.queue : found.topic);
}

/** The lock duration of an entity and its dead-letter queue, in seconds; null when it may not be read. */
export async function readLockSeconds(administration: Administration, path: string): Promise<number | null> {
  const read = await ifAllowed(readNamedEntity(administration, parseEntityPath(path)));
  return read?.[0]?.settings?.lockSeconds ?? null;
}

function ownQueues({ entity, settings, forwardTo }: Entity): DiscoveredQueue[] {
  const queue = {
    entityPath: entity.path,
    entityKind: entity.kind,
    originPath: originPath(entity),
    settings,
  };
  const deadLetters: DiscoveredQueue = { ...queue, subQueue: "dead-letter" };
  if (forwardTo === null && (settings?.forwardDeadLettersTo ?? null) === null) return [deadLetters];
  return [deadLetters, { ...queue, subQueue: "transfer-dead-letter" }];
}

/**
 * The ordinary queues that watched entities forward their dead letters to. The origin is the one entity that forwards
 * there; for several it is the queue itself, and each message's `deadLetterSource` says where it died.
 */
function forwardTargets(
  watched: readonly Entity[],
  entities: readonly Entity[],
  config: ServiceBusConfig,
): DiscoveredQueue[] {
  const sources = new Map<string, Entity[]>();
  for (const entity of watched) {
    const target = entity.settings?.forwardDeadLettersTo ?? null;
    if (target === null) continue;
    sources.set(target.toLowerCase(), [...(sources.get(target.toLowerCase()) ?? []), entity]);
  }
  return entities.flatMap(({ entity, settings }) => {
    const from = sources.get(entity.path.toLowerCase());
    if (from === undefined || isWatched(entity.path, config.exclude, [])) return [];
    const [only, ...others] = from;
    const origin = only !== undefined && others.length === 0 ? originPath(only.entity) : entity.path;
    return [{ entityPath: entity.path, subQueue: "forwarded", entityKind: entity.kind, originPath: origin, settings }];
  });
}

function originPath(entity: EntityPath): string {
  return entity.kind === "queue" ? entity.queue : entity.topic;
}

async function listAll(administration: Administration, config: ServiceBusConfig): Promise<Entity[]> {
  try {
    const [queues, topics] = await Promise.all([administration.queues(), administration.topics()]);
    const entities = queues.map(queueEntity);
    for (const topic of topics) entities.push(...(await topicEntities(administration, topic)));
    return entities;
  } catch (error) {
    if (!(error instanceof BrokerError) || error.code !== "unauthorized") throw error;
    throw new BrokerError(
      "unauthorized",
      `The entities of namespace "${config.name}" may not be listed with these credentials: it takes the Manage right. Grant it, or name the entities to watch under "entities" in the configuration.`,
      { cause: error },
    );
  }
}

/** Named entities that do not exist are left out; settings that may not be read are null. */
async function readNamed(administration: Administration, paths: readonly string[]): Promise<Entity[]> {
  const entities: Entity[] = [];
  for (const path of paths) {
    const entity = parseEntityPath(path);
    try {
      const read = await ifAllowed(readNamedEntity(administration, entity));
      entities.push(...(read ?? [{ entity, settings: null, forwardTo: null }]));
    } catch (error) {
      if (!(error instanceof BrokerError) || error.code !== "entity-not-found") throw error;
    }
  }
  return entities;
}

/** One entity, or for the name of a topic all of its subscriptions. */
async function readNamedEntity(administration: Administration, entity: EntityPath): Promise<Entity[]> {
  if (entity.kind === "queue") {
    const found = await administration.queueOrTopic(entity.queue);
    return found.kind === "queue" ? [queueEntity(found.queue)] : topicEntities(administration, found.topic);
  }
  const [subscription, topic] = await Promise.all([
    administration.subscription(entity.topic, entity.subscription),
    administration.topic(entity.topic),
  ]);
  return [subscriptionEntity(subscription, topic)];
}

async function topicEntities(administration: Administration, topic: TopicProperties): Promise<Entity[]> {
  const subscriptions = await administration.subscriptions(topic.name);
  return subscriptions.map((subscription) => subscriptionEntity(subscription, topic));
}

function queueEntity(queue: QueueProperties): Entity {
  return {
    entity: { kind: "queue", path: queue.name, queue: queue.name },
    settings: queueSettings(queue),
    forwardTo: forwardedPath(queue.forwardTo),
  };
}

function subscriptionEntity(subscription: SubscriptionProperties, topic: TopicProperties): Entity {
  const { topicName, subscriptionName } = subscription;
  const path = subscriptionPath(topicName, subscriptionName);
  return {
    entity: { kind: "subscription", path, topic: topicName, subscription: subscriptionName },
    settings: subscriptionSettings(subscription, topic),
    forwardTo: forwardedPath(subscription.forwardTo),
  };
}
