import type { DeadLetterSearch } from "@/lib/contracts/dead-letters";
import { ageBounds } from "@/lib/domain/age";
import type { Expression } from "@/lib/domain/filter/expression";
import { parseFilter } from "@/lib/domain/filter/parse-filter";
import type { Database } from "./database";
import { compileFilter } from "./filter-sql";
import { Prisma } from "./generated/client";

/** A filter that knows which causes are shown as part of the one that it names. */
export interface PlacedFilter extends DeadLetterSearch {
  /** Those of its queue; null: it names no cause. */
  readonly causes: readonly string[] | null;
}

/**
 * Looks up what a filter's cause is shown with: a cause stands for those that are merged into it, and one that is merged for the cause that it
 * is shown as. What a page counts and what a filter selects are the same by that.
 */
export async function placeFilter(db: Database, filter: DeadLetterSearch): Promise<PlacedFilter> {
  if (filter.cause === undefined) return { ...filter, causes: null };
  const place = filter.queue === undefined ? Prisma.empty : Prisma.sql`WHERE member.queue_id = ${filter.queue}`;
  const members = await db.$queryRaw<{ id: string; root: string }[]>`
    SELECT member.id::text AS id, shown.root::text AS root
    FROM (SELECT coalesce(c.merged_into, c.id) AS root FROM cause c WHERE c.id = ${filter.cause}::text::bigint) shown
      JOIN cause member ON member.id = shown.root OR member.merged_into = shown.root
    ${place} ORDER BY member.id`;
  // A cause of another queue has no messages in this one.
  return { ...filter, cause: members[0]?.root ?? filter.cause, causes: members.map(({ id }) => id) };
}

/**
 * What a filter selects, as a condition on `dead_letter d`: messages that are there. The list, its total and a
 * replay's frozen set all select through this one, so that they cannot disagree. Ages are counted from `at`.
 */
export function matchingDeadLetters(filter: PlacedFilter, at: Date): Prisma.Sql {
  const expression = expressionOf(filter);
  const place = placeCondition(filter, at);
  return expression === null ? place : Prisma.sql`${place} AND ${compileFilter(expression, at)}`;
}

/** What the filter's text says; null: nothing. The contract has let through only what can be read. */
export function expressionOf(filter: DeadLetterSearch): Expression | null {
  const parsed = parseFilter(filter.q ?? "");
  if (!parsed.ok) throw new Error(`a filter passed its contract unread: ${parsed.error.message}`);
  return parsed.expression;
}

/**
 * The causes (`c`) whose messages lie at a filter's place: few rows, and indexes lead from each to its messages in every order. A message lies in its
 * cause's queue; reasons are those of causes.
 */
export function causesOfPlace({ queue, causes, reason }: PlacedFilter): Prisma.Sql {
  const conditions = [Prisma.sql`true`];
  if (queue !== undefined) conditions.push(Prisma.sql`c.queue_id = ${queue}`);
  if (causes !== null) conditions.push(Prisma.sql`c.id = ANY (${[...causes]}::text[]::bigint[])`);
  if (reason !== undefined) conditions.push(Prisma.sql`c.reason = ${reason}`);
  return Prisma.sql`SELECT c.id FROM cause c WHERE ${Prisma.join(conditions, " AND ")}`;
}

/** The part of a filter that needs no language: where, why and how old. */
export function placeCondition(filter: PlacedFilter, at: Date): Prisma.Sql {
  const conditions = [Prisma.sql`d.left_at IS NULL`];
  const [only, ...others] = filter.causes ?? [];
  if (only !== undefined && others.length === 0) {
    conditions.push(Prisma.sql`d.cause_id = ${only}::text::bigint`);
    if (filter.reason !== undefined) conditions.push(Prisma.sql`d.cause_id IN (${causesOfPlace(filter)})`);
  } else if (filter.causes !== null || filter.reason !== undefined) {
    conditions.push(Prisma.sql`d.cause_id IN (${causesOfPlace(filter)})`);
  } else if (filter.queue !== undefined) conditions.push(Prisma.sql`d.queue_id = ${filter.queue}`);
  if (filter.age !== undefined) {
    const { after, until } = ageBounds(filter.age, at);
    if (after !== null) conditions.push(Prisma.sql`d.enqueued_at > ${after.toISOString()}::timestamptz`);
    if (until !== null) conditions.push(Prisma.sql`d.enqueued_at <= ${until.toISOString()}::timestamptz`);
  }
  switch (filter.returned) {
    case "yes":
      conditions.push(Prisma.sql`d.returned_from IS NOT NULL`);
      break;
    case "no":
      conditions.push(Prisma.sql`d.returned_from IS NULL`);
      break;
    case undefined:
      break;
    default:
      filter.returned satisfies never;
  }
  return Prisma.join(conditions, " AND ");
}
