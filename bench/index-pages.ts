import { randomUUID } from "node:crypto";
import type pg from "pg";
import { type DeadLetterSort, deadLetterQuery } from "@/lib/contracts/dead-letters";
import type { Store } from "@/lib/store/ports";
import { getCause } from "@/lib/usecases/causes/get-cause";
import { writeCursor } from "@/lib/usecases/dead-letters/list-cursor";
import { listDeadLetters } from "@/lib/usecases/dead-letters/list-dead-letters";
import { getOverview } from "@/lib/usecases/queues/get-overview";
import { getQueue } from "@/lib/usecases/queues/get-queue";
import { compareMessages } from "@/lib/usecases/search/compare-messages";
import { createRandom } from "../embedded/sample/traffic/random";
import { carriesHandling, type FilledQueue, HANDLING, LARGE_QUEUES, QUEUES, WORDS } from "./index-fill";
import { type Measured, measure, quantile, say, spentByStore } from "./index-measure";
import type { BenchWeb } from "./index-web";

const PAGE = 100;
const HITS = 50;
const SORTS: readonly [DeadLetterSort, ...DeadLetterSort[]] = ["oldest", "newest", "largest", "most-deliveries"];

/** What a hundred open overviews cost, each asking every three seconds as the browser does. */
export interface Watched {
  readonly people: number;
  readonly p50: number;
  readonly p95: number;
  /** Bytes of one answer as sent. */
  readonly bytes: number;
  /** Processor time of the web process, of one processor's. */
  readonly share: number | null;
}

/** The ten large queues are looked at as often as all the others. */
function pickQueues(queues: readonly FilledQueue[], seed: number): (n: number) => FilledQueue {
  const random = createRandom(seed);
  return (n) => queues[n % 2 === 0 ? (n / 2) % LARGE_QUEUES : random.whole(LARGE_QUEUES, QUEUES - 1)] as FilledQueue;
}

/** The pages' own use cases, with connections of their own. */
export async function measurePages(
  { store, pool, runs }: { store: Store; pool: pg.Pool; runs: number },
  queues: readonly FilledQueue[],
): Promise<Measured[]> {
  const random = createRandom(31);
  const queueAt = pickQueues(queues, 23);
  const causeAt = (n: number) => {
    const queue = queueAt(n);
    return { queue: queue.id, cause: random.pick(queue.causes as [FilledQueue["causes"][number]]).id };
  };
  const large = queues[0] as FilledQueue;
  const context = { store, mayReadPayloads: true };
  const actor = { kind: "person", id: randomUUID(), name: "Bench" } as const;
  const spent = spentByStore(pool);
  const page = (name: string, aim: number, run: (n: number) => Promise<unknown>, times = runs) =>
    measure(name, { aim, spent, runs: times }, run);
  const list = (query: object) => listDeadLetters(context, deadLetterQuery.parse({ limit: PAGE, ...query }));
  const search = (q: string) => () => listDeadLetters(context, { q, sort: "oldest", limit: HITS });
  const deep = await deepCursors(pool, large.id);
  const deepOfAll = await deepCursors(pool, null);
  const compare = (filter: { queue: number; cause: string }) => compareMessages({ ...context, actor }, filter);
  const compared = Math.max(10, Math.ceil(runs / 4));
  const atShares = async (what: string, write: (word: string) => string): Promise<Measured[]> => [
    await page(`search, ${what} in 0.001 %`, 200, search(write(WORDS.rarest))),
    await page(`search, ${what} in 1 %`, 200, search(write(WORDS.hundredth))),
    await page(`search, ${what} in 50 %`, 200, search(write(WORDS.half))),
  ];
  const carried = await carriesHandling(pool);
  if (!carried)
    say("  Filled before messages carried their word as a property, too: no property is measured by its share.");
  return [
    await page("overview", 50, () => getOverview({ store })),
    await page("queue", 100, (n) => getQueue(context, { id: queueAt(n).id })),
    await page("queue, the largest", 100, () => getQueue(context, { id: large.id })),
    await page("cause", 100, (n) => getCause(context, { id: causeAt(n).cause })),
    await page("facets of a cause", 1_000, (n) => compare(causeAt(n)), compared),
    await page(
      "facets in the largest queue",
      1_000,
      (n) => compare({ queue: large.id, cause: (large.causes[n % large.causes.length] as { id: string }).id }),
      compared,
    ),
    await page("list of a queue, page 1", 50, (n) => list({ queue: queueAt(n).id, sort: SORTS[n % 4] })),
    await page("list of the largest queue, deep", 50, (n) =>
      list({ queue: large.id, sort: SORTS[n % 4], cursor: deep[n % 4] }),
    ),
    await page("list of a cause, page 1", 50, (n) => list({ ...causeAt(n), sort: SORTS[(n >> 1) % 4] })),
    await page("list of a queue's reason, page 1", 50, (n) => {
      const queue = queueAt(n);
      return list({ queue: queue.id, reason: queue.causes[0]?.reason, sort: SORTS[(n >> 1) % 4] });
    }),
    await page("list of all, page 1", 50, (n) => list({ sort: SORTS[n % 4] })),
    await page("list of all, deep", 50, (n) => list({ sort: SORTS[n % 4], cursor: deepOfAll[n % 4] })),
    ...(await atShares("word", (word) => word)),
    ...(carried ? await atShares("property", (word) => `property.${HANDLING} = "${word}"`) : []),
    ...(await atShares("JSON path", (word) => `json.data.handling = "${word}"`)),
    await page("search, property in a third", 200, search("property.channel = app")),
    await page("search, JSON path compared", 200, search("json.data.parcels > 2")),
  ];
}

/** Cursors behind nine tenths of a queue's list or (null) of the list of all, one for each sort. */
async function deepCursors(pool: pg.Pool, queueId: number | null): Promise<string[]> {
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
      const place = "left_at IS NULL AND ($1::int IS NULL OR queue_id = $1)";
      const { rows } = await pool.query<{ id: string; value: Date | number }>(
        `SELECT id::text AS id, ${columns[sort]} AS value FROM dead_letter WHERE ${place}
         ORDER BY ${columns[sort]} ${order}, id ${order}
         OFFSET (SELECT count(*) * 9 / 10 FROM dead_letter WHERE ${place}) LIMIT 1`,
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

/** The built web server's routes and pages, one request after the other. */
export async function measureWeb(web: BenchWeb, queues: readonly FilledQueue[], runs: number): Promise<Measured[]> {
  const queueAt = pickQueues(queues, 29);
  const page = (name: string, path: (n: number) => string) =>
    measure(name, { aim: null, spent: web.processorTime, runs }, (n) => web.get(path(n)));
  return [
    await page("HTTP /api/overview", () => "/api/overview"),
    await page("HTTP /api/queues/…", (n) => `/api/queues/${queueAt(n).id}`),
    await page("HTTP /api/causes/…", (n) => `/api/causes/${queueAt(n).causes[0]?.id}`),
    await page("HTTP /api/dead-letters", (n) => `/api/dead-letters?queue=${queueAt(n).id}`),
    await page("HTTP / (page)", () => "/"),
    await page("HTTP /queues/… (page)", (n) => `/queues/${queueAt(n).id}`),
  ];
}

const WATCHERS = 100;
const POLL_MS = 3_000;
const POLLS = 7;

/** A bad night: everybody has the overview open. */
export async function watchOverview(web: BenchWeb): Promise<Watched> {
  const { queues } = (await web.read("/api/overview")) as { queues: unknown[] };
  if (queues.length !== QUEUES) throw new Error(`the overview has ${queues.length} queues in place of ${QUEUES}`);
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
  const watched = {
    people: WATCHERS,
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    bytes,
    share: spent === null || after === null ? null : Number(((after - spent) / elapsed).toFixed(2)),
  };
  say(
    `  ${WATCHERS} people at the overview: p50 ${watched.p50} ms, p95 ${watched.p95} ms, ${Math.round(bytes / 1000)} kB an answer, ${watched.share ?? "?"} of a processor`,
  );
  return watched;
}
