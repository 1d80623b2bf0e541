import type { TopicSubscription } from "../broker";
import { type Administration, ifAllowed } from "./administration";
import { type Clients, OPERATION_TIMEOUT_MS } from "./clients";
import { connectionLost } from "./connection-lost";
import { withDeadline } from "./deadline";
import { forwardedPath, parseEntityPath } from "./entity-path";
import { filterText, type RuleText } from "./rule-filter";
import type { ServiceBusConfig } from "./service-bus-config";

/**
 * Subscriptions of a topic with their rules; null when `path` is a queue. Without the Manage right: the subscriptions that
 * the configuration names, if any, with the rules that Listen may read.
 */
export async function listSubscriptions(
  path: string,
  administration: Administration,
  clients: Clients,
  config: ServiceBusConfig,
  closing: AbortSignal,
): Promise<TopicSubscription[] | null> {
  const found = await listOf(path, administration);
  if (found === "queue") return null;
  if (found !== "not-allowed") return found;
  const named = config.entities
    .map(parseEntityPath)
    .flatMap((entity) => (entity.kind === "subscription" && sameName(entity.topic, path) ? [entity.subscription] : []));
  if (named.length === 0) return null;
  return Promise.all(
    named.map(async (name) => ({
      name,
      rules: await ifAllowed(readRules(path, name, clients, config, closing)),
      requiresSession: null,
      forwardTo: null,
    })),
  );
}

/** The subscriptions of a topic, by the Manage right. */
export async function subscriptionsWithRules(
  topic: string,
  administration: Administration,
): Promise<TopicSubscription[]> {
  const subscriptions = await administration.subscriptions(topic);
  return Promise.all(
    subscriptions.map(async ({ subscriptionName: name, requiresSession, forwardTo }) => ({
      name,
      rules: await ifAllowed(administration.rules(topic, name)),
      requiresSession,
      forwardTo: forwardedPath(forwardTo),
    })),
  );
}

async function listOf(
  path: string,
  administration: Administration,
): Promise<TopicSubscription[] | "queue" | "not-allowed"> {
  const found = await ifAllowed(administration.queueOrTopic(path));
  if (found === null) return "not-allowed";
  if (found.kind === "queue") return "queue";
  return subscriptionsWithRules(path, administration);
}

/** Rules over AMQP: what the Listen right is enough for. */
function readRules(
  topic: string,
  subscription: string,
  clients: Clients,
  config: ServiceBusConfig,
  closing: AbortSignal,
): Promise<RuleText[]> {
  const what = `Reading the rules of ${topic}/subscriptions/${subscription}`;
  const client = clients.reader(`rules ${topic}/${subscription}`);
  const stops = { closing, lost: connectionLost(client) };
  return withDeadline({ what, namespace: config.name }, OPERATION_TIMEOUT_MS, stops, async (abortSignal) => {
    const manager = client.createRuleManager(topic, subscription);
    const rules: RuleText[] = [];
    for await (const { name, filter } of manager.listRules({ abortSignal }))
      rules.push({ name, filter: filterText(filter) });
    return rules;
  });
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
