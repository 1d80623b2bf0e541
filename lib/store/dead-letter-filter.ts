import type { DeadLetterSearch } from "@/lib/contracts/dead-letters";
import { ageBounds } from "@/lib/domain/age";
import type { Expression } from "@/lib/domain/filter/expression";
import { parseFilter } from "@/lib/domain/filter/parse-filter";
import { compileFilter } from "./filter-sql";
import { Prisma } from "./generated/client";

/**
 * What a filter selects, as a condition on `dead_letter d`: messages that are there. The list, its total and a
 * replay's frozen set all select through this one, so that they cannot disagree. Ages are counted from `at`.
 */
export function matchingDeadLetters(filter: DeadLetterSearch, at: Date): Prisma.Sql {
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

/** The part of a filter that needs no language: where, why and how old. */
export function placeCondition(filter: DeadLetterSearch, at: Date): Prisma.Sql {
  const conditions = [Prisma.sql`d.left_at IS NULL`];
  if (filter.queue !== undefined) conditions.push(Prisma.sql`d.queue_id = ${filter.queue}`);
  if (filter.cause !== undefined) conditions.push(Prisma.sql`d.cause_id = ${filter.cause}::bigint`);
  if (filter.reason !== undefined) {
    // Through the causes, which carry the reason too: few rows, and an index leads from each to its messages.
    conditions.push(
      filter.queue === undefined
        ? Prisma.sql`d.cause_id IN (SELECT c.id FROM cause c WHERE c.reason = ${filter.reason})`
        : Prisma.sql`d.cause_id IN (SELECT c.id FROM cause c WHERE c.queue_id = ${filter.queue} AND c.reason = ${filter.reason})`,
    );
  }
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
