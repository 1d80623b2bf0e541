import { estimateShares } from "@/lib/domain/search/share-estimate";
import type { Database } from "./database";
import { expressionOf, matchingDeadLetters, placeCondition, placeFilter } from "./dead-letter-filter";
import { expectedHits, type FilterAt, lookedUp, readIndex } from "./filter-hits";
import { compileFilter, factCondition, indexCondition } from "./filter-sql";
import { Prisma } from "./generated/client";
import { countFromFigures, countsFromFigures } from "./place-figures";
import type { QueueBreakdownRequest, QueueCounts } from "./ports/dead-letters";

/**
 * Up to so many messages are counted: all that lie at a filter's place, or the hits that the search index is expected to find. More of them take longer
 * to read than a sample of everything.
 */
const MOST_COUNTED = 15_000;
/** Messages that are asked otherwise, about: whole blocks of the table and always the same ones, so that they are in memory after the first time. */
const SAMPLE = 6_000;
/** Fewer hits among them do not tell by how many they stand for the queues: all of them are counted. */
const TELLING = 60;
type Counts = ReadonlyMap<number, number>;
const sumOf = (counts: Counts): number => [...counts.values()].reduce((sum, n) => sum + n, 0);

/**
 * How many messages that a filter finds lie in each queue, those with most first. Exact where the list's total is, and for some more hits than that; an
 * estimate where frequent words or values are met too often to be counted for a page. Hits in a queue that the sample has none of are not known then.
 */
export async function countByQueue(
  db: Database,
  { filter: asked, at, limit }: QueueBreakdownRequest,
): Promise<QueueCounts> {
  const filter = await placeFilter(db, asked);
  const { counts, countsAre } = await count(db, { filter, at });
  const sorted = [...counts].filter(([, n]) => n > 0).toSorted((a, b) => b[1] - a[1] || a[0] - b[0]);
  const shown = sorted.slice(0, limit);
  const names = await readNames(
    db,
    shown.map(([id]) => id),
  );
  return {
    items: shown.flatMap(([id, messages]) => {
      const queue = names.get(id);
      return queue === undefined ? [] : [{ queue, messages }];
    }),
    queues: sorted.length,
    messages: sumOf(counts),
    countsAre,
  };
}

async function count(
  db: Database,
  of: FilterAt,
): Promise<{ readonly counts: Counts; readonly countsAre: QueueCounts["countsAre"] }> {
  const { filter, at } = of;
  const exact = async (hits: Prisma.Sql) => ({ counts: await sum(db, hits), countsAre: "exact" }) as const;
  const expression = expressionOf(filter);
  const there = await countPlace(db, of);
  if (expression === null) return { counts: there, countsAre: "exact" };
  const all = Prisma.sql`SELECT d.id, d.queue_id FROM dead_letter d WHERE ${matchingDeadLetters(filter, at)}`;
  if (sumOf(there) <= MOST_COUNTED) return exact(all);
  const indexed = indexCondition(expression);
  const column = Prisma.sql`d.queue_id`;
  const expected = indexed === null ? null : await expectedHits(db, of, indexed);
  if (indexed !== null && expected !== null && expected <= MOST_COUNTED) return exact(lookedUp(of, indexed, column));
  const estimate = await estimateFromSample(db, of, { there, matches: compileFilter(expression, at) });
  if (estimate !== null) return { counts: estimate, countsAre: "estimate" };
  if (indexed !== null) return exact(lookedUp(of, indexed, column));
  const facts = factCondition(expression, at);
  return exact(facts === null ? all : readIndex(of, { expression, facts }, column));
}

async function sum(db: Database, hits: Prisma.Sql): Promise<Counts> {
  const rows = await db.$queryRaw<{ queue_id: number; n: number }[]>`
    SELECT h.queue_id, count(*)::int AS n FROM (${hits}) h GROUP BY h.queue_id`;
  return new Map(rows.map((row) => [row.queue_id, row.n]));
}

async function countPlace(db: Database, { filter, at }: FilterAt): Promise<Counts> {
  const place = Prisma.sql`SELECT d.queue_id FROM dead_letter d WHERE ${placeCondition(filter, at)}`;
  return (await countsFromFigures(db, filter, at)) ?? (await sum(db, place));
}

/**
 * How many of each queue match: of what lies there, which is known, the share that matches in a sample. Few messages of a queue in it say little of the
 * queue: see `estimateShares`. Null: too few match to tell.
 */
async function estimateFromSample(
  db: Database,
  of: FilterAt,
  { there, matches }: { readonly there: Counts; readonly matches: Prisma.Sql },
): Promise<Counts | null> {
  const everywhere = (await countFromFigures(db, { causes: null }, of.at)) ?? sumOf(there);
  const percent = Math.min(100, (100 * SAMPLE) / Math.max(everywhere, 1));
  const rows = await db.$queryRaw<{ queue_id: number; asked: number; matching: number }[]>`
    SELECT d.queue_id, count(*)::int AS asked, (count(*) FILTER (WHERE ${matches}))::int AS matching
    FROM dead_letter d TABLESAMPLE SYSTEM (${percent}::float8) REPEATABLE (1) WHERE ${placeCondition(of.filter, of.at)} GROUP BY d.queue_id`;
  if (rows.reduce((total, row) => total + row.matching, 0) < TELLING) return null;
  const shareOf = estimateShares(rows);
  return new Map(
    rows
      .filter(({ matching }) => matching > 0)
      .map((row) => {
        const lies = Math.max(there.get(row.queue_id) ?? 0, row.matching);
        return [row.queue_id, Math.min(lies, Math.max(row.matching, Math.round(lies * shareOf(row))))];
      }),
  );
}

async function readNames(db: Database, ids: readonly number[]) {
  const rows = await db.$queryRaw<QueueCounts["items"][number]["queue"][]>`
    SELECT q.id, n.name AS namespace, q.entity_path AS "entityPath", q.sub_queue AS "subQueue"
    FROM queue q JOIN namespace n ON n.id = q.namespace_id WHERE q.id = ANY (${[...ids]}::int[])`;
  return new Map(rows.map((queue) => [queue.id, queue]));
}
