import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startPostgres } from "../../embedded/postgres/start-postgres";
import { applyMigrations } from "../store/migrate";
import { HISTORY_SETTINGS } from "./chaos/item-history";

declare module "vitest" {
  interface ProvidedContext {
    /** Address of the run's PostgreSQL server; see testDatabase. */
    postgresUrl: string;
  }
}

/** Carries the migrations; every test database is a copy of it. */
export const TEMPLATE = "dlq_console_template";
const PREFIX = "dlq-console-test-";

/** Vitest's global set-up: one PostgreSQL server for the whole run, in a temporary folder, gone afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers();
  const dataDir = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const postgres = await startPostgres({
    dataDir,
    durable: false,
    settings: { ...HISTORY_SETTINGS, max_connections: "300" },
  });
  const client = new pg.Client(postgres.url);
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  await applyMigrations(
    databaseUrl(postgres.url, TEMPLATE),
    join(project.config.root, "prisma", "migrations"),
    () => {},
  );
  project.provide("postgresUrl", postgres.url);
  return async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}

/** The address of another database of the same server. */
export function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** Folders of runs that were killed; their servers have ended by themselves. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split("-")[0]) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
