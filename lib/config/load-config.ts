import { readFileSync } from "node:fs";
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import {
  type Config,
  configurationFile,
  type NamespaceConfig,
  type NamespaceSettings,
  type OidcConfig,
} from "../contracts/configuration";
import { ConfigError, type ConfigProblem } from "./config-error";
import { describeIssue } from "./describe-issue";

type Environment = Readonly<Record<string, string | undefined>>;
type Report = (key: string, problem: string, remedy: string) => void;

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
const SECRET_LENGTH = 32;
const TOKEN_LENGTH = 16;

/**
 * Reads the whole configuration: the environment, and the JSON file that DLQ_CONSOLE_CONFIG names. Call it once per
 * process. Throws `ConfigError` with every problem at once; its text never holds a value, so it may be logged.
 * A variable that is set to nothing counts as not set.
 */
export function loadConfig(env: Environment = process.env): Config {
  const problems: ConfigProblem[] = [];
  const report: Report = (key, problem, remedy) => problems.push({ key, problem, remedy });

  for (const name of Object.keys(env)) {
    if (name.startsWith("DLQ_CONSOLE_") && name !== "DLQ_CONSOLE_CONFIG") {
      report(name, "this variable is not known", "Remove it; the settings of the console stand in the file");
    }
  }
  const file = readFile(env, problems);
  const config: Config = {
    databaseUrl: readDatabaseUrl(env, report),
    namespaces: (file?.namespaces ?? []).map((settings, index) => resolveNamespace(settings, index, env, report)),
    scan: file?.scan ?? configurationFile.parse({}).scan,
    replay: file?.replay ?? configurationFile.parse({}).replay,
    tracing: file?.tracing ?? configurationFile.parse({}).tracing,
    outbound: file?.outbound ?? configurationFile.parse({}).outbound,
    auth: {
      localAccounts: file?.auth.localAccounts ?? false,
      secret: readSecret(env, report),
      url: readPublicUrl(env, report),
      oidc: file?.auth.oidc === undefined ? null : resolveOidc(file.auth.oidc, env, report),
    },
    metricsToken: readMetricsToken(env, report),
    logLevel: readLogLevel(env, report),
  };
  // Rules between keys are checked only when the file itself could be read: the rest would be noise.
  if (file !== null) checkTogether(config, report);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function value(env: Environment, name: string): string | undefined {
  return env[name] === "" ? undefined : env[name];
}

function readFile(env: Environment, problems: ConfigProblem[]) {
  const path = value(env, "DLQ_CONSOLE_CONFIG");
  const problem = (what: string, remedy: string) => {
    problems.push({ key: "DLQ_CONSOLE_CONFIG", problem: what, remedy });
    return null;
  };
  if (path === undefined) {
    return problem("no configuration file is named", "Set it to the path of a JSON file, see docs/configuration.md");
  }
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return problem(`the file ${path} cannot be read (${code})`, "Check the path and the rights of the file");
  }
  // JSON.parse would quote the text around a mistake, which may be a secret.
  const errors: ParseError[] = [];
  const content: unknown = parse(text, errors, { disallowComments: true, allowEmptyContent: false });
  const first = errors[0];
  if (first !== undefined) {
    const before = text.slice(0, first.offset).split("\n");
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    return problem(
      `${path} is not valid JSON: ${printParseErrorCode(first.error)} at ${place}`,
      "Correct the file at that place",
    );
  }
  const result = configurationFile.safeParse(content);
  if (result.success) return result.data;
  problems.push(...result.error.issues.flatMap((issue) => describeIssue(issue, configurationFile)));
  return null;
}

function readDatabaseUrl(env: Environment, report: Report): string {
  const url = value(env, "DATABASE_URL");
  const remedy = "Set it to an address like postgresql://user:password@host:5432/database";
  if (url === undefined) report("DATABASE_URL", "the address of the PostgreSQL database is missing", remedy);
  else if (!URL.canParse(url) || !["postgres:", "postgresql:"].includes(new URL(url).protocol)) {
    report("DATABASE_URL", "expected the address of a PostgreSQL database", remedy);
  }
  return url ?? "";
}

function readSecret(env: Environment, report: Report): string {
  const secret = value(env, "NEXTAUTH_SECRET") ?? "";
  if (secret.length < SECRET_LENGTH) {
    report(
      "NEXTAUTH_SECRET",
      `expected at least ${SECRET_LENGTH} characters; it signs the sessions of everybody`,
      "Make one with: openssl rand -base64 33",
    );
  }
  return secret;
}

function readPublicUrl(env: Environment, report: Report): string {
  const url = value(env, "NEXTAUTH_URL") ?? "";
  if (!URL.canParse(url) || !["http:", "https:"].includes(new URL(url).protocol)) {
    report(
      "NEXTAUTH_URL",
      "expected the public address of the console",
      "Set it to the address that people type, like https://dlq.example.org",
    );
  }
  return url;
}

function readMetricsToken(env: Environment, report: Report): string | null {
  const token = value(env, "METRICS_TOKEN");
  if (token !== undefined && token.length < TOKEN_LENGTH) {
    report(
      "METRICS_TOKEN",
      `expected at least ${TOKEN_LENGTH} characters`,
      "Make one with: openssl rand -hex 24, or leave it out",
    );
  }
  return token ?? null;
}

function readLogLevel(env: Environment, report: Report): Config["logLevel"] {
  const level = value(env, "LOG_LEVEL") ?? "info";
  const known = LOG_LEVELS.find((name) => name === level);
  if (known === undefined) report("LOG_LEVEL", `expected one of ${LOG_LEVELS.join(", ")}`, "Use one of these");
  return known ?? "info";
}

function resolveNamespace(
  settings: NamespaceSettings,
  index: number,
  env: Environment,
  report: Report,
): NamespaceConfig {
  const variable = settings.connectionStringVariable;
  if (variable === undefined) return { ...settings, connectionString: null };
  const connectionString = value(env, variable) ?? "";
  const key = `namespaces[${index}].connectionStringVariable`;
  if (connectionString === "") {
    report(key, `the environment variable ${variable} is not set`, "Set it to the namespace's connection string");
  } else if (!/(^|;)\s*Endpoint=sb:\/\//i.test(connectionString)) {
    report(
      key,
      `${variable} does not hold a Service Bus connection string`,
      "It begins with Endpoint=sb://; copy it from the namespace's shared access policies",
    );
  } else if (/(^|;)\s*EntityPath=/i.test(connectionString) && settings.entities.length === 0) {
    report(
      key,
      `${variable} holds the connection string of a single entity, which may list no others`,
      `Name that entity in namespaces[${index}].entities, or use a connection string of the whole namespace`,
    );
  }
  return { ...settings, connectionString };
}

function resolveOidc(
  oidc: Omit<OidcConfig, "clientSecret"> & { readonly clientSecretVariable: string },
  env: Environment,
  report: Report,
): OidcConfig {
  const { clientSecretVariable, ...rest } = oidc;
  const clientSecret = value(env, clientSecretVariable) ?? "";
  if (clientSecret === "") {
    report(
      "auth.oidc.clientSecretVariable",
      `the environment variable ${clientSecretVariable} is not set`,
      "Set it to the client secret that the identity provider gave",
    );
  }
  return { ...rest, clientSecret };
}

function checkTogether(config: Config, report: Report): void {
  if (config.namespaces.length === 0) {
    report("namespaces", "no namespace is configured, so there is nothing to watch", "Add one");
  }
  const names = config.namespaces.map((namespace) => namespace.name);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) < index) {
      report(`namespaces[${index}].name`, "another namespace has this name", "Give each namespace a name of its own");
    }
  }
  for (const [index, namespace] of config.namespaces.entries()) {
    if (config.replay.defaultRate > namespace.maxReplayRate) {
      report(
        "replay.defaultRate",
        `it is above namespaces[${index}].maxReplayRate`,
        "Lower the default rate, or raise the ceiling of that namespace",
      );
    }
  }
  if (!config.auth.localAccounts && config.auth.oidc === null) {
    report("auth", "nobody could sign in", "Configure auth.oidc, or set auth.localAccounts to true");
  }
}
