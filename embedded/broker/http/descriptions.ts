import { formatDuration } from "../config/iso-duration";
import { sizeOf } from "../engine/admission";
import type { Entity, QueueEntity, SubscriptionEntity, TopicEntity } from "../engine/entity";
import type { CorrelationValue, RuleDefinition, RuleParameters } from "../engine/rule";
import type { EntityStatus } from "../engine/settings";
import { description, isoTime } from "./atom";
import { escapeXml } from "./xml";

/** Counts as runtime properties show them. */
export interface EntityCounts {
  readonly active: number;
  readonly deadLetter: number;
  readonly scheduled: number;
  readonly transfer: number;
  readonly transferDeadLetter: number;
}

export const NO_COUNTS: EntityCounts = { active: 0, deadLetter: 0, scheduled: 0, transfer: 0, transferDeadLetter: 0 };

export function countsOf(entity: Entity): EntityCounts {
  const { active, deferred, scheduled } = entity.main.counts;
  if (entity.kind === "topic") return { ...NO_COUNTS, scheduled };
  return {
    active: active + deferred,
    deadLetter: entity.deadLetter.messages.size,
    scheduled,
    transfer: 0,
    transferDeadLetter: entity.transferDeadLetter.messages.size,
  };
}

const COUNTS = "http://schemas.microsoft.com/netservices/2011/06/servicebus";

function countDetails(counts: EntityCounts): string {
  return (
    `<d2p1:ActiveMessageCount>${counts.active}</d2p1:ActiveMessageCount>` +
    `<d2p1:DeadLetterMessageCount>${counts.deadLetter}</d2p1:DeadLetterMessageCount>` +
    `<d2p1:ScheduledMessageCount>${counts.scheduled}</d2p1:ScheduledMessageCount>` +
    `<d2p1:TransferMessageCount>${counts.transfer}</d2p1:TransferMessageCount>` +
    `<d2p1:TransferDeadLetterMessageCount>${counts.transferDeadLetter}</d2p1:TransferDeadLetterMessageCount>`
  );
}

function withCountDetails(xml: string, counts: EntityCounts): string {
  return xml
    .replace("<CountDetails>", `<CountDetails xmlns:d2p1="${COUNTS}">`)
    .replace("@@counts@@", countDetails(counts));
}

function total(counts: EntityCounts): string {
  return String(counts.active + counts.deadLetter + counts.scheduled + counts.transferDeadLetter);
}

export function queueXml(entity: QueueEntity, counts: EntityCounts, namespaceUrl: string): string {
  const { settings, times } = entity;
  const xml = description("QueueDescription", [
    ["LockDuration", formatDuration(settings.lockDurationMs)],
    ["MaxSizeInMegabytes", String(settings.maxSizeInMegabytes)],
    ["RequiresDuplicateDetection", String(settings.requiresDuplicateDetection)],
    ["RequiresSession", String(settings.requiresSession)],
    ["DefaultMessageTimeToLive", formatDuration(settings.defaultTimeToLiveMs)],
    ["DeadLetteringOnMessageExpiration", String(settings.deadLetteringOnMessageExpiration)],
    ["DuplicateDetectionHistoryTimeWindow", formatDuration(settings.duplicateDetectionWindowMs)],
    ["MaxDeliveryCount", String(settings.maxDeliveryCount)],
    ["EnableBatchedOperations", String(settings.enableBatchedOperations)],
    ["SizeInBytes", String(sizeOf(entity))],
    ["MessageCount", total(counts)],
    ["IsAnonymousAccessible", "false"],
    ["AuthorizationRules", ""],
    ["Status", settings.status satisfies EntityStatus],
    ["ForwardTo", forward(settings.forwardTo, namespaceUrl)],
    ["UserMetadata", text(settings.userMetadata)],
    ["CreatedAt", isoTime(times.createdAt)],
    ["UpdatedAt", isoTime(times.updatedAt)],
    ["AccessedAt", isoTime(times.accessedAt)],
    ["SupportOrdering", "true"],
    ["CountDetails", "@@counts@@"],
    ["AutoDeleteOnIdle", formatDuration(settings.autoDeleteOnIdleMs)],
    ["EnablePartitioning", String(settings.enablePartitioning)],
    ["EntityAvailabilityStatus", "Available"],
    ["ForwardDeadLetteredMessagesTo", forward(settings.forwardDeadLetteredMessagesTo, namespaceUrl)],
    ["EnableExpress", "false"],
    ["MaxMessageSizeInKilobytes", String(settings.maxMessageSizeInKilobytes)],
  ]);
  return withCountDetails(xml, counts);
}

export function topicXml(entity: TopicEntity, counts: EntityCounts): string {
  const { settings, times } = entity;
  const xml = description("TopicDescription", [
    ["DefaultMessageTimeToLive", formatDuration(settings.defaultTimeToLiveMs)],
    ["MaxSizeInMegabytes", String(settings.maxSizeInMegabytes)],
    ["RequiresDuplicateDetection", String(settings.requiresDuplicateDetection)],
    ["DuplicateDetectionHistoryTimeWindow", formatDuration(settings.duplicateDetectionWindowMs)],
    ["EnableBatchedOperations", String(settings.enableBatchedOperations)],
    ["SizeInBytes", String(sizeOf(entity))],
    ["FilteringMessagesBeforePublishing", "false"],
    ["IsAnonymousAccessible", "false"],
    ["AuthorizationRules", ""],
    ["Status", settings.status],
    ["UserMetadata", text(settings.userMetadata)],
    ["CreatedAt", isoTime(times.createdAt)],
    ["UpdatedAt", isoTime(times.updatedAt)],
    ["AccessedAt", isoTime(times.accessedAt)],
    ["SupportOrdering", String(settings.supportOrdering)],
    ["CountDetails", "@@counts@@"],
    ["SubscriptionCount", String(entity.subscriptions.size)],
    ["AutoDeleteOnIdle", formatDuration(settings.autoDeleteOnIdleMs)],
    ["EnablePartitioning", String(settings.enablePartitioning)],
    ["EntityAvailabilityStatus", "Available"],
    ["EnableSubscriptionPartitioning", "false"],
    ["EnableExpress", "false"],
    ["MaxMessageSizeInKilobytes", String(settings.maxMessageSizeInKilobytes)],
  ]);
  return withCountDetails(xml, counts);
}

export function subscriptionXml(entity: SubscriptionEntity, counts: EntityCounts, namespaceUrl: string): string {
  const { settings, times } = entity;
  const xml = description("SubscriptionDescription", [
    ["LockDuration", formatDuration(settings.lockDurationMs)],
    ["RequiresSession", String(settings.requiresSession)],
    ["DefaultMessageTimeToLive", formatDuration(settings.defaultTimeToLiveMs)],
    ["DeadLetteringOnMessageExpiration", String(settings.deadLetteringOnMessageExpiration)],
    ["DeadLetteringOnFilterEvaluationExceptions", String(settings.deadLetteringOnFilterEvaluationExceptions)],
    ["MessageCount", total(counts)],
    ["MaxDeliveryCount", String(settings.maxDeliveryCount)],
    ["EnableBatchedOperations", String(settings.enableBatchedOperations)],
    ["Status", settings.status],
    ["ForwardTo", forward(settings.forwardTo, namespaceUrl)],
    ["CreatedAt", isoTime(times.createdAt)],
    ["UpdatedAt", isoTime(times.updatedAt)],
    ["AccessedAt", isoTime(times.accessedAt)],
    ["UserMetadata", text(settings.userMetadata)],
    ["CountDetails", "@@counts@@"],
    ["AutoDeleteOnIdle", formatDuration(settings.autoDeleteOnIdleMs)],
    ["EntityAvailabilityStatus", "Available"],
    ["ForwardDeadLetteredMessagesTo", forward(settings.forwardDeadLetteredMessagesTo, namespaceUrl)],
  ]);
  return withCountDetails(xml, counts);
}

export function ruleXml(rule: RuleDefinition): string {
  const action =
    rule.action === null
      ? '<Action i:type="EmptyRuleAction"/>'
      : `<Action i:type="SqlRuleAction"><SqlExpression>${escapeXml(rule.action)}</SqlExpression><CompatibilityLevel>20</CompatibilityLevel>${keyValuesXml("Parameters", rule.actionParameters)}</Action>`;
  const xml = description("RuleDescription", [
    ["Name", escapeXml(rule.name)],
    ["CreatedAt", isoTime(rule.createdAt)],
  ]);
  // A function, since a $ in the rule's own text would mean something in a replacement.
  return xml.replace("<Name>", () => `${filterXml(rule)}${action}<Name>`);
}

function filterXml({ filter }: RuleDefinition): string {
  switch (filter.type) {
    case "true":
      return '<Filter i:type="TrueFilter"><SqlExpression>1=1</SqlExpression><CompatibilityLevel>20</CompatibilityLevel></Filter>';
    case "false":
      return '<Filter i:type="FalseFilter"><SqlExpression>1=0</SqlExpression><CompatibilityLevel>20</CompatibilityLevel></Filter>';
    case "sql":
      return `<Filter i:type="SqlFilter"><SqlExpression>${escapeXml(filter.expression)}</SqlExpression><CompatibilityLevel>20</CompatibilityLevel>${keyValuesXml("Parameters", filter.parameters)}</Filter>`;
    case "correlation": {
      const { correlation } = filter;
      const fields: readonly (readonly [string, string | null])[] = [
        ["CorrelationId", correlation.correlationId],
        ["MessageId", correlation.messageId],
        ["To", correlation.to],
        ["ReplyTo", correlation.replyTo],
        ["Label", correlation.subject],
        ["SessionId", correlation.sessionId],
        ["ReplyToSessionId", correlation.replyToSessionId],
        ["ContentType", correlation.contentType],
      ];
      const inside = fields
        .map(([name, value]) => (value === null ? "" : `<${name}>${escapeXml(value)}</${name}>`))
        .join("");
      return `<Filter i:type="CorrelationFilter">${inside}${keyValuesXml("Properties", correlation.properties)}</Filter>`;
    }
  }
}

/** The client library fails on an element without pairs, so without values there is none. */
function keyValuesXml(element: string, values: RuleParameters = {}): string {
  const pairs = Object.entries(values).map(
    ([name, value]) =>
      `<KeyValueOfstringanyType><Key>${escapeXml(name)}</Key>` +
      `<Value i:type="d6p1:${typeName(value)}" xmlns:d6p1="http://www.w3.org/2001/XMLSchema">${escapeXml(valueText(value))}</Value></KeyValueOfstringanyType>`,
  );
  return pairs.length === 0 ? "" : `<${element}>${pairs.join("")}</${element}>`;
}

/** Names of XML schema types; the client library knows int, double, string, boolean and dateTime. */
function typeName(value: CorrelationValue): string {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  if (value instanceof Date) return "dateTime";
  if (typeof value === "bigint") return "int";
  return Number.isInteger(value) ? "int" : "double";
}

function valueText(value: CorrelationValue): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

export function namespaceXml(name: string, createdAt: number): string {
  return description("NamespaceInfo", [
    ["CreatedTime", isoTime(createdAt)],
    ["MessagingSKU", "Standard"],
    ["ModifiedTime", isoTime(createdAt)],
    ["Name", escapeXml(name)],
    ["NamespaceType", "Messaging"],
  ]);
}

function text(value: string | null): string | null {
  return value === null ? null : escapeXml(value);
}

function forward(target: string | null, namespaceUrl: string): string | null {
  return target === null ? null : escapeXml(`${namespaceUrl}${target}`);
}
