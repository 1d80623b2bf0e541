import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "@/lib/testing/eventually";
import { type PostgresOptions, type RunningPostgres, startPostgres } from "./start-postgres";

let base: string;
let folder: string;
let dataDir: string;
const started: RunningPostgres[] = [];

// Making a cluster takes most of a second; each test gets a copy of one that was made once.
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "dlq-console-postgres-base-"));
  await (await startPostgres({ dataDir: base, durable: false })).stop();
});
afterAll(() => rm(base, { recursive: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dlq-console postgres "));
  dataDir = join(folder, "data");
  await cp(base, dataDir, { recursive: true });
});

afterEach(async () => {
  for (const postgres of started.splice(0)) await postgres.stop();
  await rm(folder, { recursive: true });
});

async function start(options: Partial<PostgresOptions> = {}): Promise<RunningPostgres> {
  const postgres = await startPostgres({ dataDir, durable: false, ...options });
  started.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("data and password are kept over a restart, in a folder whose path has spaces", async () => {
  const first = await start();
  await query(first.url, "CREATE TABLE kept AS SELECT 'yes' AS answer");
  await first.stop();
  const second = await start();
  expect(await query(second.url, "SELECT answer FROM kept")).toEqual([{ answer: "yes" }]);
  expect(new URL(second.url).password).toBe(new URL(first.url).password);
});

test("nobody gets in without the password, and only its owner may read it", async () => {
  const { url } = await start();
  const without = new URL(url);
  without.password = "another";
  await expect(query(without.href, "SELECT 1")).rejects.toThrow("password authentication failed");
  expect((await stat(join(dataDir, "password"))).mode & 0o077).toBe(0);
});

test("a server that was killed leaves its lock file, and the next start recovers what was committed", async () => {
  const first = await start({ durable: true });
  await query(first.url, "CREATE TABLE kept AS SELECT 1 AS answer");
  process.kill(first.pid, "SIGKILL");
  await first.ended;
  const second = await start();
  expect(await query(second.url, "SELECT answer FROM kept")).toEqual([{ answer: 1 }]);
});

test("a lock file with the id of a process that is no PostgreSQL server is stale", async () => {
  const first = await start();
  const lockFile = join(dataDir, "cluster", "postmaster.pid");
  const lines = (await readFile(lockFile, "utf8")).split("\n");
  await first.stop();
  await writeFile(lockFile, [String(process.pid), ...lines.slice(1)].join("\n"));
  const second = await start();
  expect(await query(second.url, "SELECT 1 AS answer")).toEqual([{ answer: 1 }]);
});

test("stop ends open sessions and frees the port", async () => {
  const postgres = await start();
  const client = new pg.Client(postgres.url);
  const lost = new Promise((resolve) => client.on("error", resolve));
  await client.connect();
  await postgres.stop();
  await lost;
  await expect(query(postgres.url, "SELECT 1")).rejects.toThrow("ECONNREFUSED");
});

test("a data folder of another major version is refused with what to do", async () => {
  await writeFile(join(dataDir, "cluster", "PG_VERSION"), "16\n");
  await expect(start()).rejects.toThrow(/made by PostgreSQL 16, and this is \d+\. Move it away/);
});

test("a cluster that was half made is made anew", async () => {
  await rm(join(dataDir, "cluster"), { recursive: true });
  await writeFile(join(dataDir, "cluster.new"), "left behind");
  expect(await query((await start()).url, "SELECT 1 AS answer")).toEqual([{ answer: 1 }]);
});

test("the server ends when the process that started it is killed", async () => {
  const program = `
    import { startPostgres } from "./embedded/postgres/start-postgres";
    const { url } = await startPostgres({ dataDir: process.argv[1], durable: false });
    console.log(url);
    setInterval(() => {}, 1000);`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", program, dataDir];
  const owner = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [url] = (await once(createInterface(owner.stdout), "line")) as [string];
  expect(await query(url, "SELECT 1 AS answer")).toEqual([{ answer: 1 }]);
  owner.kill("SIGKILL");
  await eventually("the server has ended", async () => {
    return (
      (await query(url, "SELECT 1").catch((error: Error) => error.message)) ===
      `connect ECONNREFUSED 127.0.0.1:${new URL(url).port}`
    );
  });
});

test.runIf(process.getuid?.() === 0).each(["nobody", "mapped", "copied"] as const)(
  "root can run it as %s, and by the way that is chosen by itself at the next start",
  async (runMode) => {
    await chmod(folder, 0o755);
    const options = { runMode, copyFolder: join(folder, "copy") };
    const first = await start(options);
    await query(first.url, "CREATE TABLE kept AS SELECT 1 AS answer");
    await first.stop();
    // Copied, the data is where others may go; the other two ways share the folder.
    const second = await start(runMode === "copied" ? options : {});
    expect(await query(second.url, "SELECT answer FROM kept")).toEqual([{ answer: 1 }]);
  },
);
