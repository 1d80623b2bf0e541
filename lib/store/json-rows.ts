import type { Database } from "./database";
import type { Prisma } from "./generated/client";

/**
 * The rows of a query as one JSON text: for pages of thousands of rows, where the client would spend more time on each column than the
 * database on the query. Numbers come as numbers (none may pass 2^53), times as text for `isoTimeOf`.
 */
export async function readJsonRows<Row>(db: Database, query: Prisma.Sql): Promise<Row[]> {
  const answer = await db.$queryRaw<
    { rows: string }[]
  >`SELECT coalesce(json_agg(row), '[]')::text AS rows FROM (${query}) row`;
  return JSON.parse((answer[0] as { rows: string }).rows) as Row[];
}

/** "2026-11-21T08:42:29.8+00:00", as PostgreSQL writes it in a session in UTC, as "2026-11-21T08:42:29.800Z"; null stays null. */
export function isoTimeOf(text: string | null): string | null {
  if (text === null) return null;
  const seconds = text.slice(0, 19);
  const fraction = text.slice(20, text.indexOf("+", 19));
  return `${seconds}.${text[19] === "." ? fraction.slice(0, 3).padEnd(3, "0") : "000"}Z`;
}
