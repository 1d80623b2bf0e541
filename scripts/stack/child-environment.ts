import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Environment } from "./child";
import type { Parts } from "./decide-parts";
import type { Secrets } from "./secrets";

interface Options {
  readonly parts: Parts;
  readonly data: string;
  readonly env: Environment;
}

interface Known {
  readonly url: string;
  /** Null when nothing is embedded: then everything is given. */
  readonly secrets: Secrets | null;
  readonly databaseUrl: string;
  readonly brokerPorts: { readonly amqp: number; readonly admin: number } | null;
}

/** The environment of web and worker: what was given, and what the embedded parts add to it. */
export function childEnvironment(options: Options, known: Known): Environment {
  const { parts, env } = options;
  const generated: Environment =
    known.secrets === null
      ? {}
      : {
          NEXTAUTH_URL: known.url,
          NEXTAUTH_SECRET: known.secrets.sessionSecret,
          METRICS_TOKEN: known.secrets.metricsToken,
        };
  const file = env.DLQ_CONSOLE_CONFIG ? { DLQ_CONSOLE_CONFIG: resolve(env.DLQ_CONSOLE_CONFIG) } : {};
  const result = { ...generated, ...withoutEmpty(env), ...file, DATABASE_URL: known.databaseUrl };
  if (parts.broker === "configured") return result;
  const { amqp, admin } = known.brokerPorts ?? { amqp: 1, admin: 1 };
  return {
    ...result,
    DLQ_CONSOLE_CONFIG: writeConfiguration(options, admin),
    EMBEDDED_BROKER: connectionString(amqp),
  };
}

/** The emulator's form of a connection string; the key is any text. */
export function connectionString(amqpPort: number): string {
  return `Endpoint=sb://127.0.0.1:${amqpPort};SharedAccessKeyName=embedded;SharedAccessKey=embedded;UseDevelopmentEmulator=true;`;
}

/** The person's own file, if there is one, with the embedded broker's namespace and local accounts added. */
function writeConfiguration(options: Options, adminPort: number): string {
  const given = options.env.DLQ_CONSOLE_CONFIG;
  const content = given ? (JSON.parse(readFileSync(given, "utf8")) as Record<string, unknown>) : {};
  const file = join(options.data, "console.json");
  const namespace = {
    name: "embedded",
    connectionStringVariable: "EMBEDDED_BROKER",
    administrationUrl: `http://127.0.0.1:${adminPort}`,
    // The embedded broker counts no credits.
    scanCreditsPerSecond: null,
  };
  const auth = { ...(content.auth as object | undefined), localAccounts: true };
  writeFileSync(file, `${JSON.stringify({ ...content, namespaces: [namespace], auth }, null, 2)}\n`);
  return file;
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
}
