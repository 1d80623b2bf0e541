import type { DeadLetterRow, DeadLetterSort } from "@/lib/contracts/dead-letters";
import type { Expression } from "@/lib/domain/filter/expression";
import type { Database } from "./database";
import {
  causesOfPlace,
  expressionOf,
  matchingDeadLetters,
  type PlacedFilter,
  placeCondition,
  placeFilter,
} from "./dead-letter-filter";
import { ROW, ROW_JOINS, type Row, toRow } from "./dead-letter-rows";
import { expectedHits, isSmall, lookedUp, readIndex } from "./filter-hits";
import { compileFilter, factCondition, indexCondition } from "./filter-sql";
import { Prisma } from "./generated/client";
import { countFromFigures } from "./place-figures";
import type { DeadLetterListing, DeadLetterListRequest } from "./ports/dead-letters";
import { sideBySide } from "./side-by-side";

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

/** Up to so many expected hits are looked up in the search index and sorted; more are met soon enough on the way through the list. */
const FEW = 7_000;
/** More hits are not looked up one by one: the whole list is walked. */
const MOST_LOOKED_UP = 60_000;
/** Messages of a place that are asked for an estimate, about; and the fewest hits among them that tell a share. */
const SAMPLE = 500;
const TELLING = 8;
/** Messages that are asked on the way through the list before the search index is asked after all. */
const WALK = 25_000;

/**
 * One page of the list, and how many there are. Without a filter's text it is a walk along an index; with one, the way
 * is chosen by how many hits are to be expected, so that rare and frequent words are both found soon:
 * few messages at the place: ask them all; few hits expected: look them up, then sort; many: walk in order until the page is full.
 * What no index answers (something is missing) is read through, if a sample tells that few fit.
 */
export async function listDeadLetters(db: Database, asked: DeadLetterListRequest): Promise<DeadLetterListing> {
  const filter = await placeFilter(db, asked.filter);
  const request: PlacedRequest = { ...asked, filter };
  const expression = expressionOf(request.filter);
  if (expression === null) {
    const [page, total] = await sideBySide(db, [
      () => walk(db, request),
      async () => (await countFromFigures(db, request.filter, request.at)) ?? (await countMatching(db, request)),
    ]);
    return { ...page, total, totalIs: "exact" };
  }
  if (await isSmall(db, request)) {
    return { ...(await walk(db, request)), total: await countMatching(db, request), totalIs: "exact" };
  }
  const indexed = indexCondition(expression);
  const expected = indexed === null ? null : await expectedHits(db, request, indexed);
  if (indexed !== null && expected !== null && expected <= FEW) return lookUp(db, request, indexed);
  const looksUp = indexed !== null && expected !== null && expected <= MOST_LOOKED_UP;
  const facts = looksUp ? null : factCondition(expression, request.at);
  const sample = facts === null ? null : await askSample(db, request);
  // A walk that is not expected to fill the page soon is not begun.
  const walks = sample === null || sample.matching * WALK >= sample.asked * (request.limit + 1);
  if (facts !== null && !walks) return readThrough(db, request, expression, facts);
  // What no index has in this order would be sorted whole to walk a part of it, and many causes' lists put together far.
  const isShort = filter.queue !== undefined || filter.causes !== null;
  const walked =
    looksUp && !hasOrder(request) && !(isShort && isOfCauses(request))
      ? null
      : await walkPart(db, request, compileFilter(expression, request.at));
  if (walked !== null) return withEstimate(db, request, expected, walked, sample);
  // The hits lie far from this end of the list, or are few after all.
  if (looksUp) return lookUp(db, request, indexed);
  if (facts !== null) return readThrough(db, request, expression, facts);
  return withEstimate(db, request, expected, await walk(db, request));
}

/** Whether an index leads through the list in its order. Causes and all dead letters are kept in every one, queues in that of time. */
function hasOrder({ filter, sort }: PlacedRequest): boolean {
  if (filter.causes !== null) return filter.causes.length === 1 && filter.reason === undefined;
  return filter.reason === undefined && (filter.queue === undefined || sort === "oldest" || sort === "newest");
}

/** Whether the list is put together from those of its causes: what an age or returned copies leave of these may lie anywhere in them. */
function isOfCauses(request: PlacedRequest): boolean {
  const { sort, filter } = request;
  const isByTime = sort === "oldest" || sort === "newest";
  return !hasOrder(request) && filter.returned === undefined && (filter.age === undefined || isByTime);
}

/** How many match, from a sample of what lies at the filter's place; never more than lie there, nor fewer than the page shows. */
async function withEstimate(
  db: Database,
  request: PlacedRequest,
  expected: number | null,
  page: ListPage,
  known: Sample | null = null,
): Promise<DeadLetterListing> {
  const whole = request.after === null && page.next === null;
  if (whole) return { ...page, total: page.rows.length, totalIs: "exact" };
  const { there, asked, matching } = known ?? (await askSample(db, request));
  // Too few to tell a share by: the search index knows its words and facts, which the message says among others.
  const few = matching < TELLING && expected !== null;
  const estimate = few
    ? Math.min(expected, (there * TELLING) / Math.max(asked, 1))
    : (there * matching) / Math.max(asked, 1);
  return { ...page, total: Math.max(Math.min(Math.round(estimate), there), page.rows.length), totalIs: "estimate" };
}

/** Of the messages that lie at the filter's place, how many were asked, and how many of these match. */
interface Sample {
  readonly there: number;
  readonly asked: number;
  readonly matching: number;
}

/** Asks messages of the filter's place, spread over it and always the same ones. */
async function askSample(db: Database, request: PlacedRequest): Promise<Sample> {
  const expression = expressionOf(request.filter);
  if (expression === null) throw new Error("without a text there is nothing to ask a sample");
  const there = (await countFromFigures(db, request.filter, request.at)) ?? (await countPlace(db, request));
  const place = placeCondition(request.filter, request.at);
  const sample = isEverywhere(request.filter)
    ? Prisma.sql`dead_letter d TABLESAMPLE SYSTEM (${Math.min(100, (100 * SAMPLE) / Math.max(there, 1))}::float8) REPEATABLE (1) WHERE ${place}`
    : Prisma.sql`dead_letter d WHERE ${place} AND hashint8(d.id) % ${Math.max(1, Math.floor(there / SAMPLE))}::int = 0`;
  const rows = await db.$queryRaw<{ asked: number; matching: number }[]>`
    SELECT count(*)::int AS asked, (count(*) FILTER (WHERE ${compileFilter(expression, request.at)}))::int AS matching FROM ${sample}`;
  return { there, asked: rows[0]?.asked ?? 0, matching: rows[0]?.matching ?? 0 };
}

function isEverywhere({ queue, causes, reason }: PlacedFilter): boolean {
  return queue === undefined && causes === null && reason === undefined;
}

async function countMatching(db: Database, request: PlacedRequest): Promise<number> {
  const counted = await db.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM dead_letter d WHERE ${matchingDeadLetters(request.filter, request.at)}`;
  return counted[0]?.n ?? 0;
}

async function countPlace(db: Database, { filter, at }: PlacedRequest): Promise<number> {
  const counted = await db.$queryRaw<
    { n: number }[]
  >`SELECT count(*)::int AS n FROM dead_letter d WHERE ${placeCondition(filter, at)}`;
  return counted[0]?.n ?? 0;
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
  const page =
    request.filter.q === undefined || request.filter.q === ""
      ? together(cutInOrder(request, request.limit + 1))
      : matchingInOrder(request);
  const rows = await db.$queryRaw<Row[]>`
    WITH page AS (${page}) SELECT ${ROW} FROM page d ${ROW_JOINS} ${orderBy(request.sort)}`;
  return toPage(request, rows);
}

/** The rows of a page whose ids are chosen from an index alone: read at once, where the index would lead from one to the next. */
function together(ids: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`SELECT d.* FROM dead_letters_together(ARRAY(${ids})) d`;
}

function matchingInOrder(request: PlacedRequest): Prisma.Sql {
  return Prisma.sql`
    SELECT d.* FROM dead_letter d WHERE ${matchingDeadLetters(request.filter, request.at)} ${anchor(request)}
    ${orderBy(request.sort)} LIMIT ${request.limit + 1}`;
}

/** The first messages at the filter's place, whatever its text says, in order. */
function inOrder(request: PlacedRequest, rows: number): Prisma.Sql {
  const order = Prisma.raw(SORTS[request.sort].direction);
  return isOfCauses(request)
    ? Prisma.sql`
        SELECT d.* FROM (${ofCauses(request, rows)}) cut JOIN dead_letter d ON d.id = cut.id ORDER BY cut.value ${order}, cut.id ${order}`
    : Prisma.sql`
        SELECT d.* FROM dead_letter d WHERE ${placeCondition(request.filter, request.at)} ${anchor(request)} ${orderBy(request.sort)} LIMIT ${rows}`;
}

/** Their ids alone. */
function cutInOrder(request: PlacedRequest, rows: number): Prisma.Sql {
  return isOfCauses(request)
    ? Prisma.sql`SELECT cut.id FROM (${ofCauses(request, rows)}) cut`
    : Prisma.sql`
        SELECT d.id FROM dead_letter d WHERE ${placeCondition(request.filter, request.at)} ${anchor(request)} ${orderBy(request.sort)} LIMIT ${rows}`;
}

/**
 * A list that no index has in its order, put together from those of its causes: the first of each cause are looked up, and as many of these as there
 * are to be rows bound what can be among them; then the causes that begin within that bound, as many at most, give their rows within it. It costs a look
 * into an index for each cause, however many messages.
 */
function ofCauses(request: PlacedRequest, rows: number): Prisma.Sql {
  const { column, cast, direction } = SORTS[request.sort];
  const order = Prisma.raw(direction);
  const within = Prisma.raw(direction === "asc" ? "<=" : ">=");
  const farthest = Prisma.raw(direction === "asc" ? "'infinity'" : request.sort === "newest" ? "'-infinity'" : "-1");
  const rest = placeCondition({ age: request.filter.age, causes: null }, request.at);
  const first = (cause: Prisma.Sql, bound: Prisma.Sql, limit: number) => Prisma.sql`
    SELECT d.id, ${column} AS value FROM dead_letter d
    WHERE ${rest} AND d.cause_id = ${cause} ${anchor(request)} ${bound} ${orderBy(request.sort)} LIMIT ${limit}`;
  const bound = Prisma.sql`(coalesce((SELECT value FROM bound), ${farthest}::${cast}), coalesce((SELECT id FROM bound), 0))`;
  return Prisma.sql`
      WITH firsts AS MATERIALIZED (
        SELECT place.id AS cause_id, x.id, x.value FROM (${causesOfPlace(request.filter)}) place, LATERAL (${first(Prisma.sql`place.id`, Prisma.empty, 1)}) x
      ), bound AS MATERIALIZED (
        SELECT f.value, f.id FROM firsts f ORDER BY f.value ${order}, f.id ${order} OFFSET ${rows - 1} LIMIT 1
      )
      SELECT x.id, x.value FROM firsts f, LATERAL (${first(Prisma.sql`f.cause_id`, Prisma.sql`AND (${column}, d.id) ${within} ${bound}`, rows)}) x
      WHERE (f.value, f.id) ${within} ${bound}
      ORDER BY x.value ${order}, x.id ${order} LIMIT ${rows}`;
}

/** The page out of the next part of the list; null when that part is over before the page is full. */
async function walkPart(db: Database, request: PlacedRequest, condition: Prisma.Sql): Promise<ListPage | null> {
  // The inner limit is a wall for the planner: it walks in order and stops as soon as the page is full.
  const rows = await db.$queryRaw<Row[]>`
    WITH page AS (
      SELECT d.* FROM (${inOrder(request, WALK)}) d WHERE ${condition} LIMIT ${request.limit + 1}
    )
    SELECT ${ROW} FROM page d ${ROW_JOINS} ${orderBy(request.sort)}`;
  return rows.length > request.limit ? toPage(request, rows) : null;
}

/** The page out of what the search index finds, and how many that is. */
function lookUp(db: Database, request: PlacedRequest, indexed: Prisma.Sql): Promise<DeadLetterListing> {
  const { filter, at, sort } = request;
  return cutFrom(db, request, lookedUp({ filter, at }, indexed, SORTS[sort].column));
}

/** The page out of all that fit, and how many these are, where a walk through the list would go to and fro. */
function readThrough(
  db: Database,
  request: PlacedRequest,
  expression: Expression,
  facts: Prisma.Sql,
): Promise<DeadLetterListing> {
  const { filter, at, sort } = request;
  return cutFrom(db, request, readIndex({ filter, at }, { expression, facts }, SORTS[sort].column));
}

/** The page out of `hits`: all that match, by id and what the list is ordered by; and how many they are. */
async function cutFrom(db: Database, request: PlacedRequest, hits: Prisma.Sql): Promise<DeadLetterListing> {
  const rows = await db.$queryRaw<(Row & { total: number })[]>`
    WITH hits AS MATERIALIZED (${hits}), page AS (
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
