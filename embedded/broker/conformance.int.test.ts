import { setTimeout as delay } from "node:timers/promises";
import { parseServiceBusConnectionString, ServiceBusAdministrationClient } from "@azure/service-bus";
import { afterAll } from "vitest";
import { describeServiceBusConformance } from "../../lib/testing/contracts/service-bus-conformance";
import type { Ability } from "../../lib/testing/contracts/service-bus-conformance/bench";
import { MovableClock } from "./clock";
import { startBroker } from "./start-broker";

/**
 * Runs the rules against the embedded broker, or against what SERVICE_BUS_CONFORMANCE names: the connection string of a real
 * namespace or of Microsoft's emulator (told by UseDevelopmentEmulator=true; its administration on port 5300, or the one in
 * SERVICE_BUS_CONFORMANCE_ADMIN).
 */
const elsewhere = process.env.SERVICE_BUS_CONFORMANCE;

if (elsewhere === undefined) {
  const clock = new MovableClock();
  const broker = await startBroker({ config: { UserConfig: { Namespaces: [{ Name: "conformance" }] } }, clock });
  afterAll(() => broker.close());
  describeServiceBusConformance({
    name: "embedded broker",
    connectionString: broker.connectionString,
    administration: overHttp(broker.connectionString, broker.administrationUrl),
    cannot: new Set(),
    now: () => clock.now(),
    passTime: async (ms) => clock.advance(ms),
  });
} else {
  const isEmulator = /UseDevelopmentEmulator=true/i.test(elsewhere);
  const emulatorCannot: Ability[] = ["partitioned-entities", "large-peeks", "moving-clock", "status-changes"];
  describeServiceBusConformance({
    name: isEmulator
      ? "Microsoft's emulator"
      : (parseServiceBusConnectionString(elsewhere).fullyQualifiedNamespace ?? "a namespace"),
    connectionString: elsewhere,
    administration: isEmulator
      ? overHttp(elsewhere, process.env.SERVICE_BUS_CONFORMANCE_ADMIN ?? "http://localhost:5300")
      : new ServiceBusAdministrationClient(elsewhere),
    cannot: new Set(isEmulator ? emulatorCannot : ["moving-clock"]),
    now: () => Date.now(),
    passTime: (ms) => delay(ms),
  });
}

/** The administration client insists on https; a policy of its pipeline takes it to the address in the clear. */
function overHttp(connectionString: string, url: string): ServiceBusAdministrationClient {
  const client = new ServiceBusAdministrationClient(connectionString);
  const { pipeline } = client as unknown as { pipeline: { addPolicy(policy: object): void } };
  pipeline.addPolicy({
    name: "over-http",
    sendRequest(
      request: { url: string; allowInsecureConnection: boolean },
      next: (request: object) => Promise<unknown>,
    ) {
      const { pathname, search } = new URL(request.url);
      request.url = new URL(`${pathname}${search}`, url).toString();
      request.allowInsecureConnection = true;
      return next(request);
    },
  });
  return client;
}
