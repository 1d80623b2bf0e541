import type { DeadLetterRow, DeadLetterSort } from "@/lib/contracts/dead-letters";
import { type CauseFigures, readCauseFigures } from "./cause-figures";
import type { Database } from "./database";
import {
  expressionOf,
  matchingDeadLetters,
  type PlacedFilter,
  placeCondition,
  placeFilter,
} from "./dead-letter-filter";
import { ROW, ROW_JOINS, type Row, toRow } from "./dead-letter-rows";
import { compileFilter, indexCondition } from "./filter-sql";
import { Prisma } from "./generated/client";
import type { DeadLetterListing, DeadLetterListRequest } from "./ports/dead-letters";

interface PlacedRequest extends DeadLetterListRequest {
  readonly filter: PlacedFilter;
}

/** What each sort orders by, and the type of its anchor: an allowlist, since column names cannot be parameters. The id breaks ties. */
const SORTS: Readonly<Record<DeadLetterSort, { column: Prisma.Sql; cast: Prisma.Sql; direction: "asc" | "desc" }>> = {
  oldest: { column: Prisma.sql`d.enqueued_at`, cast: Prisma.sql`timestamptz`, direction: "asc" },
  newest: { column: Prisma.sql`d.enqueued_at`, cast: Prisma.sql`timestamptz`, direction: "desc" },
  largest: { column: Prisma.sql`d.size`, cast: Prisma.sql`int`, direction: "desc" },
  "most-deliveries": { column: Prisma.sql`d.delivery_count`, cast: Prisma.sql`int`, direction: "desc" },
};

type ListPage = Pick<DeadLetterListing, "rows" | "next">;

/** Up to so many messages a filter's place is small: all of them are asked, and counted. */
const SMALL = 5_000;
/** Up to so many expected hits are looked up in the search index and sorted; more are met soon enough on the way through the list. */
const FEW = 7_000;
/** More hits are not looked up one by one: the whole list is walked. */
const MOST_LOOKED_UP = 60_000;
/** Messages that are asked on the way through the list before the search index is asked after all. */
const WALK = 25_000;

/**
 * One page of the list, and how many there are. Without a filter's text it is a walk along an index; with one, the way
 * is chosen by how many hits are to be expected, so that rare and frequent words are both found soon:
 * few messages at the place: ask them all; few hits expected: look them up, then sort; many: walk in order until the page is full.
 */
export async function listDeadLetters(db: Database, asked: DeadLetterListRequest): Promise<DeadLetterListing> {
  const request: PlacedRequest = { ...asked, filter: await placeFilter(db, asked.filter) };
  const expression = expressionOf(request.filter);
  if (expression === null) {
    const total = (await countFromFigures(db, request)) ?? (await countMatching(db, request));
    return { ...(await walk(db, request)), total, totalIs: "exact" };
  }
  if (await isSmall(db, request)) {
    return { ...(await walk(db, request)), total: await countMatching(db, request), totalIs: "exact" };
  }
  const indexed = indexCondition(expression);
  const expected = indexed === null ? null : await expectedHits(db, request, indexed);
  if (indexed !== null && expected !== null && expected <= FEW) return lookUp(db, request, indexed);
  const lookedUp = indexed !== null && expected !== null && expected <= MOST_LOOKED_UP;
  // What no index has in this order would be sorted whole to walk a part of it.
  const walked =
    lookedUp && !hasOrder(request) ? null : await walkPart(db, request, compileFilter(expression, request.at));
  if (walked !== null) return withEstimate(db, request, expected, walked);
  // The hits lie far from this end of the list, or are few after all.
  return lookedUp ? lookUp(db, request, indexed) : withEstimate(db, request, expected, await walk(db, request));
}

/** The lists of a queue or a cause are kept in every order; all dead letters in that of time alone. */
function hasOrder({ filter, sort }: PlacedRequest): boolean {
  return filter.queue !== undefined || sort === "oldest" || sort === "newest";
}

/** What the planner expects to match: never more than lie at the filter's place, nor fewer than the page shows. */
async function withEstimate(
  db: Database,
  request: PlacedRequest,
  expected: number | null,
  page: ListPage,
): Promise<DeadLetterListing> {
  const whole = request.after === null && page.next === null;
  if (whole) return { ...page, total: page.rows.length, totalIs: "exact" };
  const planned = expected ?? (await expectedMatches(db, request));
  const there = (await countFromFigures(db, request)) ?? planned;
  return { ...page, total: Math.max(Math.min(planned, there), page.rows.length), totalIs: "estimate" };
}

/** How many lie at the filter's place, from the figures of causes, whatever the number of messages; null: they do not tell. */
async function countFromFigures(db: Database, { filter, at }: PlacedRequest): Promise<number | null> {
  if (filter.returned !== undefined && filter.age !== undefined) return null;
  const figures = await readCauseFigures(
    db,
    filter.queue === undefined ? { kind: "all" } : { kind: "queue", queueId: filter.queue },
    at,
  );
  return figures
    .filter((cause) => filter.cause === undefined || cause.causeId === filter.cause)
    .filter((cause) => filter.reason === undefined || cause.reason === filter.reason)
    .reduce((sum, cause) => sum + countOf(cause, filter), 0);
}

function countOf({ count, returned, ages }: CauseFigures, filter: PlacedFilter): number {
  switch (filter.returned) {
    case "yes":
      return returned;
    case "no":
      return count - returned;
    case undefined:
      return filter.age === undefined ? count : ages[filter.age];
  }
}

async function countMatching(db: Database, request: PlacedRequest): Promise<number> {
  const counted = await db.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM dead_letter d WHERE ${matchingDeadLetters(request.filter, request.at)}`;
  return counted[0]?.n ?? 0;
}

async function isSmall(db: Database, { filter, at }: PlacedRequest): Promise<boolean> {
  const counted = await db.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM (SELECT 1 FROM dead_letter d WHERE ${placeCondition(filter, at)} LIMIT ${SMALL + 1}) first`;
  return (counted[0]?.n ?? 0) <= SMALL;
}

/** What the planner expects of the search index: it keeps the shares of the most frequent words and facts. */
function expectedHits(db: Database, { filter }: PlacedRequest, indexed: Prisma.Sql): Promise<number> {
  const place = filter.queue === undefined ? Prisma.empty : Prisma.sql`AND s.queue_id = ${filter.queue}`;
  return plannedRows(db, Prisma.sql`SELECT 1 FROM message_search s WHERE ${indexed} ${place}`);
}

function expectedMatches(db: Database, { filter, at }: PlacedRequest): Promise<number> {
  return plannedRows(db, Prisma.sql`SELECT 1 FROM dead_letter d WHERE ${matchingDeadLetters(filter, at)}`);
}

async function plannedRows(db: Database, query: Prisma.Sql): Promise<number> {
  const rows = await db.$queryRaw<
    { "QUERY PLAN": [{ Plan: { "Plan Rows": number } }] }[]
  >`EXPLAIN (FORMAT JSON) ${query}`;
  return rows[0]?.["QUERY PLAN"][0].Plan["Plan Rows"] ?? 0;
}

function anchor(request: PlacedRequest): Prisma.Sql {
  if (request.after === null) return Prisma.empty;
  const { column, cast, direction } = SORTS[request.sort];
  const beyond = Prisma.raw(direction === "asc" ? ">" : "<");
  return Prisma.sql`AND (${column}, d.id) ${beyond} (${request.after.value}::text::${cast}, ${request.after.id}::text::bigint)`;
}

function orderBy(sort: DeadLetterSort): Prisma.Sql {
  const { column, direction } = SORTS[sort];
  const order = Prisma.raw(direction);
  return Prisma.sql`ORDER BY ${column} ${order}, d.id ${order}`;
}

async function walk(db: Database, request: PlacedRequest): Promise<ListPage> {
  // The page is cut out first: the joins run for its rows alone.
  const page = isEverything(request) && !hasOrder(request) ? pageOfAll(request) : pageInOrder(request);
  const rows = await db.$queryRaw<Row[]>`
    WITH page AS (${page}) SELECT ${ROW} FROM page d ${ROW_JOINS} ${orderBy(request.sort)}`;
  return toPage(request, rows);
}

function pageInOrder(request: PlacedRequest): Prisma.Sql {
  return Prisma.sql`
    SELECT d.* FROM dead_letter d WHERE ${matchingDeadLetters(request.filter, request.at)} ${anchor(request)}
    ${orderBy(request.sort)} LIMIT ${request.limit + 1}`;
}

function isEverything({ filter: { queue, causes, reason, age, returned, q } }: PlacedRequest): boolean {
  const placed = [queue, reason, age, returned].some((part) => part !== undefined) || causes !== null;
  return !placed && (q ?? "") === "";
}

/**
 * The page of all dead letters in an order that is kept for each queue alone: the first of each queue are looked up, and as many of these as the
 * page has rows bound what can be on it; then each queue gives its rows within that bound. It costs two looks a queue, however many messages.
 */
function pageOfAll(request: PlacedRequest): Prisma.Sql {
  const { column } = SORTS[request.sort];
  const limit = request.limit + 1;
  const first = (bound: Prisma.Sql, rows: number) => Prisma.sql`
    SELECT d.id, ${column} AS value FROM dead_letter d
    WHERE d.left_at IS NULL AND d.queue_id = q.id ${anchor(request)} ${bound} ${orderBy(request.sort)} LIMIT ${rows}`;
  return Prisma.sql`
    SELECT d.* FROM (
      WITH bound AS MATERIALIZED (
        SELECT x.value, x.id FROM queue q, LATERAL (${first(Prisma.empty, 1)}) x ORDER BY x.value DESC, x.id DESC OFFSET ${request.limit} LIMIT 1
      )
      SELECT x.id FROM queue q, LATERAL (${first(
        Prisma.sql`AND (${column}, d.id) >= (coalesce((SELECT value FROM bound), -1), coalesce((SELECT id FROM bound), 0))`,
        limit,
      )}) x ORDER BY x.value DESC, x.id DESC LIMIT ${limit}
    ) cut JOIN dead_letter d ON d.id = cut.id`;
}

/** The page out of the next part of the list; null when that part is over before the page is full. */
async function walkPart(db: Database, request: PlacedRequest, condition: Prisma.Sql): Promise<ListPage | null> {
  // The inner limit is a wall for the planner: it walks in order and stops as soon as the page is full.
  const rows = await db.$queryRaw<Row[]>`
    WITH page AS (
      SELECT d.* FROM (
        SELECT d.* FROM dead_letter d WHERE ${placeCondition(request.filter, request.at)} ${anchor(request)}
        ${orderBy(request.sort)} LIMIT ${WALK}
      ) d WHERE ${condition} LIMIT ${request.limit + 1}
    )
    SELECT ${ROW} FROM page d ${ROW_JOINS} ${orderBy(request.sort)}`;
  return rows.length > request.limit ? toPage(request, rows) : null;
}

/** The page out of what the search index finds, and how many that is. */
async function lookUp(db: Database, request: PlacedRequest, indexed: Prisma.Sql): Promise<DeadLetterListing> {
  const { filter, at } = request;
  const place = filter.queue === undefined ? Prisma.empty : Prisma.sql`AND s.queue_id = ${filter.queue}`;
  const rows = await db.$queryRaw<(Row & { total: number })[]>`
    WITH hits AS MATERIALIZED (
      SELECT d.id, ${SORTS[request.sort].column} FROM dead_letter d
      WHERE d.id = ANY (ARRAY(SELECT s.dead_letter_id FROM message_search s WHERE ${indexed} ${place}))
        AND ${matchingDeadLetters(filter, at)}
    ), page AS (
      SELECT p.* FROM (SELECT d.id FROM hits d WHERE true ${anchor(request)} ${orderBy(request.sort)} LIMIT ${request.limit + 1}) cut
      JOIN dead_letter p ON p.id = cut.id
    )
    SELECT ${ROW}, (SELECT count(*)::int FROM hits) AS total FROM page d ${ROW_JOINS} ${orderBy(request.sort)}`;
  // Beyond the last page there is no row to carry the total.
  const total = rows[0]?.total ?? (request.after === null ? 0 : await countMatching(db, request));
  return { ...toPage(request, rows), total, totalIs: "exact" };
}

function toPage(request: PlacedRequest, rows: readonly Row[]): ListPage {
  const page = rows.slice(0, request.limit);
  const last = page.at(-1);
  return {
    rows: page.map(toRow) satisfies DeadLetterRow[],
    next:
      rows.length > request.limit && last !== undefined
        ? { value: anchorValue(request.sort, last), id: last.id }
        : null,
  };
}

function anchorValue(sort: DeadLetterSort, row: Row): string {
  switch (sort) {
    case "oldest":
    case "newest":
      return row.enqueued_at.toISOString();
    case "largest":
      return String(row.size);
    case "most-deliveries":
      return String(row.delivery_count);
  }
}
