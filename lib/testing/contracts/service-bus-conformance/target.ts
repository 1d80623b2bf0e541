import type { ServiceBusAdministrationClient } from "@azure/service-bus";

/** What a broker may be unable to do; a rule that needs it is skipped there, by name. Each with what it means. */
export const ABILITIES = {
  administration: "making and deleting entities over HTTP",
  "partitioned-entities": "entities with enablePartitioning",
  sessions: "entities with requiresSession",
  "duplicate-detection": "entities with requiresDuplicateDetection",
  forwarding: "forwardTo and forwardDeadLetteredMessagesTo",
  topics: "topics and subscriptions",
  "rules-over-amqp": "listing and changing rules with createRuleManager",
  "rules-over-http": "listing and changing rules with the administration client",
  "filter-errors": "dead-lettering of messages that a filter fails on",
  "false-filters": "filters of the type FalseFilter",
  "runtime-properties": "counts of messages and sizes",
  "namespace-properties": "saying what the namespace is",
  "long-lists": "lists of entities over several pages",
  "large-messages": "messages larger than 256 KB, as a Premium namespace takes them",
  "large-headers": "taking a message whose headers are larger than 64 KB, and dead-lettering it",
  "long-durations": "times to live of days, and windows of duplicate detection of more than five minutes",
  "large-peeks": "peeking hundreds of messages in pages",
  "small-entities": "entities that are full after a megabyte",
  "status-changes": "entities that are disabled for a while",
  "idle-deletion": "entities that are deleted when nobody uses them",
  "batch-delete": "deleting many messages by one management call",
  "session-lists": "listing the sessions of an entity by a management call",
  "checked-tokens": "refusing tokens that are wrong or too old",
  "limited-keys": "a key that may only listen, given to this suite",
  "throttling-on-command": "being made busy by this suite",
  "moving-clock": "letting minutes and hours go by at once",
} as const;

export type Ability = keyof typeof ABILITIES;

/** A broker that the suite is run against. */
export interface ConformanceTarget {
  readonly name: string;
  readonly connectionString: string;
  readonly administration: ServiceBusAdministrationClient;
  /** A client of the administration with keys of its own. */
  administrationFor(connectionString: string): ServiceBusAdministrationClient;
  readonly cannot: ReadonlySet<Ability>;
  /** With a key that has the Listen right only; null without the ability `limited-keys`. */
  readonly listenConnectionString: string | null;
  /** How long something that is expected to happen by itself may take, in ms. */
  readonly patienceMs: number;
  /** How long is waited to see that nothing comes, in ms. */
  readonly nothingMs: number;
  /** The broker's time, ms since 1970. */
  now(): number;
  /** Lets `ms` of the broker's time go by: moves its clock, or waits. */
  passTime(ms: number): Promise<void>;
  /** Refuses all requests as throttled until the returned function is called; needs `throttling-on-command`. */
  throttle(): Promise<() => Promise<void>>;
}

/**
 * Reads a list like "large-messages,forwarding". Throws when a name is none of `ABILITIES`, since a rule would be run that was
 * meant to be skipped.
 */
export function parseAbilities(text: string): Ability[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return names.map((name) => {
    if (name in ABILITIES) return name as Ability;
    throw new Error(`"${name}" is no ability of a broker. There are: ${Object.keys(ABILITIES).join(", ")}.`);
  });
}
