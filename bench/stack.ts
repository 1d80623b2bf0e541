import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { applyMigrations } from "@/lib/store/migrate";
import { openStore } from "@/lib/store/store";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { type BrokerAddress, configFor, ReplayBench } from "@/lib/testing/replay-bench";
import type { EmulatorConfig } from "../embedded/broker/start-broker";
import { type RunningPostgres, startPostgres } from "../embedded/postgres/start-postgres";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

type Query = <Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** A database of its own with its index, plans and workers, over entities of the stack's broker. */
export interface Console {
  readonly bench: ReplayBench;
  readonly query: Query;
}

export interface BenchStack extends Console {
  readonly broker: BrokerAddress;
  /** Process ids, for what they cost. */
  readonly pids: { readonly broker: number; readonly postgres: number };
  /** Another console beside the first, for these entities alone. */
  open(database: string, include: readonly string[]): Promise<Console>;
  close(): Promise<void>;
}

/**
 * PostgreSQL (which waits for the disk, as in production) and the broker, each a process of its own, in a temporary folder; `settings` are
 * PostgreSQL's.
 */
export async function startStack(
  config: EmulatorConfig,
  maxReplayRate: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchStack> {
  const folder = await mkdtemp(join(tmpdir(), "dlq-console-bench-"));
  const postgres: RunningPostgres = await startPostgres({ dataDir: join(folder, "postgres"), durable: true, settings });
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify(config));
  const { child, address } = await spawnBroker(file);
  const closing: (() => Promise<unknown>)[] = [];

  const openConsole = async (url: string, include: readonly string[]): Promise<Console> => {
    await applyMigrations(url, join(ROOT, "prisma", "migrations"), () => {});
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    const query: Query = async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows;
    const store = openStore({ url, poolSize: 5, applicationName: "bench" });
    const actor = await makePerson({ url, query });
    const given = configFor(address, url, { maxReplayRate, include: [...include] });
    const bench = new ReplayBench({ broker: address, config: given, store, actor });
    closing.push(async () => {
      await bench.close();
      await store.close();
      await pool.end();
    });
    return { bench, query };
  };

  const first = await openConsole(postgres.url, ["*"]);
  return {
    ...first,
    broker: address,
    pids: { broker: child.pid as number, postgres: postgres.pid },
    open: async (database, include) => {
      await first.query(`CREATE DATABASE ${database}`);
      const url = new URL(postgres.url);
      url.pathname = `/${database}`;
      return openConsole(url.href, include);
    },
    close: async () => {
      for (const close of closing) await close();
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("exit", resolve));
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function spawnBroker(config: string): Promise<{ child: ChildProcess; address: BrokerAddress }> {
  const args = ["--config", config, "--amqp-port", "0", "--admin-port", "0", "--control-port", "0"];
  const child = spawn(process.execPath, ["--import", "tsx", join(ROOT, "embedded/broker/main.ts"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const ready = /^broker ready amqp=(\d+) admin=(\d+) control=(\d+)/.exec(line);
    if (ready === null) continue;
    const key = "SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE";
    return {
      child,
      address: {
        connectionString: `Endpoint=sb://localhost:${ready[1]};${key};UseDevelopmentEmulator=true;`,
        administrationUrl: `http://localhost:${ready[2]}`,
        controlUrl: `http://localhost:${ready[3]}`,
      },
    };
  }
  throw new Error("the broker ended before it was ready");
}

/** The largest resident memory that a process has had, MB; null where the system does not say. */
export async function peakMemory(pid: number | undefined): Promise<number | null> {
  const { readFile } = await import("node:fs/promises");
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
}

/** Processor time of a process and of its children, ended ones included, seconds; null where the system does not say. */
export async function processorSeconds(pid: number): Promise<number | null> {
  const { readFile, readdir } = await import("node:fs/promises");
  const pids = await readdir("/proc").catch(() => []);
  const stats = await Promise.all(
    pids.filter((name) => /^\d+$/.test(name)).map((name) => readFile(`/proc/${name}/stat`, "utf8").catch(() => "")),
  );
  // The name in brackets may hold spaces: fields are counted from behind it. Ticks are 10 ms on Linux.
  const rows = stats
    .filter((stat) => stat !== "")
    .map((stat) => ({
      pid: Number(stat.slice(0, stat.indexOf(" "))),
      fields: stat
        .slice(stat.lastIndexOf(")") + 2)
        .split(" ")
        .map(Number),
    }));
  const own = rows.find((row) => row.pid === pid);
  if (own === undefined) return null;
  const ticks = rows
    .filter((row) => row === own || row.fields[1] === pid)
    .reduce((sum, { fields }) => sum + (fields[11] ?? 0) + (fields[12] ?? 0), 0);
  return (ticks + (own.fields[13] ?? 0) + (own.fields[14] ?? 0)) / 100;
}
