import { parseDuration } from "../config/iso-duration";
import { BrokerFault } from "../engine/broker-fault";
import { type CorrelationValue, NO_CORRELATION, type RuleDefinition, type RuleFilter } from "../engine/rule";
import type { EntityStatus, QueueSettings, SubscriptionSettings, TopicSettings } from "../engine/settings";
import { childOf, textOf, type XmlElement } from "./xml";

const MINUTE = 60_000;
const STATUSES: readonly string[] = ["Active", "Disabled", "SendDisabled", "ReceiveDisabled"] satisfies EntityStatus[];

/** Settings of a queue from its description element; what it does not name stays as in `base`. Throws `BrokerFault`. */
export function queueSettings(xml: XmlElement, base: QueueSettings): QueueSettings {
  return { ...base, ...shared(xml, base), ...store(xml, base), ...consumer(xml, base) };
}

export function topicSettings(xml: XmlElement, base: TopicSettings): TopicSettings {
  return {
    ...base,
    ...shared(xml, base),
    ...store(xml, base),
    supportOrdering: flag(xml, "SupportOrdering", base.supportOrdering),
  };
}

export function subscriptionSettings(xml: XmlElement, base: SubscriptionSettings): SubscriptionSettings {
  return {
    ...base,
    ...shared(xml, base),
    ...consumer(xml, base),
    deadLetteringOnFilterEvaluationExceptions: flag(
      xml,
      "DeadLetteringOnFilterEvaluationExceptions",
      base.deadLetteringOnFilterEvaluationExceptions,
    ),
  };
}

type Shared = Pick<
  QueueSettings,
  "defaultTimeToLiveMs" | "autoDeleteOnIdleMs" | "status" | "userMetadata" | "enableBatchedOperations"
>;

function shared(xml: XmlElement, base: Shared): Shared {
  const status = textOf(xml, "Status") ?? base.status;
  if (!STATUSES.includes(status)) throw bad("Status", "is Active, Disabled, SendDisabled or ReceiveDisabled");
  return {
    defaultTimeToLiveMs: duration(xml, "DefaultMessageTimeToLive", base.defaultTimeToLiveMs, 1000),
    autoDeleteOnIdleMs: duration(xml, "AutoDeleteOnIdle", base.autoDeleteOnIdleMs, 5 * MINUTE),
    status: status as EntityStatus,
    userMetadata: textOf(xml, "UserMetadata") ?? base.userMetadata,
    enableBatchedOperations: flag(xml, "EnableBatchedOperations", base.enableBatchedOperations),
  };
}

type Store = Pick<
  QueueSettings,
  | "maxSizeInMegabytes"
  | "maxMessageSizeInKilobytes"
  | "requiresDuplicateDetection"
  | "duplicateDetectionWindowMs"
  | "enablePartitioning"
>;

function store(xml: XmlElement, base: Store): Store {
  return {
    maxSizeInMegabytes: whole(xml, "MaxSizeInMegabytes", base.maxSizeInMegabytes),
    maxMessageSizeInKilobytes: whole(xml, "MaxMessageSizeInKilobytes", base.maxMessageSizeInKilobytes),
    requiresDuplicateDetection: flag(xml, "RequiresDuplicateDetection", base.requiresDuplicateDetection),
    duplicateDetectionWindowMs: duration(
      xml,
      "DuplicateDetectionHistoryTimeWindow",
      base.duplicateDetectionWindowMs,
      20_000,
      7 * 24 * 60 * MINUTE,
    ),
    enablePartitioning: flag(xml, "EnablePartitioning", base.enablePartitioning),
  };
}

type Consumer = Pick<
  QueueSettings,
  | "lockDurationMs"
  | "requiresSession"
  | "deadLetteringOnMessageExpiration"
  | "maxDeliveryCount"
  | "forwardTo"
  | "forwardDeadLetteredMessagesTo"
>;

function consumer(xml: XmlElement, base: Consumer): Consumer {
  return {
    lockDurationMs: duration(xml, "LockDuration", base.lockDurationMs, 5000, 5 * MINUTE),
    requiresSession: flag(xml, "RequiresSession", base.requiresSession),
    deadLetteringOnMessageExpiration: flag(
      xml,
      "DeadLetteringOnMessageExpiration",
      base.deadLetteringOnMessageExpiration,
    ),
    maxDeliveryCount: whole(xml, "MaxDeliveryCount", base.maxDeliveryCount),
    forwardTo: target(xml, "ForwardTo"),
    forwardDeadLetteredMessagesTo: target(xml, "ForwardDeadLetteredMessagesTo"),
  };
}

/** A rule from its description element. Throws `BrokerFault`. */
export function ruleFromXml(xml: XmlElement, name: string, createdAt: number): RuleDefinition {
  const action = childOf(xml, "Action");
  const expression = textOf(action, "SqlExpression");
  const filter = filterFromXml(childOf(xml, "Filter"));
  if (expression === undefined) return { name, filter, action: null, createdAt };
  const parameters = keyValues(childOf(action, "Parameters"));
  return {
    name,
    filter,
    action: expression,
    ...(Object.keys(parameters).length === 0 ? {} : { actionParameters: parameters }),
    createdAt,
  };
}

function filterFromXml(xml: XmlElement | undefined): RuleFilter {
  switch (xml?.attributes.type) {
    case undefined:
    case "TrueFilter":
      return { type: "true" };
    case "FalseFilter":
      return { type: "false" };
    case "SqlFilter": {
      const parameters = Object.entries(keyValues(childOf(xml, "Parameters")));
      const expression = textOf(xml, "SqlExpression");
      if (expression === undefined) throw bad("SqlExpression", "is missing");
      return parameters.length === 0
        ? { type: "sql", expression }
        : { type: "sql", expression, parameters: Object.fromEntries(parameters) };
    }
    case "CorrelationFilter":
      return {
        type: "correlation",
        correlation: {
          ...NO_CORRELATION,
          correlationId: textOf(xml, "CorrelationId") ?? null,
          messageId: textOf(xml, "MessageId") ?? null,
          to: textOf(xml, "To") ?? null,
          replyTo: textOf(xml, "ReplyTo") ?? null,
          subject: textOf(xml, "Label") ?? null,
          sessionId: textOf(xml, "SessionId") ?? null,
          replyToSessionId: textOf(xml, "ReplyToSessionId") ?? null,
          contentType: textOf(xml, "ContentType") ?? null,
          properties: keyValues(childOf(xml, "Properties")),
        },
      };
    default:
      throw bad("Filter", "is a TrueFilter, FalseFilter, SqlFilter or CorrelationFilter");
  }
}

function keyValues(xml: XmlElement | undefined): Record<string, CorrelationValue> {
  const values: Record<string, CorrelationValue> = {};
  for (const pair of xml?.children ?? []) {
    const key = textOf(pair, "Key");
    const value = childOf(pair, "Value");
    if (key !== undefined && value !== undefined) values[key] = typedValue(value);
  }
  return values;
}

function typedValue(value: XmlElement): CorrelationValue {
  const type = value.attributes.type?.replace(/^.*:/, "");
  switch (type) {
    case "boolean":
      return value.text === "true";
    case "int":
    case "long":
      return BigInt(value.text);
    case "double":
    case "float":
    case "decimal":
      return Number(value.text);
    case "dateTime":
      return new Date(value.text);
    default:
      return value.text;
  }
}

function duration(xml: XmlElement, name: string, base: number, low: number, high = Number.POSITIVE_INFINITY): number {
  const text = textOf(xml, name);
  if (text === undefined) return base;
  const ms = parseDuration(text);
  if (ms === null) throw bad(name, "is no ISO-8601 duration");
  if (ms < low || ms > high)
    throw bad(
      name,
      `is out of range: from ${low / 1000} s${high === Number.POSITIVE_INFINITY ? "" : ` to ${high / 1000} s`}`,
    );
  return ms;
}

function whole(xml: XmlElement, name: string, base: number): number {
  const text = textOf(xml, name);
  if (text === undefined) return base;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw bad(name, "is no whole number above 0");
  return value;
}

function flag(xml: XmlElement, name: string, base: boolean): boolean {
  const text = textOf(xml, name)?.toLowerCase();
  if (text === undefined) return base;
  if (text !== "true" && text !== "false") throw bad(name, "is true or false");
  return text === "true";
}

/** A forwarding target is written as an address; only its path counts. An update without one takes the forwarding away. */
function target(xml: XmlElement, name: string): string | null {
  const text = textOf(xml, name)?.trim();
  if (!text) return null;
  return text.replace(/^[a-z]+:\/\/[^/]*\//i, "");
}

function bad(name: string, what: string): BrokerFault {
  return new BrokerFault("com.microsoft:argument-error", `SubCode=40000. The value of '${name}' ${what}.`);
}
