import type { Entity } from "../engine/entity";
import type { BrokerNamespace } from "../engine/namespace";
import type { RuleDefinition } from "../engine/rule";
import type { QueueSettings, SubscriptionSettings, TopicSettings } from "../engine/settings";

interface StoredTimes {
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly accessedAt: number;
}

type StoredEntity = { readonly id: number; readonly times: StoredTimes; readonly counters: readonly number[] } & (
  | { readonly kind: "queue"; readonly path: string; readonly settings: QueueSettings }
  | { readonly kind: "topic"; readonly path: string; readonly settings: TopicSettings }
  | {
      readonly kind: "subscription";
      readonly topicId: number;
      readonly name: string;
      readonly settings: SubscriptionSettings;
      readonly rules: readonly RuleDefinition[];
    }
);

/** An entity with its settings, rules and counters as text. JSON has no Infinity, bigint or Date: they are tagged. */
export function entityToJson(entity: Entity): string {
  const shared = { id: entity.id, times: entity.times, counters: entity.counters.values() };
  switch (entity.kind) {
    case "queue":
    case "topic":
      return JSON.stringify({ ...shared, kind: entity.kind, path: entity.path, settings: entity.settings }, tag);
    case "subscription": {
      const rules = [...entity.rules.values()].map(({ definition }) => definition);
      return JSON.stringify(
        { ...shared, kind: entity.kind, topicId: entity.topic.id, name: entity.name, settings: entity.settings, rules },
        tag,
      );
    }
  }
}

/** Makes the entity, or brings the one that stands up to date. */
export function entityFromJson(namespace: BrokerNamespace, json: string): void {
  const stored = JSON.parse(json, untag) as StoredEntity;
  const entity = namespace.byId(stored.id) ?? create(namespace, stored);
  if (entity === null) return;
  Object.assign(entity.settings, stored.settings);
  Object.assign(entity.times, stored.times);
  entity.counters.restore(stored.counters);
  if (entity.kind === "subscription" && stored.kind === "subscription") namespace.setRules(entity, stored.rules);
}

function create(namespace: BrokerNamespace, stored: StoredEntity): Entity | null {
  switch (stored.kind) {
    case "queue":
      return namespace.createQueue(stored.path, stored.settings, stored.id);
    case "topic":
      return namespace.createTopic(stored.path, stored.settings, stored.id);
    case "subscription": {
      const topic = namespace.byId(stored.topicId);
      if (topic?.kind !== "topic") return null;
      return namespace.createSubscription(topic, stored.name, stored.settings, stored.rules, stored.id);
    }
  }
}

function tag(this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key];
  if (raw === Number.POSITIVE_INFINITY) return { $: "infinity" };
  if (typeof raw === "bigint") return { $: "bigint", value: raw.toString() };
  if (raw instanceof Date) return { $: "date", value: raw.getTime() };
  return value;
}

function untag(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || !("$" in value)) return value;
  const tagged = value as { $: string; value?: unknown };
  switch (tagged.$) {
    case "infinity":
      return Number.POSITIVE_INFINITY;
    case "bigint":
      return BigInt(tagged.value as string);
    case "date":
      return new Date(tagged.value as number);
    default:
      return value;
  }
}
