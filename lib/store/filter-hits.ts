import { conditionsOf, type Expression } from "@/lib/domain/filter/expression";
import type { Database } from "./database";
import { matchingDeadLetters, type PlacedFilter, placeCondition } from "./dead-letter-filter";
import { compileIndexed, isOfFacts } from "./filter-sql";
import { Prisma } from "./generated/client";

/** A filter with the time that its ages are counted from. */
export interface FilterAt {
  readonly filter: PlacedFilter;
  readonly at: Date;
}

/** Up to so many messages a filter's place is small: all of them are asked, and counted. */
const SMALL = 5_000;

export async function isSmall(db: Database, { filter, at }: FilterAt): Promise<boolean> {
  const counted = await db.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM (SELECT 1 FROM dead_letter d WHERE ${placeCondition(filter, at)} LIMIT ${SMALL + 1}) first`;
  return (counted[0]?.n ?? 0) <= SMALL;
}

/** What the planner expects of the search index: it keeps the shares of the most frequent words and facts. */
export function expectedHits(db: Database, { filter }: FilterAt, indexed: Prisma.Sql): Promise<number> {
  return plannedRows(db, Prisma.sql`SELECT 1 FROM message_search s WHERE ${indexed} ${ofQueue(filter)}`);
}

async function plannedRows(db: Database, query: Prisma.Sql): Promise<number> {
  const rows = await db.$queryRaw<
    { "QUERY PLAN": [{ Plan: { "Plan Rows": number } }] }[]
  >`EXPLAIN (FORMAT JSON) ${query}`;
  return rows[0]?.["QUERY PLAN"][0].Plan["Plan Rows"] ?? 0;
}

/** All that match, with `column` of `dead_letter d`, out of what the search index finds by `indexed`. */
export function lookedUp({ filter, at }: FilterAt, indexed: Prisma.Sql, column: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT d.id, ${column} FROM dead_letter d
    WHERE d.id = ANY (ARRAY(SELECT s.dead_letter_id FROM message_search s WHERE ${indexed} ${ofQueue(filter)}))
      AND ${matchingDeadLetters(filter, at)}`;
}

/**
 * All that match, with `column` of `dead_letter d`: the search index is read through once, in the order that it lies in. Properties are known of what it
 * does not hold yet, too: that is asked by itself.
 */
export function readIndex(
  { filter, at }: FilterAt,
  { expression, facts }: { readonly expression: Expression; readonly facts: Prisma.Sql },
  column: Prisma.Sql,
): Prisma.Sql {
  const fits = isOfFacts(expression) ? facts : Prisma.sql`${facts} AND ${compileIndexed(expression, at)}`;
  const indexed = Prisma.sql`
    SELECT d.id, ${column} FROM dead_letter d JOIN message_search s ON s.dead_letter_id = d.id
    WHERE ${placeCondition(filter, at)} ${ofQueue(filter)} AND ${fits}`;
  if (!conditionsOf(expression).some(({ kind }) => kind === "property")) return indexed;
  return Prisma.sql`
    ${indexed} UNION SELECT d.id, ${column} FROM dead_letter d
    WHERE d.id IN (SELECT p.dead_letter_id FROM search_pending p) AND ${matchingDeadLetters(filter, at)}`;
}

/** The queue as the search index knows it. */
function ofQueue({ queue }: PlacedFilter): Prisma.Sql {
  return queue === undefined ? Prisma.empty : Prisma.sql`AND s.queue_id = ${queue}`;
}
