import { encodeValue } from "@/lib/amqp/encode-value";
import { type AmqpValue, amqpString, NULL } from "@/lib/amqp/values";
import { BrokerFault } from "../../engine/broker-fault";
import type { SubscriptionEntity } from "../../engine/entity";
import type { CorrelationFilter, CorrelationValue, RuleDefinition, RuleFilter } from "../../engine/rule";
import { EMPTY_BODY, mapOf } from "../request";
import {
  argument,
  DONE,
  integer,
  type ManagementAnswer,
  type ManagementContext,
  optionalText,
  text,
} from "./operation";

/** Descriptor codes of Microsoft's rule types. */
const DESCRIPTOR = {
  ruleDescription: 1335734829060n,
  sqlAction: 1335734829062n,
  emptyAction: 1335734829061n,
  sqlFilter: 83483426822n,
  trueFilter: 83483426823n,
  falseFilter: 83483426824n,
  correlationFilter: 83483426825n,
} as const;

export function addRule(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  const description = mapOf(body.get("rule-description") ?? NULL);
  const action = mapOf(description.get("sql-rule-action") ?? NULL);
  context.namespace.createRule(subscriptionOf(context), {
    name: text(body, "rule-name"),
    filter: filterOf(description),
    action: optionalText(action, "expression"),
    createdAt: context.namespace.now(),
  });
  return DONE;
}

export function removeRule(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  context.namespace.deleteRule(subscriptionOf(context), text(body, "rule-name"));
  return DONE;
}

export function enumerateRules(context: ManagementContext, body: ReadonlyMap<string, AmqpValue>): ManagementAnswer {
  const skip = integer(body, "skip");
  const rules = [...subscriptionOf(context).rules.values()].slice(skip, skip + integer(body, "top"));
  if (rules.length === 0) return { status: 204, body: EMPTY_BODY };
  const items: AmqpValue[] = rules.map(({ definition }) => ({
    type: "map",
    entries: [[amqpString("rule-description"), describedRule(definition)]],
  }));
  return { status: 200, body: encodeValue({ type: "map", entries: [[amqpString("rules"), { type: "list", items }]] }) };
}

function filterOf(description: ReadonlyMap<string, AmqpValue>): RuleFilter {
  const sql = description.get("sql-filter");
  if (sql !== undefined) return { type: "sql", expression: text(mapOf(sql), "expression") };
  const correlation = description.get("correlation-filter");
  if (correlation === undefined) throw argument("rule-description");
  const fields = mapOf(correlation);
  return {
    type: "correlation",
    correlation: {
      correlationId: optionalText(fields, "correlation-id"),
      messageId: optionalText(fields, "message-id"),
      to: optionalText(fields, "to"),
      replyTo: optionalText(fields, "reply-to"),
      subject: optionalText(fields, "label"),
      sessionId: optionalText(fields, "session-id"),
      replyToSessionId: optionalText(fields, "reply-to-session-id"),
      contentType: optionalText(fields, "content-type"),
      properties: propertiesOf(fields.get("properties") ?? NULL),
    },
  };
}

function propertiesOf(value: AmqpValue): CorrelationFilter["properties"] {
  const properties: Record<string, CorrelationValue> = {};
  for (const [name, entry] of mapOf(value)) {
    switch (entry.type) {
      case "string":
      case "symbol":
      case "boolean":
      case "ubyte":
      case "ushort":
      case "uint":
      case "byte":
      case "short":
      case "int":
      case "float":
      case "double":
      case "long":
      case "ulong":
        properties[name] = entry.value;
        break;
      case "timestamp":
        properties[name] = new Date(Number(entry.value));
        break;
      default:
        throw argument(`properties.${name}`);
    }
  }
  return properties;
}

function described(code: bigint, items: AmqpValue[]): AmqpValue {
  return { type: "described", descriptor: { type: "ulong", value: code }, value: { type: "list", items } };
}

function describedRule(rule: RuleDefinition): AmqpValue {
  const action =
    rule.action === null
      ? described(DESCRIPTOR.emptyAction, [])
      : described(DESCRIPTOR.sqlAction, [amqpString(rule.action), { type: "int", value: 20 }]);
  return described(DESCRIPTOR.ruleDescription, [
    describedFilter(rule.filter),
    action,
    amqpString(rule.name),
    { type: "timestamp", value: BigInt(rule.createdAt) },
  ]);
}

function describedFilter(filter: RuleFilter): AmqpValue {
  switch (filter.type) {
    case "true":
      return described(DESCRIPTOR.trueFilter, []);
    case "false":
      return described(DESCRIPTOR.falseFilter, []);
    case "sql":
      return described(DESCRIPTOR.sqlFilter, [amqpString(filter.expression), { type: "int", value: 20 }]);
    case "correlation": {
      const { correlation } = filter;
      return described(DESCRIPTOR.correlationFilter, [
        orNull(correlation.correlationId),
        orNull(correlation.messageId),
        orNull(correlation.to),
        orNull(correlation.replyTo),
        orNull(correlation.subject),
        orNull(correlation.sessionId),
        orNull(correlation.replyToSessionId),
        orNull(correlation.contentType),
        {
          type: "map",
          entries: Object.entries(correlation.properties).map(([name, value]) => [amqpString(name), typed(value)]),
        },
      ]);
    }
  }
}

function orNull(value: string | null): AmqpValue {
  return value === null ? NULL : amqpString(value);
}

function typed(value: CorrelationValue): AmqpValue {
  if (typeof value === "string") return amqpString(value);
  if (typeof value === "boolean") return { type: "boolean", value };
  if (typeof value === "bigint") return { type: "long", value };
  if (value instanceof Date) return { type: "timestamp", value: BigInt(value.getTime()) };
  return Number.isInteger(value) ? { type: "long", value: BigInt(value) } : { type: "double", value };
}

function subscriptionOf(context: ManagementContext): SubscriptionEntity {
  if (context.entity.kind !== "subscription") {
    throw new BrokerFault("amqp:not-allowed", "Rules belong to the subscriptions of a topic.");
  }
  return context.entity;
}
