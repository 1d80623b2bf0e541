import { setTimeout as delay } from "node:timers/promises";
import {
  type NamespaceProperties,
  parseServiceBusConnectionString,
  ServiceBusAdministrationClient,
} from "@azure/service-bus";
import { afterAll, expect, test } from "vitest";
import { administrationOverHttp } from "../../lib/testing/administration-client";
import { describeServiceBusConformance } from "../../lib/testing/contracts/service-bus-conformance";
import {
  type Ability,
  type ConformanceTarget,
  parseAbilities,
} from "../../lib/testing/contracts/service-bus-conformance/target";
import type { AccessKey } from "./amqp/authority";
import { MovableClock } from "./clock";
import { startBroker } from "./start-broker";

/** What no broker can do that this suite has no hand in. */
const NOT_ELSEWHERE: readonly Ability[] = ["moving-clock", "throttling-on-command", "small-entities"];
const EMULATOR_CANNOT: readonly Ability[] = [
  "partitioned-entities",
  "large-messages",
  "large-peeks",
  "long-durations",
  "status-changes",
  "idle-deletion",
  "batch-delete",
  "session-lists",
  "checked-tokens",
  "false-filters",
  "namespace-properties",
];

/** What a namespace's tier leaves out; the partitions of a Premium namespace are the namespace's own. */
const TIER_CANNOT: Readonly<Record<NamespaceProperties["messagingSku"], readonly Ability[]>> = {
  Basic: ["large-messages", "topics", "sessions", "duplicate-detection", "forwarding"],
  Standard: ["large-messages"],
  Premium: ["partitioned-entities"],
};

/**
 * Runs the rules against the embedded broker, or against what SERVICE_BUS_CONFORMANCE names: the connection string of a real
 * namespace or of Microsoft's emulator (told by UseDevelopmentEmulator=true).
 */
const elsewhere = process.env.SERVICE_BUS_CONFORMANCE;

if (elsewhere === undefined) {
  // The tokens of a client are signed for the real time, so the broker whose clock goes on by hours checks none.
  const open = await embedded("embedded broker", []);
  const guarded = await embedded("embedded broker with keys", [
    { name: "RootManageSharedAccessKey", key: "c2VjcmV0", rights: ["Send", "Listen", "Manage"] },
    { name: "listen", key: "bGlzdGVu", rights: ["Listen"] },
  ]);
  const book = describeServiceBusConformance(open, guarded);
  test("the embedded broker skips no rule", () => expect(book.skipped).toBe(0));
} else {
  describeServiceBusConformance(await another(elsewhere));
}

async function embedded(name: string, accessKeys: readonly AccessKey[]): Promise<ConformanceTarget> {
  const clock = new MovableClock();
  const config = { UserConfig: { Namespaces: [{ Name: "conformance" }] } };
  const broker = await startBroker({ config, clock, accessKeys, controlPort: 0 });
  afterAll(() => broker.close());
  const { connectionString, administrationUrl } = broker;
  const faults = async (method: string, body?: string): Promise<void> => {
    const answer = await fetch(`${broker.controlUrl}/faults`, { method, ...(body ? { body } : {}) });
    if (!answer.ok) throw new Error(await answer.text());
  };
  const listening = accessKeys.find(({ rights }) => !rights.includes("Send"));
  return {
    name,
    connectionString,
    administration: administrationOverHttp(connectionString, administrationUrl),
    administrationFor: (connection) => administrationOverHttp(connection, administrationUrl),
    cannot: new Set(),
    listenConnectionString: listening
      ? connectionString
          .replace(/SharedAccessKeyName=[^;]*/, `SharedAccessKeyName=${listening.name}`)
          .replace(/SharedAccessKey=[^;]*/, `SharedAccessKey=${listening.key}`)
      : null,
    patienceMs: 5000,
    nothingMs: 100,
    now: () => clock.now(),
    passTime: async (ms) => clock.advance(ms),
    throttle: async () => {
      await faults("POST", JSON.stringify({ fault: "server-busy" }));
      return () => faults("DELETE");
    },
  };
}

/** A namespace or the emulator. What it cannot do beyond what is known is named by SERVICE_BUS_CONFORMANCE_CANNOT. */
async function another(connectionString: string): Promise<ConformanceTarget> {
  const isEmulator = /UseDevelopmentEmulator=true/i.test(connectionString);
  const url = process.env.SERVICE_BUS_CONFORMANCE_ADMIN ?? "http://localhost:5300";
  const listen = process.env.SERVICE_BUS_CONFORMANCE_LISTEN ?? null;
  const administrationFor = (connection: string): ServiceBusAdministrationClient =>
    isEmulator ? administrationOverHttp(connection, url) : new ServiceBusAdministrationClient(connection);
  const administration = administrationFor(connectionString);
  const tierCannot = isEmulator
    ? EMULATOR_CANNOT
    : TIER_CANNOT[(await administration.getNamespaceProperties()).messagingSku];
  return {
    name: isEmulator
      ? "Microsoft's emulator"
      : (parseServiceBusConnectionString(connectionString).fullyQualifiedNamespace ?? "a namespace"),
    connectionString,
    administration,
    administrationFor,
    cannot: new Set<Ability>([
      ...NOT_ELSEWHERE,
      ...tierCannot,
      ...(listen === null ? (["limited-keys"] as const) : []),
      ...parseAbilities(process.env.SERVICE_BUS_CONFORMANCE_CANNOT ?? ""),
    ]),
    listenConnectionString: listen,
    patienceMs: 60_000,
    nothingMs: 2000,
    now: () => Date.now(),
    passTime: (ms) => delay(ms),
    throttle: () => Promise.reject(new Error("A service cannot be made busy on command.")),
  };
}
