import type { EntityStatus, QueueProperties, TopicProperties } from "@azure/service-bus";
import { BrokerError, type TargetEntity, type TargetSettings, type TopicSubscription } from "../broker";
import { type Administration, ifAllowed } from "./administration";
import { forwardedPath, parseEntityPath } from "./entity-path";
import { durationSeconds, originSettings } from "./entity-settings";
import type { ServiceBusConfig } from "./service-bus-config";
import { subscriptionsWithRules } from "./topic-subscriptions";

/**
 * Every queue and topic of a namespace. When the configuration names its entities: these, read one by one, with settings
 * where they may be read. `readSubscriptions` finds the subscriptions of a topic by whatever rights there are.
 */
export async function listTargets(
  administration: Administration,
  config: ServiceBusConfig,
  readSubscriptions: (topic: string) => Promise<TopicSubscription[] | null>,
): Promise<TargetEntity[]> {
  if (config.entities.length > 0) return readNamed(administration, config.entities, readSubscriptions);
  const [queues, topics] = await Promise.all([administration.queues(), administration.topics()]);
  const targets: TargetEntity[] = queues.map(queueTarget);
  for (const topic of topics) {
    targets.push(topicTarget(topic, await subscriptionsWithRules(topic.name, administration)));
  }
  return targets;
}

async function readNamed(
  administration: Administration,
  paths: readonly string[],
  readSubscriptions: (topic: string) => Promise<TopicSubscription[] | null>,
): Promise<TargetEntity[]> {
  const names = new Map<string, { name: string; isTopic: boolean }>();
  for (const path of paths) {
    const entity = parseEntityPath(path);
    const name = entity.kind === "queue" ? entity.queue : entity.topic;
    names.set(name.toLowerCase(), { name, isTopic: entity.kind === "subscription" });
  }
  const targets: TargetEntity[] = [];
  for (const { name, isTopic } of names.values()) {
    try {
      const found = await ifAllowed(administration.queueOrTopic(name));
      if (found?.kind === "queue") targets.push(queueTarget(found.queue));
      else if (found?.kind === "topic") targets.push(topicTarget(found.topic, await readSubscriptions(name)));
      else {
        const subscriptions = isTopic ? await readSubscriptions(name) : null;
        targets.push({ path: name, kind: isTopic ? "topic" : "queue", settings: null, subscriptions });
      }
    } catch (error) {
      if (!(error instanceof BrokerError) || error.code !== "entity-not-found") throw error;
    }
  }
  return targets;
}

function queueTarget(queue: QueueProperties): TargetEntity {
  const settings: TargetSettings = {
    ...originSettings(queue),
    requiresSession: queue.requiresSession,
    defaultTimeToLiveSeconds: durationSeconds(queue.defaultMessageTimeToLive),
    disabled: refusesSends(queue.status),
    forwardTo: forwardedPath(queue.forwardTo),
  };
  return { path: queue.name, kind: "queue", settings, subscriptions: null };
}

function topicTarget(topic: TopicProperties, subscriptions: readonly TopicSubscription[] | null): TargetEntity {
  const settings: TargetSettings = {
    ...originSettings(topic),
    requiresSession: false,
    defaultTimeToLiveSeconds: durationSeconds(topic.defaultMessageTimeToLive),
    disabled: refusesSends(topic.status),
    forwardTo: null,
  };
  return { path: topic.name, kind: "topic", settings, subscriptions };
}

function refusesSends(status: EntityStatus | undefined): boolean {
  return status === "Disabled" || status === "SendDisabled";
}
