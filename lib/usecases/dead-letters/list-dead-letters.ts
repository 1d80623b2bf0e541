import type { DeadLetterPage, DeadLetterQuery } from "@/lib/contracts/dead-letters";
import type { Store } from "@/lib/store/ports";
import { type ListCursor, readCursor, writeCursor } from "./list-cursor";

/**
 * Dead letters that are there, by filter and sort, in pages. Every page of one list counts ages from the time of its
 * first page, so that no message falls out between two pages because it grew older. Throws `AppError` "invalid-input" for a cursor
 * that is not one of this list's.
 */
export async function listDeadLetters(
  context: { readonly store: Store; readonly mayReadPayloads: boolean },
  query: DeadLetterQuery,
): Promise<DeadLetterPage> {
  const { sort, cursor, limit, ...filter } = query;
  const from: ListCursor | null = cursor === undefined ? null : readCursor(cursor, sort);
  const at = from?.at ?? (await context.store.now());
  const listing = await context.store.deadLetters.list({ filter, sort, at, after: from?.anchor ?? null, limit });
  return {
    items: context.mayReadPayloads ? listing.rows : listing.rows.map((row) => ({ ...row, description: null })),
    nextCursor: listing.next === null ? null : writeCursor({ sort, at, anchor: listing.next }),
    total: listing.total,
    at: at.toISOString(),
  };
}
