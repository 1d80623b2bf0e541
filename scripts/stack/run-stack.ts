import { mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { type RunningPostgres, startPostgres } from "../../embedded/postgres/start-postgres";
import { loadConfig } from "../../lib/config/load-config";
import { applyMigrations } from "../../lib/store/migrate";
import { root } from "../prepare/paths.mjs";
import { aborted, type Child, type Environment } from "./child";
import { childEnvironment, connectionString } from "./child-environment";
import { type BrokerPorts, startBroker, startSample, startWeb, startWorker } from "./children";
import type { Parts } from "./decide-parts";
import { ensureAccounts } from "./ensure-accounts";
import { type KeptChild, keepRunning } from "./keep-running";
import { type Account, readSecrets } from "./secrets";
import { bundleProgram } from "./worker-program";

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
  /** Gives up a start that is under way. */
  readonly signal?: AbortSignal;
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
  /** Seeding, record and faults of the embedded broker, for tests; null with another broker. */
  readonly brokerControlUrl: string | null;
  /** Resolves with the reason when a part that the rest cannot do without has ended. */
  readonly broken: Promise<string>;
  /** Ends all parts in order: those that use others first. */
  stop(): Promise<void>;
  /** Ends all parts at once. */
  kill(): void;
}

/** Longer than the worker takes at most to end its sends in order. */
const GRACE_MS = 25_000;

/** Those that use others end before them; the worker before the pages that show what it does. */
const END_ORDER = ["sample", "worker", "web", "broker", "database"] as const;

interface Running {
  stop(): Promise<void>;
  kill(): void;
}

/**
 * Starts the parts of the console in order and keeps worker and sample running. Rejects when a part does not start or
 * the signal is given; whatever had been started has ended by then.
 */
export async function runStack(options: StackOptions): Promise<Stack> {
  const { parts, data, tell } = options;
  mkdirSync(data, { recursive: true, mode: 0o711 });
  const logs = join(data, "logs");
  mkdirSync(logs, { recursive: true, mode: 0o700 });

  const ending = new AbortController();
  void aborted(options.signal).then(() => ending.abort());
  // What a part says of others that end before it is no news.
  const warn = (line: string) => ending.signal.aborted || tell.warn(line);
  const context = { logs, warn, signal: ending.signal };
  const running = new Map<(typeof END_ORDER)[number], Running>();
  const keep = (name: (typeof END_ORDER)[number], child: Child | KeptChild) =>
    running.set(name, { stop: () => child.stop(GRACE_MS), kill: () => child.kill() });
  const stop = async () => {
    ending.abort();
    for (const name of END_ORDER) await running.get(name)?.stop();
  };
  const step = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    ending.signal.throwIfAborted();
    const began = performance.now();
    const result = await work();
    tell.done(what, performance.now() - began);
    return result;
  };

  try {
    const url = `http://127.0.0.1:${options.port}`;
    const secrets = parts.database === "given" && parts.broker === "configured" ? null : readSecrets(data);
    // The database's address is not known yet; everything else that may be wrong is told before anything is started.
    loadConfig(childEnvironment(options, { url, secrets, databaseUrl: "postgresql://127.0.0.1/", brokerPorts: null }));

    const postgres =
      parts.database === "given"
        ? null
        : await step(`PostgreSQL, data in ${shown(join(data, "postgres"))}`, () =>
            startPostgres({ dataDir: join(data, "postgres"), durable: options.durable }),
          );
    if (postgres !== null) running.set("database", { stop: postgres.stop, kill: () => void postgres.stop() });
    const databaseUrl = postgres?.url ?? options.env.DATABASE_URL ?? "";
    const applied = await step("Database schema", () =>
      applyMigrations(databaseUrl, join(root, "prisma", "migrations"), () => {}),
    );
    for (const name of applied) tell.done(`  ${name} applied`, 0);

    const broker =
      parts.broker === "configured"
        ? null
        : await step("Service Bus-compatible broker", () => startBroker({ ...context, data }));
    if (broker !== null) keep("broker", broker.child);

    const env = childEnvironment(options, { url, secrets, databaseUrl, brokerPorts: broker?.ports ?? null });
    const config = loadConfig(env);
    const accounts = config.auth.localAccounts && secrets !== null ? secrets.accounts : [];
    const [sampleUrl] = await together(ending, [
      broker === null || !parts.sample
        ? null
        : step("Sample traffic", async () => {
            const sample = await startSampleTraffic(options, context, broker.ports);
            keep("sample", sample.kept);
            return sample.url;
          }),
      accounts.length === 0 ? null : step("Local accounts", () => ensureAccounts(databaseUrl, accounts)),
    ]);

    const [web] = await together(ending, [
      step("Web server", async () => {
        const child = await startWeb({ ...context, env, port: options.port, url, dev: options.dev });
        keep("web", child);
        return child;
      }),
      step("Worker", async () => {
        const program = bundleProgram("worker/main.ts");
        const begin = () => startWorker({ ...context, env, program });
        keep("worker", keepRunning(await begin(), begin, warn));
      }),
    ]);
    return {
      url,
      accounts,
      metricsToken: config.metricsToken,
      sampleUrl,
      databaseUrl,
      brokerControlUrl: broker === null ? null : `http://127.0.0.1:${broker.ports.control}`,
      broken: firstEnd(web, broker?.child ?? null, postgres),
      stop,
      kill: () => {
        ending.abort();
        for (const name of END_ORDER) running.get(name)?.kill();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for all; the first that fails has the others given up, and is what is thrown when they have ended. */
async function together<T extends readonly unknown[]>(
  ending: AbortController,
  work: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const all = Promise.all(work);
  all.catch(() => ending.abort());
  await Promise.allSettled(work);
  return all;
}

async function startSampleTraffic(
  options: StackOptions,
  context: { logs: string; warn: (line: string) => void; signal: AbortSignal },
  ports: BrokerPorts,
): Promise<{ kept: KeptChild; url: string }> {
  const begin = (port: number) =>
    startSample({
      ...context,
      ...{ data: options.data, scale: options.sampleScale, ports, port },
      connectionString: connectionString(ports.amqp),
    });
  const first = await begin(0);
  // Its address has been told by then, so it stays the same.
  const again = async () => (await begin(first.port)).child;
  return { kept: keepRunning(first.child, again, context.warn), url: `http://127.0.0.1:${first.port}` };
}

function firstEnd(web: Child, broker: Child | null, postgres: RunningPostgres | null): Promise<string> {
  const children = broker === null ? [web] : [web, broker];
  const ends = children.map(
    async (child) => `The ${child.name} ended (${await child.ended}). Its last lines:\n${child.tail()}`,
  );
  return Promise.race(
    postgres === null ? ends : [...ends, postgres.ended.then(() => `PostgreSQL ended. See ${postgres.logFile}`)],
  );
}

function shown(path: string): string {
  const inside = relative(root, path);
  return inside.startsWith("..") ? path : inside;
}
