import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigError, type ConfigProblem } from "./config-error";
import { loadConfig } from "./load-config";

const folder = mkdtempSync(join(tmpdir(), "dlq-console-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const CONNECTION_STRING = "Endpoint=sb://contoso.example/;SharedAccessKeyName=reader;SharedAccessKey=very-secret-key=";
const MINIMAL = {
  namespaces: [{ name: "shop", connectionStringVariable: "SHOP_CONNECTION" }],
  auth: { localAccounts: true },
};

let files = 0;
function environment(file: unknown, env: Record<string, string | undefined> = {}) {
  files += 1;
  const path = join(folder, `${files}.json`);
  writeFileSync(path, typeof file === "string" ? file : JSON.stringify(file));
  return {
    DLQ_CONSOLE_CONFIG: path,
    DATABASE_URL: "postgresql://console:database-secret@db.example:5432/console",
    NEXTAUTH_SECRET: "a-signing-secret-of-thirty-two-characters",
    NEXTAUTH_URL: "https://dlq.example.org",
    SHOP_CONNECTION: CONNECTION_STRING,
    ...env,
  };
}

function problemsOf(env: Record<string, string | undefined>): readonly ConfigProblem[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const keysOf = (env: Record<string, string | undefined>) => problemsOf(env).map((problem) => problem.key);

describe("a good configuration", () => {
  test("fills in what is left out and resolves secrets from their variables", () => {
    const config = loadConfig(environment(MINIMAL));
    expect(config.namespaces).toEqual([
      {
        name: "shop",
        broker: "service-bus",
        connectionStringVariable: "SHOP_CONNECTION",
        connectionString: CONNECTION_STRING,
        include: ["*"],
        exclude: [],
        entities: [],
        maxReplayRate: 100,
        scanCreditsPerSecond: 200,
      },
    ]);
    expect(config.scan).toEqual({ watchSeconds: 10, walkSeconds: 60, keepBytes: 2_097_152, retainDays: 30 });
    expect(config.replay).toEqual({ defaultRate: 20, planHours: 1 });
    expect(config).toMatchObject({ metricsToken: null, logLevel: "info", auth: { localAccounts: true, oidc: null } });
  });

  test("a namespace by host name has no connection string: its credentials are the process's identity", () => {
    const file = {
      ...MINIMAL,
      namespaces: [{ name: "prod", fullyQualifiedNamespace: "contoso.servicebus.windows.net" }],
    };
    expect(loadConfig(environment(file)).namespaces[0]?.connectionString).toBeNull();
  });

  test("an OpenID Connect client gets its secret from the named variable, and the name does not stay", () => {
    const oidc = { issuer: "https://id.example.org", clientId: "console", clientSecretVariable: "OIDC_SECRET" };
    const config = loadConfig(environment({ ...MINIMAL, auth: { oidc } }, { OIDC_SECRET: "client-secret" }));
    expect(config.auth.oidc).toEqual({
      issuer: "https://id.example.org",
      clientId: "console",
      clientSecret: "client-secret",
      name: "Single sign-on",
      roleClaim: "roles",
      roleMap: {},
    });
  });

  test("a variable set to nothing counts as not set", () => {
    expect(loadConfig(environment(MINIMAL, { METRICS_TOKEN: "", LOG_LEVEL: "" }))).toMatchObject({
      metricsToken: null,
      logLevel: "info",
    });
  });
});

describe("a bad configuration", () => {
  test("every problem is told at once", () => {
    const keys = keysOf({
      ...environment({ namespaces: [{ name: "", include: [] }], scan: { watchSeconds: "soon" } }),
      DATABASE_URL: undefined,
      NEXTAUTH_SECRET: "short",
      LOG_LEVEL: "loud",
    });
    expect(keys).toEqual(
      expect.arrayContaining([
        "namespaces[0].name",
        "namespaces[0].include",
        "scan.watchSeconds",
        "DATABASE_URL",
        "NEXTAUTH_SECRET",
        "LOG_LEVEL",
      ]),
    );
  });

  test("unknown keys are refused by name, with the keys known at that place", () => {
    const problems = problemsOf(
      environment({ ...MINIMAL, namespaces: [{ ...MINIMAL.namespaces[0], rate: 5 }], scan: { pace: 1 }, replays: {} }),
    );
    expect(problems.map((problem) => problem.key).sort()).toEqual(["namespaces[0].rate", "replays", "scan.pace"]);
    expect(problems.find((problem) => problem.key === "scan.pace")?.remedy).toBe(
      "Known here are watchSeconds, walkSeconds, keepBytes, retainDays",
    );
    expect(problems.find((problem) => problem.key === "namespaces[0].rate")?.remedy).toContain("maxReplayRate");
  });

  test("unknown variables of this console are refused by name", () => {
    expect(keysOf(environment(MINIMAL, { DLQ_CONSOLE_CONFG: "x" }))).toEqual(["DLQ_CONSOLE_CONFG"]);
  });

  test("a key that names a variable says so when it holds something else", () => {
    const [problem] = problemsOf(
      environment({ ...MINIMAL, namespaces: [{ name: "shop", connectionStringVariable: CONNECTION_STRING }] }),
    );
    expect(problem?.key).toBe("namespaces[0].connectionStringVariable");
    expect(problem?.problem).toContain("name of an environment variable");
  });

  test.each([
    ["both ways to connect", { connectionStringVariable: "SHOP_CONNECTION", fullyQualifiedNamespace: "a.example" }],
    ["no way to connect", {}],
  ])("a namespace with %s is refused", (_, connection) => {
    const [problem] = problemsOf(environment({ ...MINIMAL, namespaces: [{ name: "shop", ...connection }] }));
    expect(problem?.problem).toContain("exactly one of");
  });

  test.each([
    ["missing", undefined, "is not set"],
    ["something else", "postgresql://secret@host/db", "does not hold a Service Bus connection string"],
    ["of one entity", `${CONNECTION_STRING};EntityPath=orders`, "single entity"],
  ])("a connection string that is %s is told", (_, text, expected) => {
    const [problem] = problemsOf(environment(MINIMAL, { SHOP_CONNECTION: text }));
    expect(problem?.key).toBe("namespaces[0].connectionStringVariable");
    expect(problem?.problem).toContain(expected);
  });

  test("a connection string of one entity does for an entity that is named", () => {
    const file = { ...MINIMAL, namespaces: [{ ...MINIMAL.namespaces[0], entities: ["orders"] }] };
    expect(keysOf(environment(file, { SHOP_CONNECTION: `${CONNECTION_STRING};EntityPath=orders` }))).toEqual([]);
  });

  test("two namespaces may not share a name", () => {
    const file = { ...MINIMAL, namespaces: [MINIMAL.namespaces[0], MINIMAL.namespaces[0]] };
    expect(keysOf(environment(file))).toEqual(["namespaces[1].name"]);
  });

  test("no namespace, no way to sign in and a default rate above the ceiling are told", () => {
    expect(keysOf(environment({}))).toEqual(["namespaces", "auth"]);
    const slow = { ...MINIMAL, namespaces: [{ ...MINIMAL.namespaces[0], maxReplayRate: 5 }] };
    expect(keysOf(environment(slow))).toEqual(["replay.defaultRate"]);
  });

  test("a file that is missing or not named is told by its path", () => {
    expect(keysOf(environment(MINIMAL, { DLQ_CONSOLE_CONFIG: undefined }))).toEqual(["DLQ_CONSOLE_CONFIG"]);
    const [problem] = problemsOf(environment(MINIMAL, { DLQ_CONSOLE_CONFIG: join(folder, "absent.json") }));
    expect(problem?.problem).toContain("absent.json cannot be read (ENOENT)");
  });

  test("broken JSON is told with its place, without the text around it", () => {
    const [problem] = problemsOf(environment('{\n  "namespaces": [ "hunter2" oops ]\n}'));
    expect(problem?.problem).toMatch(/not valid JSON: \w+ at line 2, column 29$/);
    expect(problem?.problem).not.toContain("hunter2");
  });
});

test("no message holds a value: any of them may be a secret", () => {
  const secrets = ["hunter2-key", "hunter2-db", "hunter2-short", "hunter2-token", "hunter2-level", "hunter2-url"];
  const env = environment(
    {
      namespaces: [{ name: 7, connectionStringVariable: secrets[0], administrationUrl: secrets[5] }],
      scan: secrets[0],
    },
    {
      DATABASE_URL: `mysql://${secrets[1]}`,
      NEXTAUTH_SECRET: secrets[2],
      METRICS_TOKEN: secrets[3],
      LOG_LEVEL: secrets[4],
      NEXTAUTH_URL: secrets[5],
    },
  );
  const text = JSON.stringify(problemsOf(env));
  expect(problemsOf(env).length).toBeGreaterThanOrEqual(8);
  expect(text).not.toContain("hunter2");
  expect(() => loadConfig(env)).toThrow(/^The configuration has \d+ problems:\n {2}/);
});
