import type { Config, NamespaceConfig } from "@/lib/contracts/configuration";

/** A namespace as the configuration names it: "test", at which nothing listens, a hundred copies a second. */
export function madeNamespace(given: Partial<NamespaceConfig> = {}): NamespaceConfig {
  return {
    name: "test",
    broker: "service-bus",
    connectionString: "Endpoint=sb://localhost;SharedAccessKeyName=test;SharedAccessKey=dGVzdA==",
    connectionStringVariable: "TEST",
    include: ["*"],
    exclude: [],
    entities: [],
    maxReplayRate: 100,
    scanCreditsPerSecond: null,
    ...given,
  };
}

/** A configuration for tests, whole, so that none has to pretend that a part of it were one. */
export function madeConfig(given: Partial<Config> = {}): Config {
  return {
    databaseUrl: "",
    namespaces: [madeNamespace()],
    scan: { watchSeconds: 1, walkSeconds: 5, keepBytes: 1_000_000, retainDays: 30 },
    replay: { defaultRate: 20, planHours: 1 },
    tracing: { links: [] },
    outbound: { allowedHosts: [] },
    auth: { localAccounts: false, secret: "x".repeat(32), url: "http://localhost", oidc: null },
    metricsToken: null,
    logLevel: "info",
    ...given,
  };
}
