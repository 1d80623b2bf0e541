import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { applyMigrations } from "@/lib/store/migrate";
import type { Store } from "@/lib/store/ports";
import { openStore } from "@/lib/store/store";
import { configFor } from "@/lib/testing/replay-bench";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { TIMING } from "@/lib/usecases/replays/engine/context";
import { startPostgres } from "../embedded/postgres/start-postgres";
import { SIZES as SIZES_OF_COUNTS } from "../worker/fact-loop";
import { countMessages, type FilledQueue, fill, makeQueues, readQueues } from "./index-fill";
import { APPLICATION, type Measured, say } from "./index-measure";
import { measurePages, measureWeb, type Watched, watchOverview } from "./index-pages";
import { verdictOf } from "./index-verdicts";
import { type BenchWeb, startBenchWeb } from "./index-web";
import { peakMemory, ROOT } from "./stack";

/**
 * What each page costs at ten thousand, a hundred thousand and a million dead letters in 1,000 queues with 2,000 causes: the pages' own use
 * cases over PostgreSQL, and the built web server over HTTP where `npm start` has built it. The index is filled as a scan would leave it, and
 * workers keep figures and search.
 *
 *   npm run bench:index -- [--sizes 10000,100000,1000000] [--runs 60] [--workers 2] [--keep folder] [--json]
 *   npm run bench:index -- --database postgresql://…/small --database postgresql://…/large [--runs 60]
 *
 * `--keep` leaves the database in that folder; the next run with it goes on from the messages that are there and measures the sizes from theirs
 * on. `--database` measures databases that this bench has filled, the smallest first: missing migrations are applied to them, and nobody else
 * should be at work in them.
 */
const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "10000,100000,1000000" },
    runs: { type: "string", default: "60" },
    workers: { type: "string", default: "2" },
    keep: { type: "string" },
    database: { type: "string", multiple: true, default: [] },
    json: { type: "boolean", default: false },
  },
});
const SIZES = values.sizes.split(",").map(Number);
const RUNS = Number(values.runs);
const WORKERS = Number(values.workers);
interface SizeResult {
  readonly messages: number;
  readonly measured: readonly Measured[];
  readonly web: readonly Measured[];
  readonly watchers: Watched | null;
  readonly databaseMegabytes: number;
  readonly fillSeconds: number;
  readonly indexSeconds: number;
  readonly workerMegabytes: number | null;
  readonly webMegabytes: number | null;
}

/** One database with what reads it. */
interface Bench {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly store: Store;
  readonly web: BenchWeb | null;
  close(): Promise<void>;
}

async function openBench(url: string, folder: string): Promise<Bench> {
  await applyMigrations(url, join(ROOT, "prisma", "migrations"), () => {});
  const pool = new pg.Pool({ connectionString: url, max: 3 });
  const store = openStore({ url, poolSize: 10, applicationName: APPLICATION });
  const close = async () => {
    await store.close();
    await pool.end();
  };
  try {
    const web = await startBenchWeb(folder, url, store);
    if (web === null) say("No web server is built here (npm start builds it): its routes are left out.");
    // Before anything is filled or measured for long.
    else await checkWeb(web);
    return {
      url,
      pool,
      store,
      web,
      close: async () => {
        await web?.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function checkWeb(web: BenchWeb): Promise<void> {
  try {
    await web.read("/api/overview");
  } catch (error) {
    await web.stop();
    throw error;
  }
}

/** Workers fold the figures, index for search and count what long queues say until nothing is left of it. Seconds, and the memory of the largest. */
async function settle({ pool, url }: Bench): Promise<{ seconds: number; memory: number | null }> {
  // Nobody answers there, and no queue is due: the workers keep what is indexed.
  const key = "SharedAccessKeyName=bench;SharedAccessKey=bench";
  const nobody = {
    connectionString: `Endpoint=sb://localhost:1;${key};UseDevelopmentEmulator=true;`,
    administrationUrl: "http://localhost:1",
    controlUrl: null,
  };
  const begun = performance.now();
  const since = await pool.query<{ now: Date }>("SELECT now()");
  const workers = Array.from(
    { length: WORKERS },
    () => new WorkerProcess({ config: configFor(nobody, url, { name: "bench" }), timing: TIMING, scans: true }),
  );
  try {
    await Promise.all(workers.map(({ ready }) => ready));
    for (;;) {
      const { rows } = await pool.query<{ left: boolean }>(
        `SELECT EXISTS (SELECT FROM search_pending) OR EXISTS (SELECT FROM cause_delta) OR folded_at < $1
           OR EXISTS (SELECT FROM queue_facts WHERE began_at IS NOT NULL) OR EXISTS (
             SELECT FROM cause c JOIN cause_rollup r ON r.cause_id = c.id LEFT JOIN queue_facts f ON f.queue_id = c.queue_id
             GROUP BY c.queue_id, f.present HAVING sum(r.present) >= $2 AND coalesce(f.present, 0) < sum(r.present) * 0.99) AS left
         FROM rollup_clock`,
        [since.rows[0]?.now, SIZES_OF_COUNTS.longQueue],
      );
      if (rows[0]?.left === false) break;
      const ended = workers.find(({ isAlive }) => !isAlive);
      if (ended !== undefined) throw new Error(`a worker ended:\n${ended.lines.slice(-20).join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const seconds = (performance.now() - begun) / 1000;
    const memory = await Promise.all(workers.map(({ child }) => peakMemory(child.pid)));
    return { seconds, memory: memory.includes(null) ? null : Math.max(...memory.map(Number)) };
  } finally {
    for (const worker of workers) worker.kill("SIGTERM");
    await Promise.all(workers.map(({ ended }) => ended));
    // As the server itself would have done after a while.
    await pool.query("VACUUM ANALYZE");
    await pool.query("CHECKPOINT");
  }
}

async function measureSize(bench: Bench, queues: readonly FilledQueue[], fillSeconds: number): Promise<SizeResult> {
  const { pool, store, web } = bench;
  const messages = await countMessages(pool);
  const { seconds: indexSeconds, memory } = await settle(bench);
  say(
    `${messages} messages: filled in ${fillSeconds.toFixed(0)} s, figures and search after another ${indexSeconds.toFixed(0)} s`,
  );
  const measured = await measurePages({ store, pool, runs: RUNS }, queues);
  const overHttp = web === null ? [] : await measureWeb(web, queues, Math.ceil(RUNS / 2));
  const watchers = web === null ? null : await watchOverview(web);
  const { rows } = await pool.query<{ bytes: string }>("SELECT pg_database_size(current_database()) AS bytes");
  const result = {
    messages,
    measured,
    web: overHttp,
    watchers,
    databaseMegabytes: Math.round(Number(rows[0]?.bytes) / 1e6),
    fillSeconds: Math.round(fillSeconds),
    indexSeconds: Math.round(indexSeconds),
    workerMegabytes: memory,
    webMegabytes: (await web?.memory()) ?? null,
  };
  say(
    `  database ${result.databaseMegabytes} MB, worker ${memory} MB, web ${result.webMegabytes ?? "not measured"} MB at most`,
  );
  return result;
}

async function sayDifferences({ store }: Bench): Promise<void> {
  const differences = await store.rollups.differences();
  say(
    differences.length === 0
      ? "The figures are the rows."
      : `The figures differ: ${JSON.stringify(differences.slice(0, 5))}`,
  );
}

/** A PostgreSQL of its own, filled up from size to size. */
async function measureFilled(folder: string): Promise<SizeResult[]> {
  const dataDir = join(values.keep === undefined ? folder : resolve(values.keep), "postgres");
  await mkdir(dataDir, { recursive: true });
  const postgres = await startPostgres({ dataDir, durable: true });
  const results: SizeResult[] = [];
  try {
    const bench = await openBench(postgres.url, folder);
    try {
      const at = Date.now();
      const kept = await readQueues(bench.pool);
      const queues = kept.length > 0 ? kept : await makeQueues(bench.pool);
      let there = await countMessages(bench.pool);
      for (const messages of SIZES.filter((size) => size >= there)) {
        const begun = performance.now();
        if (messages > there) say(`${messages} messages: filling …`);
        if (messages > there) await fill(bench.pool, queues, there, messages, at);
        there = messages;
        results.push(await measureSize(bench, queues, (performance.now() - begun) / 1000));
      }
      await sayDifferences(bench);
    } finally {
      await bench.close();
    }
  } finally {
    await postgres.stop();
  }
  return results;
}

async function measureDatabase(url: string, folder: string): Promise<SizeResult> {
  const bench = await openBench(url, folder);
  try {
    const queues = await readQueues(bench.pool);
    if (queues.length === 0) throw new Error("this database was not filled by this bench: it has no such queues");
    return await measureSize(bench, queues, 0);
  } finally {
    await bench.close();
  }
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "dlq-console-bench-"));
  try {
    const results: SizeResult[] = [];
    if (values.database.length === 0) results.push(...(await measureFilled(folder)));
    for (const url of values.database) results.push(await measureDatabase(url, folder));
    sayVerdicts(results);
    if (values.json) console.log(JSON.stringify({ results }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sayVerdicts(results: readonly SizeResult[]): void {
  const first = results[0];
  const last = results.at(-1);
  if (first === undefined || last === undefined) return;
  say(`\nAt ${last.messages} messages, p95 against the aim and against ${first.messages} messages:`);
  for (const measured of last.measured) {
    const small = results.length === 1 ? undefined : first.measured.find(({ name }) => name === measured.name);
    say(`  ${verdictOf(measured, small)}`);
  }
}

await main();
