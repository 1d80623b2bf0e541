import type { Authority } from "../amqp/authority";
import { isEntityName, parseSubscriptionPath } from "../engine/address";
import { BrokerFault } from "../engine/broker-fault";
import type { Entity, SubscriptionEntity } from "../engine/entity";
import type { BrokerNamespace } from "../engine/namespace";
import type { RuleDefinition } from "../engine/rule";
import { DEFAULT_QUEUE_SETTINGS, DEFAULT_SUBSCRIPTION_SETTINGS, DEFAULT_TOPIC_SETTINGS } from "../engine/settings";
import { type AtomEntry, entryXml, errorXml, feedXml } from "./atom";
import {
  countsOf,
  type EntityCounts,
  namespaceXml,
  queueXml,
  ruleXml,
  subscriptionXml,
  topicXml,
} from "./descriptions";
import { checkForwarding } from "./forwarding-check";
import type { HttpAnswer, HttpHandler, HttpRequest } from "./http-server";
import { queueSettings, ruleFromXml, subscriptionSettings, topicSettings } from "./settings-from-xml";
import { childOf, parseXml, type XmlElement, XmlError } from "./xml";

const PAGE = 100;
const XML = "application/atom+xml;type=entry;charset=utf-8";

/** What tests can make the administration do wrong. */
export interface AdminFaults {
  /** Throws `BrokerFault` when the request is to be refused now. `path`: the entity, or the list of them that is asked for. */
  beforeAdmin(path: string): void;
  /** Counts to show in place of the true ones; null: the true ones. */
  laggingCounts(entity: Entity): EntityCounts | null;
}

interface AdminContext {
  readonly namespace: BrokerNamespace;
  readonly authority: Authority;
  readonly faults: AdminFaults;
}

/** The administration API: Atom XML over HTTP, as `ServiceBusAdministrationClient` speaks it; and `/health`. */
export function adminHandler(context: AdminContext): HttpHandler {
  return (request) => {
    if (request.url.pathname === "/health")
      return { status: 200, contentType: "application/json", body: '{"status":"healthy"}' };
    try {
      authorise(context, request);
      const path = decodeURIComponent(request.url.pathname.replace(/^\/+|\/+$/g, ""));
      context.faults.beforeAdmin(path.replace(/\/rules(?:\/[^/]+)?$/i, ""));
      return route(context, request, path);
    } catch (error) {
      if (error instanceof XmlError) return failure(400, error.message);
      if (error instanceof BrokerFault) return failure(STATUS[error.condition] ?? 400, error.message);
      throw error;
    }
  };
}

const STATUS: Readonly<Record<string, number>> = {
  "amqp:not-found": 404,
  "amqp:unauthorized-access": 401,
  "com.microsoft:entity-already-exists": 409,
  "com.microsoft:server-busy": 503,
  "com.microsoft:argument-error": 400,
  "amqp:resource-limit-exceeded": 403,
};

function authorise({ authority, namespace }: AdminContext, request: HttpRequest): void {
  if (authority.open) return;
  const { rights } = authority.verify(request.headers.authorization ?? "", namespace.now());
  if (!rights.includes("Manage"))
    throw new BrokerFault("amqp:unauthorized-access", "Manage,EntityRead claims are required.");
}

function route(context: AdminContext, request: HttpRequest, path: string): HttpAnswer {
  const { namespace } = context;
  const lower = path.toLowerCase();
  if (lower === "$namespaceinfo") {
    const entry: AtomEntry = {
      id: addressOf(context, path),
      title: namespace.name,
      createdAt: namespace.createdAt,
      updatedAt: namespace.createdAt,
      content: namespaceXml(namespace.name, namespace.createdAt),
    };
    return { status: 200, contentType: XML, body: entryXml(entry) };
  }
  if (lower === "$resources/queues")
    return list(
      context,
      request,
      namespace
        .list()
        .filter(({ kind }) => kind === "queue")
        .map((entity) => entityEntry(context, entity)),
    );
  if (lower === "$resources/topics")
    return list(
      context,
      request,
      namespace
        .list()
        .filter(({ kind }) => kind === "topic")
        .map((entity) => entityEntry(context, entity)),
    );
  const rule = /^(.+\/subscriptions\/[^/]+)\/rules(?:\/([^/]+))?$/i.exec(path);
  if (rule !== null) return ruleRequest(context, request, rule[1] as string, rule[2]);
  const subscriptions = /^(.+)\/subscriptions$/i.exec(path);
  if (subscriptions !== null) {
    const topic = namespace.get(subscriptions[1] as string);
    const found =
      topic.kind === "topic"
        ? [...topic.subscriptions.values()].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
        : [];
    return list(
      context,
      request,
      found.map((entity) => entityEntry(context, entity)),
    );
  }
  return entityRequest(context, request, path);
}

function entityRequest(context: AdminContext, request: HttpRequest, path: string): HttpAnswer {
  const { namespace } = context;
  switch (request.method) {
    case "GET": {
      const entity = namespace.find(path);
      // The service answers an unknown path with an empty list, not with 404.
      if (entity === null) return list(context, request, []);
      return { status: 200, contentType: XML, body: entryXml(entityEntry(context, entity)) };
    }
    case "DELETE":
      namespace.delete(namespace.get(path));
      return { status: 200 };
    case "PUT": {
      const content = contentOf(request);
      if (request.headers["if-match"] === "*") return updateEntity(context, path, content);
      const entity = createEntity(context, path, content);
      return { status: 201, contentType: XML, body: entryXml(entityEntry(context, entity)) };
    }
    default:
      return failure(405, "The method is not allowed.");
  }
}

function createEntity({ namespace }: AdminContext, path: string, content: XmlElement): Entity {
  const subscription = parseSubscriptionPath(path);
  if (subscription !== null) {
    const topic = namespace.get(subscription.topic);
    if (topic.kind !== "topic") throw new BrokerFault("com.microsoft:argument-error", `'${topic.path}' is no topic.`);
    const settings = subscriptionSettings(content, DEFAULT_SUBSCRIPTION_SETTINGS);
    checkForwarding(namespace, settings);
    const first = childOf(content, "DefaultRuleDescription");
    const rules =
      first === undefined
        ? undefined
        : [ruleFromXml(first, first.children.find(({ name }) => name === "Name")?.text ?? "$Default", namespace.now())];
    return namespace.createSubscription(topic, subscription.name, settings, rules);
  }
  checkName(path);
  if (content.name === "TopicDescription")
    return namespace.createTopic(path, topicSettings(content, DEFAULT_TOPIC_SETTINGS));
  const settings = queueSettings(content, DEFAULT_QUEUE_SETTINGS);
  checkForwarding(namespace, settings);
  return namespace.createQueue(path, settings);
}

/** What cannot be changed once an entity stands. */
const FIXED = ["requiresSession", "requiresDuplicateDetection", "enablePartitioning"] as const;

function updateEntity(context: AdminContext, path: string, content: XmlElement): HttpAnswer {
  const entity = context.namespace.get(path);
  const before: object = entity.settings;
  const after =
    entity.kind === "queue"
      ? queueSettings(content, entity.settings)
      : entity.kind === "topic"
        ? topicSettings(content, entity.settings)
        : subscriptionSettings(content, entity.settings);
  for (const name of FIXED) {
    if (name in before && Reflect.get(before, name) !== Reflect.get(after, name)) {
      throw new BrokerFault("com.microsoft:argument-error", `SubCode=40000. The value of '${name}' cannot be changed.`);
    }
  }
  if ("forwardTo" in after) checkForwarding(context.namespace, after);
  Object.assign(entity.settings, after);
  context.namespace.changed(entity);
  return { status: 200, contentType: XML, body: entryXml(entityEntry(context, entity)) };
}

function ruleRequest(context: AdminContext, request: HttpRequest, path: string, name: string | undefined): HttpAnswer {
  const { namespace } = context;
  const subscription = namespace.get(path);
  if (subscription.kind !== "subscription") return failure(404, "There is no such subscription.");
  if (name === undefined)
    return list(
      context,
      request,
      [...subscription.rules.values()].map(({ definition }) => ruleEntry(context, subscription, definition)),
    );
  const found = subscription.rules.get(name.toLowerCase());
  switch (request.method) {
    case "GET":
      if (found === undefined) return list(context, request, []);
      return { status: 200, contentType: XML, body: entryXml(ruleEntry(context, subscription, found.definition)) };
    case "DELETE":
      namespace.deleteRule(subscription, name);
      return { status: 200 };
    case "PUT": {
      const definition = ruleFromXml(contentOf(request), name, namespace.now());
      if (request.headers["if-match"] === "*") namespace.replaceRule(subscription, definition);
      else namespace.createRule(subscription, definition);
      return {
        status: found === undefined ? 201 : 200,
        contentType: XML,
        body: entryXml(ruleEntry(context, subscription, definition)),
      };
    }
    default:
      return failure(405, "The method is not allowed.");
  }
}

function list(context: AdminContext, request: HttpRequest, entries: readonly AtomEntry[]): HttpAnswer {
  const skip = numberOf(request, "$skip", 0);
  const top = Math.min(numberOf(request, "$top", PAGE), PAGE);
  const self = `${addressOf(context, request.url.pathname.slice(1))}${request.url.search}`;
  const next = new URL(self);
  next.searchParams.set("$skip", String(skip + top));
  next.searchParams.set("$top", String(top));
  const more = skip + top < entries.length;
  const body = feedXml(
    self,
    request.url.pathname,
    context.namespace.now(),
    entries.slice(skip, skip + top),
    more ? next.toString() : null,
  );
  return { status: 200, contentType: "application/atom+xml;type=feed;charset=utf-8", body };
}

function numberOf(request: HttpRequest, name: string, fallback: number): number {
  const value = Number(request.url.searchParams.get(name) ?? fallback);
  if (!Number.isInteger(value) || value < 0)
    throw new BrokerFault("com.microsoft:argument-error", `The value of '${name}' is no whole number.`);
  return value;
}

function entityEntry(context: AdminContext, entity: Entity): AtomEntry {
  return {
    id: addressOf(context, entity.path),
    title: entity.kind === "subscription" ? entity.name : entity.path,
    createdAt: entity.times.createdAt,
    updatedAt: entity.times.updatedAt,
    content: entityXml(context, entity),
  };
}

function entityXml(context: AdminContext, entity: Entity): string {
  const namespaceUrl = `sb://${context.namespace.name}/`;
  const counts = context.faults.laggingCounts(entity) ?? countsOf(entity);
  switch (entity.kind) {
    case "queue":
      return queueXml(entity, counts, namespaceUrl);
    case "topic":
      return topicXml(entity, counts);
    case "subscription":
      return subscriptionXml(entity, counts, namespaceUrl);
  }
}

function ruleEntry(context: AdminContext, subscription: SubscriptionEntity, rule: RuleDefinition): AtomEntry {
  return {
    id: addressOf(context, `${subscription.path}/Rules/${rule.name}`),
    title: rule.name,
    createdAt: rule.createdAt,
    updatedAt: rule.createdAt,
    content: ruleXml(rule),
  };
}

function addressOf(context: AdminContext, path: string): string {
  return `https://${context.namespace.name}/${path}`;
}

function contentOf(request: HttpRequest): XmlElement {
  const content = childOf(parseXml(request.body.toString("utf8")), "content")?.children[0];
  if (content === undefined) throw new XmlError("The entry has no description.");
  return content;
}

function checkName(path: string): void {
  if (!isEntityName(path)) {
    throw new BrokerFault("com.microsoft:argument-error", `SubCode=40000. '${path}' is no valid entity name.`);
  }
}

function failure(status: number, detail: string): HttpAnswer {
  return { status, contentType: "application/xml; charset=utf-8", body: errorXml(status, detail) };
}
