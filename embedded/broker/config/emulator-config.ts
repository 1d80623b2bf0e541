import * as z from "zod";
import { isEntityName } from "../engine/address";
import type { CorrelationValue, RuleDefinition, RuleFilter } from "../engine/rule";
import {
  DEFAULT_QUEUE_SETTINGS,
  DEFAULT_SUBSCRIPTION_SETTINGS,
  DEFAULT_TOPIC_SETTINGS,
  type QueueSettings,
  type SubscriptionSettings,
  type TopicSettings,
} from "../engine/settings";
import { faultsOf } from "./config-faults";
import { parseDuration } from "./iso-duration";

/**
 * Config.json of Microsoft's emulator, so that one file serves both. Properties that the emulator does not know and this
 * broker does (partitioning, sizes, status) may stand beside its own; any other name is refused, by name.
 */
const duration = z
  .string()
  .refine((text) => parseDuration(text) !== null, "is no ISO-8601 duration such as PT1M or P14D");
const durationFrom = (least: string, most: string | null) =>
  duration.refine(
    (text) => {
      const ms = parseDuration(text);
      if (ms === null) return true;
      return ms >= Number(parseDuration(least)) && (most === null || ms <= Number(parseDuration(most)));
    },
    most === null ? `is at least ${least}` : `is from ${least} to ${most}`,
  );
const status = z.enum(["Active", "Disabled", "SendDisabled", "ReceiveDisabled"]);
const name = z.string().refine(isEntityName, "is no name of an entity: letters, digits, . _ ~ - and /, 260 at most");
const shared = {
  DefaultMessageTimeToLive: durationFrom("PT1S", null).optional(),
  AutoDeleteOnIdle: durationFrom("PT5M", null).optional(),
  Status: status.optional(),
  UserMetadata: z.string().max(1024).optional(),
};
const store = {
  RequiresDuplicateDetection: z.boolean().optional(),
  DuplicateDetectionHistoryTimeWindow: durationFrom("PT20S", "P7D").optional(),
  MaxSizeInMegabytes: z.int().positive().optional(),
  MaxMessageSizeInKilobytes: z.int().positive().max(102_400).optional(),
  EnablePartitioning: z.boolean().optional(),
};
const consumer = {
  DeadLetteringOnMessageExpiration: z.boolean().optional(),
  // The service takes five seconds and more; tests that wait for a lock's end want less.
  LockDuration: durationFrom("PT1S", "PT5M").optional(),
  MaxDeliveryCount: z.int().positive().optional(),
  RequiresSession: z.boolean().optional(),
  ForwardTo: z.string().optional(),
  ForwardDeadLetteredMessagesTo: z.string().optional(),
};
const queueProperties = z.strictObject({ ...shared, ...store, ...consumer });
const topicProperties = z.strictObject({ ...shared, ...store });
const subscriptionProperties = z.strictObject({
  ...shared,
  ...consumer,
  DeadLetteringOnFilterEvaluationExceptions: z.boolean().optional(),
});
const correlationFilter = z.strictObject({
  ContentType: z.string().optional(),
  CorrelationId: z.string().optional(),
  Label: z.string().optional(),
  MessageId: z.string().optional(),
  ReplyTo: z.string().optional(),
  ReplyToSessionId: z.string().optional(),
  SessionId: z.string().optional(),
  To: z.string().optional(),
  Properties: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
const action = z.strictObject({ SqlExpression: z.string() });
const rule = z.strictObject({
  Name: z.string().min(1).max(50),
  Properties: z.discriminatedUnion("FilterType", [
    z.strictObject({
      FilterType: z.literal("Correlation"),
      CorrelationFilter: correlationFilter,
      Action: action.optional(),
    }),
    z.strictObject({
      FilterType: z.literal("Sql"),
      SqlFilter: z.strictObject({ SqlExpression: z.string() }),
      Action: action.optional(),
    }),
  ]),
});
const subscription = z.strictObject({
  Name: z.string().min(1).max(50),
  Properties: subscriptionProperties.optional(),
  Rules: z.array(rule).optional(),
});
const namespace = z.strictObject({
  Name: name,
  Queues: z.array(z.strictObject({ Name: name, Properties: queueProperties.optional() })).optional(),
  Topics: z
    .array(
      z.strictObject({
        Name: name,
        Properties: topicProperties.optional(),
        Subscriptions: z.array(subscription).optional(),
      }),
    )
    .optional(),
});
const emulatorConfig = z.strictObject({
  UserConfig: z.strictObject({
    Namespaces: z.array(namespace).length(1, "names exactly one namespace"),
    Logging: z.looseObject({}).optional(),
  }),
});

export type EmulatorConfig = z.input<typeof emulatorConfig>;

export interface ConfiguredQueue {
  readonly path: string;
  readonly settings: QueueSettings;
}

export interface ConfiguredTopic {
  readonly path: string;
  readonly settings: TopicSettings;
  readonly subscriptions: readonly ConfiguredSubscription[];
}

export interface ConfiguredSubscription {
  readonly name: string;
  readonly settings: SubscriptionSettings;
  /** Null: none are named, so it gets the default rule. */
  readonly rules: readonly Omit<RuleDefinition, "createdAt">[] | null;
}

export interface ConfiguredNamespace {
  readonly name: string;
  readonly queues: readonly ConfiguredQueue[];
  readonly topics: readonly ConfiguredTopic[];
}

/** Throws an Error that names each wrong place. */
export function parseEmulatorConfig(config: unknown): ConfiguredNamespace {
  const parsed = emulatorConfig.safeParse(config);
  if (!parsed.success) throw new Error(`The broker's configuration is not valid:\n${z.prettifyError(parsed.error)}`);
  const only = parsed.data.UserConfig.Namespaces[0] as z.infer<typeof namespace>;
  const configured: ConfiguredNamespace = {
    name: only.Name,
    queues: (only.Queues ?? []).map(({ Name, Properties = {} }) => ({
      path: Name,
      settings: {
        ...DEFAULT_QUEUE_SETTINGS,
        ...sharedOf(Properties),
        ...storeOf(Properties),
        ...consumerOf(Properties),
      },
    })),
    topics: (only.Topics ?? []).map(({ Name, Properties = {}, Subscriptions = [] }) => ({
      path: Name,
      settings: { ...DEFAULT_TOPIC_SETTINGS, ...sharedOf(Properties), ...storeOf(Properties) },
      subscriptions: Subscriptions.map(subscriptionOf),
    })),
  };
  const faults = faultsOf(configured);
  if (faults.length > 0) throw new Error(`The broker's configuration is not valid:\n${faults.join("\n")}`);
  return configured;
}

function subscriptionOf({ Name, Properties = {}, Rules }: z.infer<typeof subscription>): ConfiguredSubscription {
  const onFilterError = Properties.DeadLetteringOnFilterEvaluationExceptions;
  return {
    name: Name,
    settings: {
      ...DEFAULT_SUBSCRIPTION_SETTINGS,
      ...sharedOf(Properties),
      ...consumerOf(Properties),
      ...(onFilterError === undefined ? {} : { deadLetteringOnFilterEvaluationExceptions: onFilterError }),
    },
    rules: Rules === undefined || Rules.length === 0 ? null : Rules.map(ruleOf),
  };
}

function ruleOf({ Name, Properties }: z.infer<typeof rule>): Omit<RuleDefinition, "createdAt"> {
  return { name: Name, filter: filterOf(Properties), action: Properties.Action?.SqlExpression ?? null };
}

function filterOf(properties: z.infer<typeof rule>["Properties"]): RuleFilter {
  switch (properties.FilterType) {
    case "Sql":
      return { type: "sql", expression: properties.SqlFilter.SqlExpression };
    case "Correlation": {
      const filter = properties.CorrelationFilter;
      return {
        type: "correlation",
        correlation: {
          correlationId: filter.CorrelationId ?? null,
          messageId: filter.MessageId ?? null,
          to: filter.To ?? null,
          replyTo: filter.ReplyTo ?? null,
          subject: filter.Label ?? null,
          sessionId: filter.SessionId ?? null,
          replyToSessionId: filter.ReplyToSessionId ?? null,
          contentType: filter.ContentType ?? null,
          properties: (filter.Properties ?? {}) as Record<string, CorrelationValue>,
        },
      };
    }
  }
}

function sharedOf(properties: z.infer<z.ZodObject<typeof shared>>): Partial<QueueSettings> {
  return defined({
    defaultTimeToLiveMs: msOf(properties.DefaultMessageTimeToLive),
    autoDeleteOnIdleMs: msOf(properties.AutoDeleteOnIdle),
    status: properties.Status,
    userMetadata: properties.UserMetadata,
  });
}

function storeOf(properties: z.infer<z.ZodObject<typeof store>>): Partial<QueueSettings> {
  return defined({
    requiresDuplicateDetection: properties.RequiresDuplicateDetection,
    duplicateDetectionWindowMs: msOf(properties.DuplicateDetectionHistoryTimeWindow),
    maxSizeInMegabytes: properties.MaxSizeInMegabytes,
    maxMessageSizeInKilobytes: properties.MaxMessageSizeInKilobytes,
    enablePartitioning: properties.EnablePartitioning,
  });
}

function consumerOf(properties: z.infer<z.ZodObject<typeof consumer>>): Partial<QueueSettings> {
  return defined({
    deadLetteringOnMessageExpiration: properties.DeadLetteringOnMessageExpiration,
    lockDurationMs: msOf(properties.LockDuration),
    maxDeliveryCount: properties.MaxDeliveryCount,
    requiresSession: properties.RequiresSession,
    forwardTo: properties.ForwardTo || undefined,
    forwardDeadLetteredMessagesTo: properties.ForwardDeadLetteredMessagesTo || undefined,
  });
}

function msOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : (parseDuration(text) ?? undefined);
}

/** Leaves out what is not set, so that defaults under it show through. */
function defined<T extends object>(values: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
