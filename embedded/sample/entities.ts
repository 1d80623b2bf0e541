import { readFileSync } from "node:fs";
import * as z from "zod";

/** The sample's view of config.json: what decides whether and how a message dies. */

const durationMs = z.string().transform((text, context) => {
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (!parts) {
    context.addIssue({ code: "custom", message: "an ISO 8601 duration of days, hours, minutes and seconds" });
    return z.NEVER;
  }
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
});

const properties = z.object({
  DefaultMessageTimeToLive: durationMs,
  DeadLetteringOnMessageExpiration: z.boolean(),
  LockDuration: durationMs,
  RequiresSession: z.boolean(),
  MaxDeliveryCount: z.number().int().positive(),
});

const rule = z.object({
  Properties: z.union([
    z.object({ FilterType: z.literal("Correlation"), CorrelationFilter: z.object({ Label: z.string() }) }),
    z.object({ FilterType: z.literal("Sql"), SqlFilter: z.object({ SqlExpression: z.string() }) }),
  ]),
});

const configFile = z.object({
  UserConfig: z.object({
    Namespaces: z.tuple([
      z.object({
        Queues: z.array(z.object({ Name: z.string(), Properties: properties })),
        Topics: z.array(
          z.object({
            Name: z.string(),
            Subscriptions: z.array(z.object({ Name: z.string(), Properties: properties, Rules: z.array(rule) })),
          }),
        ),
      }),
    ]),
  }),
});

export type Rule = z.infer<typeof rule>["Properties"];

/** A queue or subscription. */
export interface Entity {
  /** "orders" or "order-events/Subscriptions/billing". */
  readonly path: string;
  /** Where one sends to reach it: itself, or its topic. */
  readonly sendTo: string;
  /** Null for a queue: everything sent to it arrives. */
  readonly rules: readonly Rule[] | null;
  readonly timeToLiveMs: number;
  readonly deadLettersExpired: boolean;
  readonly lockMs: number;
  readonly requiresSession: boolean;
  readonly maxDeliveryCount: number;
}

/** The file that the broker is started with. */
export const CONFIG_FILE = new URL("./config.json", import.meta.url);

/** Every queue and subscription of the sample. Throws when the file is not what the sample is written for. */
export function loadEntities(): Entity[] {
  const [namespace] = configFile.parse(JSON.parse(readFileSync(CONFIG_FILE, "utf8"))).UserConfig.Namespaces;
  const queues = namespace.Queues.map((queue) => entity(queue.Name, queue.Name, null, queue.Properties));
  const subscriptions = namespace.Topics.flatMap((topic) =>
    topic.Subscriptions.map((subscription) => {
      const rules = subscription.Rules.map((item) => item.Properties);
      return entity(`${topic.Name}/Subscriptions/${subscription.Name}`, topic.Name, rules, subscription.Properties);
    }),
  );
  return [...queues, ...subscriptions];
}

function entity(path: string, sendTo: string, rules: Entity["rules"], settings: z.infer<typeof properties>): Entity {
  return {
    path,
    sendTo,
    rules,
    timeToLiveMs: settings.DefaultMessageTimeToLive,
    deadLettersExpired: settings.DeadLetteringOnMessageExpiration,
    lockMs: settings.LockDuration,
    requiresSession: settings.RequiresSession,
    maxDeliveryCount: settings.MaxDeliveryCount,
  };
}
