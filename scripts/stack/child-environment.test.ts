import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../lib/config/load-config";
import { childEnvironment } from "./child-environment";
import { readSecrets } from "./secrets";

const data = mkdtempSync(join(tmpdir(), "dlq-console-environment-"));
afterAll(() => rmSync(data, { recursive: true }));
const known = {
  url: "http://127.0.0.1:3000",
  databaseUrl: "postgresql://127.0.0.1/db",
  brokerPorts: { amqp: 1001, admin: 1002 },
};
const embedded = { database: "embedded", broker: "embedded", sample: true } as const;

describe("the environment of web and worker", () => {
  test("on embedded parts it is a whole configuration: one namespace, local accounts, generated secrets", () => {
    const secrets = readSecrets(data);
    const config = loadConfig(childEnvironment({ parts: embedded, data, env: {} }, { ...known, secrets }));
    expect(config).toMatchObject({
      databaseUrl: known.databaseUrl,
      namespaces: [{ name: "embedded", administrationUrl: "http://127.0.0.1:1002" }],
      auth: { localAccounts: true, secret: secrets.sessionSecret, url: known.url },
      metricsToken: secrets.metricsToken,
    });
    expect(config.namespaces[0]?.connectionString).toContain("127.0.0.1:1001");
  });

  test("a person's own file without namespaces keeps its other settings", () => {
    const file = join(data, "own.json");
    writeFileSync(file, JSON.stringify({ scan: { watchSeconds: 3 } }));
    const options = { parts: embedded, data, env: { DLQ_CONSOLE_CONFIG: file, LOG_LEVEL: "debug" } };
    const config = loadConfig(childEnvironment(options, { ...known, secrets: readSecrets(data) }));
    expect(config).toMatchObject({ scan: { watchSeconds: 3 }, logLevel: "debug" });
    expect(config.namespaces.map((namespace) => namespace.name)).toEqual(["embedded"]);
  });

  test("with nothing embedded, nothing is added: what is missing is told, not made up", () => {
    const parts = { database: "given", broker: "configured", sample: false } as const;
    const env = childEnvironment(
      { parts, data, env: { NEXTAUTH_URL: "" } },
      { ...known, secrets: null, brokerPorts: null },
    );
    expect(env).toEqual({ DATABASE_URL: known.databaseUrl });
  });
});

test("secrets are made once and only their owner may read them", () => {
  const secrets = readSecrets(data);
  expect(readSecrets(data)).toEqual(secrets);
  expect(statSync(join(data, "secrets.json")).mode & 0o077).toBe(0);
  expect(new Set(secrets.accounts.map(({ password }) => password)).size).toBe(5);
  expect(readFileSync(join(data, "console.json"), "utf8")).not.toContain(secrets.sessionSecret);
});
