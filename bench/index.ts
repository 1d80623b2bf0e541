import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { type DeadLetterSort, deadLetterQuery } from "@/lib/contracts/dead-letters";
import { applyMigrations } from "@/lib/store/migrate";
import type { Store } from "@/lib/store/ports";
import { openStore } from "@/lib/store/store";
import { configFor } from "@/lib/testing/replay-bench";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { getCause } from "@/lib/usecases/causes/get-cause";
import { writeCursor } from "@/lib/usecases/dead-letters/list-cursor";
import { listDeadLetters } from "@/lib/usecases/dead-letters/list-dead-letters";
import { getOverview } from "@/lib/usecases/queues/get-overview";
import { getQueue } from "@/lib/usecases/queues/get-queue";
import { TIMING } from "@/lib/usecases/replays/engine/context";
import { compareMessages } from "@/lib/usecases/search/compare-messages";
import { startPostgres } from "../embedded/postgres/start-postgres";
import { createRandom } from "../embedded/sample/traffic/random";
import { type FilledQueue, fill, makeQueues, QUEUES, WORDS } from "./index-fill";
import { type BenchWeb, startBenchWeb } from "./index-web";
import { peakMemory, ROOT } from "./stack";

/**
 * What each page costs at ten thousand, a hundred thousand and a million dead letters in 1,000 queues with 2,000 causes: the pages' own use
 * cases over PostgreSQL, and the built web server over HTTP where `npm start` has built it. The index is filled as a scan would leave it, and
 * one worker keeps figures and search.
 *
 *   npm run bench:index -- [--sizes 10000,100000,1000000] [--runs 60] [--json]
 */
const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "10000,100000,1000000" },
    runs: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
  },
});
const SIZES = values.sizes.split(",").map(Number);
const RUNS = Number(values.runs);
/** p95 at the largest size against that at the smallest, searches apart. */
const FLAT = 1.5;
const PAGE = 100;
const HITS = 50;

interface Measured {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  /** Milliseconds, for the p95 at a million; null: none is set. */
  readonly aim: number | null;
}

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

/** What a hundred open overviews cost, each asking every three seconds as the browser does. */
interface Watched {
  readonly people: number;
  readonly p50: number;
  readonly p95: number;
  /** Bytes of one answer as sent. */
  readonly bytes: number;
  /** Processor time of the web process, of one processor's. */
  readonly share: number | null;
}

const say = (text: string) => process.stderr.write(`${text}\n`);

async function measure(
  name: string,
  aim: number | null,
  run: (n: number) => Promise<unknown>,
  runs = RUNS,
): Promise<Measured> {
  const times: number[] = [];
  for (let n = -5; n < runs; n++) {
    const begun = performance.now();
    await run(Math.abs(n));
    if (n >= 0) times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    Number((times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1));
  const measured = { name, p50: at(0.5), p95: at(0.95), aim };
  say(
    `  ${name.padEnd(36)} p50 ${String(measured.p50).padStart(7)} ms   p95 ${String(measured.p95).padStart(7)} ms${aim === null ? "" : `   (aim ${aim})`}`,
  );
  return measured;
}

const SORTS: readonly [DeadLetterSort, ...DeadLetterSort[]] = ["oldest", "newest", "largest", "most-deliveries"];

async function measurePages(store: Store, pool: pg.Pool, queues: readonly FilledQueue[]): Promise<Measured[]> {
  const random = createRandom(23);
  // The ten large queues are looked at as often as all the others.
  const queueAt = (n: number): FilledQueue =>
    queues[n % 2 === 0 ? (n / 2) % 10 : random.whole(10, QUEUES - 1)] as FilledQueue;
  const large = queues[0] as FilledQueue;
  const context = { store, mayReadPayloads: true };
  const actor = { kind: "person", id: randomUUID(), name: "Bench" } as const;
  const list = (query: object) => listDeadLetters(context, deadLetterQuery.parse({ limit: PAGE, ...query }));
  const search = (q: string) => () => listDeadLetters(context, { q, sort: "oldest", limit: HITS });
  const deep = await deepCursors(pool, large.id);
  return [
    await measure("overview", 50, () => getOverview({ store })),
    await measure("queue", 100, (n) => getQueue(context, { id: queueAt(n).id })),
    await measure("cause", 100, (n) =>
      getCause(context, { id: random.pick(queueAt(n).causes as [FilledQueue["causes"][number]]).id }),
    ),
    await measure(
      "facets of a cause",
      1_000,
      (n) => {
        const queue = queueAt(n);
        return compareMessages(
          { ...context, actor },
          { queue: queue.id, cause: (queue.causes[0] as { id: string }).id },
        );
      },
      Math.ceil(RUNS / 4),
    ),
    await measure("list, page 1", 50, (n) => list({ queue: queueAt(n).id, sort: SORTS[n % 4] })),
    await measure("list of the largest queue, deep", 50, (n) =>
      list({ queue: large.id, sort: SORTS[n % 4], cursor: deep[n % 4] }),
    ),
    await measure("search, word in 0.001 %", 200, search(WORDS.rarest)),
    await measure("search, word in 1 %", 200, search(WORDS.hundredth)),
    await measure("search, word in 50 %", 200, search(WORDS.half)),
    await measure("search, property", 200, search("property.channel = pos")),
    await measure("search, JSON path", 200, search(`json.data.handling = "${WORDS.hundredth}"`)),
    await measure("search, JSON path compared", 200, search("json.data.parcels > 2")),
  ];
}

/** Cursors behind nine tenths of a queue's list, one for each sort. */
async function deepCursors(pool: pg.Pool, queueId: number): Promise<string[]> {
  const at = new Date();
  const columns = {
    oldest: "enqueued_at",
    newest: "enqueued_at",
    largest: "size",
    "most-deliveries": "delivery_count",
  } as const;
  return Promise.all(
    SORTS.map(async (sort) => {
      const order = sort === "oldest" ? "ASC" : "DESC";
      const { rows } = await pool.query<{ id: string; value: Date | number }>(
        `SELECT id::text AS id, ${columns[sort]} AS value FROM dead_letter WHERE queue_id = $1 AND left_at IS NULL
         ORDER BY ${columns[sort]} ${order}, id ${order}
         OFFSET (SELECT count(*) * 9 / 10 FROM dead_letter WHERE queue_id = $1 AND left_at IS NULL) LIMIT 1`,
        [queueId],
      );
      const { id, value } = rows[0] as { id: string; value: Date | number };
      return writeCursor({
        sort,
        at,
        anchor: { id, value: value instanceof Date ? value.toISOString() : String(value) },
      });
    }),
  );
}

async function measureWeb(web: BenchWeb, queues: readonly FilledQueue[]): Promise<Measured[]> {
  const random = createRandom(29);
  const queueAt = (n: number): FilledQueue =>
    queues[n % 2 === 0 ? (n / 2) % 10 : random.whole(10, QUEUES - 1)] as FilledQueue;
  const runs = Math.ceil(RUNS / 2);
  return [
    await measure("HTTP /api/overview", null, () => web.get("/api/overview"), runs),
    await measure("HTTP /api/queues/…", null, (n) => web.get(`/api/queues/${queueAt(n).id}`), runs),
    await measure("HTTP /api/causes/…", null, (n) => web.get(`/api/causes/${queueAt(n).causes[0]?.id}`), runs),
    await measure("HTTP /api/dead-letters", null, (n) => web.get(`/api/dead-letters?queue=${queueAt(n).id}`), runs),
    await measure("HTTP / (page)", null, () => web.get("/"), runs),
    await measure("HTTP /queues/… (page)", null, (n) => web.get(`/queues/${queueAt(n).id}`), runs),
  ];
}

const WATCHERS = 100;
const POLL_MS = 3_000;
const POLLS = 7;

/** A bad night: everybody has the overview open. */
async function watchOverview(web: BenchWeb): Promise<Watched> {
  const times: number[] = [];
  let bytes = 0;
  const [begun, spent] = [performance.now(), await web.processorTime()];
  await Promise.all(
    Array.from({ length: WATCHERS }, async (_, n) => {
      for (let poll = 0; poll < POLLS; poll++) {
        const due = begun + (poll + n / WATCHERS) * POLL_MS;
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
        const asked = performance.now();
        bytes = await web.get("/api/overview");
        times.push(performance.now() - asked);
      }
    }),
  );
  const after = await web.processorTime();
  const elapsed = performance.now() - begun;
  times.sort((a, b) => a - b);
  const at = (share: number) => Number((times[Math.floor(times.length * share)] ?? 0).toFixed(1));
  const watched = {
    people: WATCHERS,
    p50: at(0.5),
    p95: at(0.95),
    bytes,
    share: spent === null || after === null ? null : Number(((after - spent) / elapsed).toFixed(2)),
  };
  say(
    `  ${WATCHERS} people at the overview: p50 ${watched.p50} ms, p95 ${watched.p95} ms, ${Math.round(bytes / 1000)} kB an answer, ${watched.share ?? "?"} of a processor`,
  );
  return watched;
}

/** One worker folds the figures and indexes for search until nothing is left of either. Seconds, and its memory. */
async function settle(pool: pg.Pool, databaseUrl: string): Promise<{ seconds: number; memory: number | null }> {
  // Nobody answers there, and no queue is due: the worker keeps what is indexed.
  const key = "SharedAccessKeyName=bench;SharedAccessKey=bench";
  const nobody = {
    connectionString: `Endpoint=sb://localhost:1;${key};UseDevelopmentEmulator=true;`,
    administrationUrl: "http://localhost:1",
    controlUrl: null,
  };
  const worker = new WorkerProcess({
    config: configFor(nobody, databaseUrl, { name: "bench" }),
    timing: TIMING,
    scans: true,
  });
  const begun = performance.now();
  await worker.ready;
  for (;;) {
    const { rows } = await pool.query<{ left: boolean }>(
      "SELECT EXISTS (SELECT FROM search_pending) OR EXISTS (SELECT FROM cause_delta) AS left",
    );
    if (rows[0]?.left === false) break;
    if (!worker.isAlive) throw new Error(`the worker ended:\n${worker.lines.slice(-20).join("\n")}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const seconds = (performance.now() - begun) / 1000;
  const memory = await peakMemory(worker.child.pid);
  worker.kill("SIGTERM");
  await worker.ended;
  // As the server itself would have done after a while.
  await pool.query("VACUUM ANALYZE");
  await pool.query("CHECKPOINT");
  return { seconds, memory };
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "dlq-console-bench-"));
  const postgres = await startPostgres({ dataDir: join(folder, "postgres"), durable: true });
  const pool = new pg.Pool({ connectionString: postgres.url, max: 3 });
  const store = openStore({ url: postgres.url, poolSize: 10, applicationName: "bench" });
  const results: SizeResult[] = [];
  let web: BenchWeb | null = null;
  try {
    await applyMigrations(postgres.url, join(ROOT, "prisma", "migrations"), () => {});
    const at = Date.now();
    const queues = await makeQueues(pool);
    web = await startBenchWeb(folder, postgres.url, store);
    if (web === null) say("No web server is built here (npm start builds it): its routes are left out.");
    for (const [index, messages] of SIZES.entries()) {
      say(`${messages} messages: filling …`);
      const begun = performance.now();
      await fill(pool, queues, SIZES[index - 1] ?? 0, messages, at);
      const fillSeconds = (performance.now() - begun) / 1000;
      const { seconds: indexSeconds, memory } = await settle(pool, postgres.url);
      say(`  filled in ${fillSeconds.toFixed(0)} s, figures and search after another ${indexSeconds.toFixed(0)} s`);
      const measured = await measurePages(store, pool, queues);
      const overHttp = web === null ? [] : await measureWeb(web, queues);
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
      results.push(result);
      say(
        `  database ${result.databaseMegabytes} MB, worker ${memory} MB, web ${result.webMegabytes ?? "not measured"} MB at most`,
      );
    }
    const differences = await store.rollups.differences();
    say(
      differences.length === 0
        ? "The figures are the rows."
        : `The figures differ: ${JSON.stringify(differences.slice(0, 5))}`,
    );
    sayVerdicts(results);
    if (values.json) console.log(JSON.stringify({ results }));
  } finally {
    await web?.stop();
    await store.close();
    await pool.end();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function sayVerdicts(results: readonly SizeResult[]): void {
  const first = results[0];
  const last = results.at(-1);
  if (first === undefined || last === undefined) return;
  say(`\nAt ${last.messages} messages, p95 against the aim and against ${first.messages} messages:`);
  for (const measured of last.measured) {
    const small = first.measured.find(({ name }) => name === measured.name);
    const growth = small === undefined ? 1 : measured.p95 / small.p95;
    const flat =
      measured.name.startsWith("search") || measured.name.startsWith("facets")
        ? ""
        : growth <= FLAT
          ? "flat"
          : `GROWS (aim ${FLAT})`;
    const met = measured.aim === null || measured.p95 <= measured.aim ? "met" : "MISSED";
    say(`  ${measured.name.padEnd(36)} ${met.padEnd(7)} ${growth.toFixed(2)} times   ${flat}`);
  }
}

await main();
