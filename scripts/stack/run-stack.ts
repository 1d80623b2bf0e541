import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type RunningPostgres, startPostgres } from "../../embedded/postgres/start-postgres";
import { loadConfig } from "../../lib/config/load-config";
import { applyMigrations } from "../../lib/store/migrate";
import { root } from "../prepare/paths.mjs";
import type { Child, Environment } from "./child";
import { type BrokerPorts, startBroker, startSample, startWeb, startWorker } from "./children";
import type { Parts } from "./decide-parts";
import { ensureAccounts } from "./ensure-accounts";
import { type KeptChild, keepRunning } from "./keep-running";
import { type Account, readSecrets } from "./secrets";

export interface StackOptions {
  readonly parts: Parts;
  /** Folder of everything that is kept: database, broker, secrets, logs. */
  readonly data: string;
  /** Port of the pages, free. */
  readonly port: number;
  /** Dead letters that the sample makes up at the first start: some thousands, or some dozens for tests. */
  readonly sampleScale: "full" | "small";
  /** False: a crash of the machine may lose the embedded database; for tests. */
  readonly durable: boolean;
  /** Serve pages that are built as they are asked for. */
  readonly dev: boolean;
  readonly env: Environment;
  readonly tell: Tell;
}

export interface Tell {
  /** A step of the start is done. */
  done(what: string, milliseconds: number): void;
  /** Something that the person at the terminal should see. */
  warn(line: string): void;
}

export interface Stack {
  readonly url: string;
  /** Empty unless this stack made the accounts. */
  readonly accounts: readonly Account[];
  readonly metricsToken: string | null;
  /** Page and HTTP interface of the sample, where fixes are deployed; null without a sample. */
  readonly sampleUrl: string | null;
  readonly databaseUrl: string;
  readonly workerLog: string;
  /** Resolves with the reason when a part that the rest cannot do without has ended. */
  readonly broken: Promise<string>;
  /** Ends all parts in order: those that use others first. */
  stop(): Promise<void>;
  /** Ends all parts at once. */
  kill(): void;
}

/** Longer than the worker takes at most to end its sends in order. */
const GRACE_MS = 25_000;

/**
 * Starts the parts of the console in order and keeps worker and sample running. Rejects when a part does not start;
 * whatever had been started has been stopped by then.
 */
export async function runStack(options: StackOptions): Promise<Stack> {
  const { parts, tell } = options;
  mkdirSync(options.data, { recursive: true, mode: 0o711 });
  const logs = join(options.data, "logs");
  mkdirSync(logs, { recursive: true, mode: 0o700 });

  const stops: { stop: () => Promise<void>; kill: () => void }[] = [];
  const stop = async () => {
    for (const part of stops.splice(0).reverse()) await part.stop();
  };
  const kill = () => {
    for (const part of stops.splice(0).reverse()) part.kill();
  };
  const watch = <T extends Child | KeptChild>(child: T): T => {
    stops.push({ stop: () => child.stop(GRACE_MS), kill: () => child.kill() });
    return child;
  };
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const result = await work();
    tell.done(what, performance.now() - began);
    return result;
  };
  const context = { logs, warn: tell.warn };

  try {
    const url = `http://127.0.0.1:${options.port}`;
    const secrets = readSecrets(options.data);
    // The database's address is not known yet; everything else that may be wrong is told before anything is started.
    const draft = environment(options, { url, secrets, databaseUrl: "postgresql://127.0.0.1/", brokerPorts: null });
    loadConfig(draft);

    let postgres: RunningPostgres | null = null;
    if (parts.database === "embedded") {
      postgres = await timed(`Embedded PostgreSQL, data in ${shown(join(options.data, "postgres"))}`, () =>
        startPostgres({ dataDir: join(options.data, "postgres"), durable: options.durable }),
      );
      const running = postgres;
      stops.push({ stop: running.stop, kill: () => void running.stop() });
    }
    const databaseUrl = postgres?.url ?? options.env.DATABASE_URL ?? "";
    const applied = await timed("Database schema up to date", () =>
      applyMigrations(databaseUrl, join(root, "prisma", "migrations"), () => {}),
    );
    for (const name of applied) tell.done(`  applied ${name}`, 0);

    const broker =
      parts.broker === "embedded"
        ? await timed("Embedded broker, Service Bus-compatible", () => startBroker({ ...context, data: options.data }))
        : null;
    if (broker !== null) watch(broker.child);

    const env = environment(options, { url, secrets, databaseUrl, brokerPorts: broker?.ports ?? null });
    const config = loadConfig(env);
    const makesAccounts = config.auth.localAccounts && parts.database === "embedded";
    const [sampleUrl] = await Promise.all([
      parts.sample && broker !== null
        ? timed("Sample traffic", () => startSampleTraffic(options, context, broker.ports, watch))
        : null,
      makesAccounts ? timed("Local accounts", () => ensureAccounts(databaseUrl, secrets.accounts)) : null,
    ]);

    const [worker, web] = await Promise.all([
      timed("Worker", () => startWorker({ ...context, env })),
      timed("Web server", () => startWeb({ ...context, env, port: options.port, url, dev: options.dev })),
    ]);
    // The worker goes first: it ends its windows while pages still tell what it does.
    watch(web);
    watch(keepRunning(worker, () => startWorker({ ...context, env }), tell.warn));

    const broken = Promise.race([
      web.ended.then((how) => `The web server ended (${how}). Its last lines:\n${web.tail()}`),
      ...(broker === null
        ? []
        : [
            broker.child.ended.then(
              (how) => `The embedded broker ended (${how}). Its last lines:\n${broker.child.tail()}`,
            ),
          ]),
      ...(postgres === null ? [] : [postgres.ended.then(() => `PostgreSQL ended. See ${postgres.logFile}`)]),
    ]);
    return {
      url,
      accounts: makesAccounts ? secrets.accounts : [],
      metricsToken: config.metricsToken,
      sampleUrl,
      databaseUrl,
      workerLog: join(logs, "worker.log"),
      broken,
      stop,
      kill,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSampleTraffic(
  options: StackOptions,
  context: { logs: string; warn: (line: string) => void },
  ports: BrokerPorts,
  watch: (child: KeptChild) => KeptChild,
): Promise<string> {
  const begin = (port: number) =>
    startSample({
      ...context,
      ...{ data: options.data, scale: options.sampleScale, ports, port },
      connectionString: connectionString(ports.amqp),
    });
  const first = await begin(0);
  // The address has been told, so it stays the same.
  watch(keepRunning(first.child, async () => (await begin(first.port)).child, options.tell.warn));
  return `http://127.0.0.1:${first.port}`;
}

interface Known {
  readonly url: string;
  readonly secrets: ReturnType<typeof readSecrets>;
  readonly databaseUrl: string;
  readonly brokerPorts: { readonly amqp: number; readonly admin: number } | null;
}

/** The environment of web and worker: what was given, and what the embedded parts add to it. */
function environment(options: StackOptions, known: Known): Environment {
  const { parts, env } = options;
  const generated: Environment =
    parts.database === "embedded"
      ? { NEXTAUTH_SECRET: known.secrets.sessionSecret, METRICS_TOKEN: known.secrets.metricsToken }
      : {};
  const local: Environment =
    parts.database === "embedded" || parts.broker === "embedded" ? { NEXTAUTH_URL: known.url } : {};
  const file = env.DLQ_CONSOLE_CONFIG ? { DLQ_CONSOLE_CONFIG: resolve(env.DLQ_CONSOLE_CONFIG) } : {};
  const result = { ...generated, ...local, ...withoutEmpty(env), ...file, DATABASE_URL: known.databaseUrl };
  if (parts.broker === "configured") return result;
  const { amqp, admin } = known.brokerPorts ?? { amqp: 1, admin: 1 };
  return {
    ...result,
    DLQ_CONSOLE_CONFIG: writeConfiguration(options, admin),
    EMBEDDED_BROKER: connectionString(amqp),
  };
}

/** The emulator's form of a connection string; the key is any text. */
function connectionString(amqpPort: number): string {
  return `Endpoint=sb://127.0.0.1:${amqpPort};SharedAccessKeyName=embedded;SharedAccessKey=embedded;UseDevelopmentEmulator=true;`;
}

/** The person's own file, if there is one, with the embedded broker's namespace and local accounts added. */
function writeConfiguration(options: StackOptions, adminPort: number): string {
  const given = options.env.DLQ_CONSOLE_CONFIG;
  const content = given ? (JSON.parse(readFileSync(given, "utf8")) as Record<string, unknown>) : {};
  const file = join(options.data, "console.json");
  const namespace = {
    name: "embedded",
    connectionStringVariable: "EMBEDDED_BROKER",
    administrationUrl: `http://127.0.0.1:${adminPort}`,
  };
  const auth = { ...(content.auth as object | undefined), localAccounts: true };
  writeFileSync(file, `${JSON.stringify({ ...content, namespaces: [namespace], auth }, null, 2)}\n`);
  return file;
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
}

function shown(path: string): string {
  const inside = relative(root, path);
  return inside.startsWith("..") ? path : inside;
}
