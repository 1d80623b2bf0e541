import type { DeadLetterPage, DeadLetterQuery } from "@/lib/contracts/dead-letters";
import type { Store } from "@/lib/store/ports";
import { requireAllowedFilter } from "../search/require-allowed";
import { coverageOf } from "../search/search-coverage";
import { type ListCursor, readCursor, writeCursor } from "./list-cursor";

/** A search that takes longer is ended and says so, in place of a page that hangs. */
export const SEARCH_SECONDS = 8;

/**
 * Dead letters that are there, by filter and sort, in pages, of one queue or of all. Every page of one list counts ages from the time
 * of its first page, so that no message falls out between two pages because it grew older. A filter that asks about payloads
 * needs the right to see them. Throws `AppError` "invalid-input" for a cursor that is not one of this list's, and "forbidden".
 */
export async function listDeadLetters(
  context: { readonly store: Store; readonly mayReadPayloads: boolean },
  query: DeadLetterQuery,
): Promise<DeadLetterPage> {
  const { sort, cursor, limit, ...filter } = query;
  requireAllowedFilter(filter.q, context.mayReadPayloads);
  const from: ListCursor | null = cursor === undefined ? null : readCursor(cursor, sort);
  const at = from?.at ?? (await context.store.now());
  const request = { filter, sort, at, after: from?.anchor ?? null, limit };
  const searches = filter.q !== undefined && filter.q !== "";
  const listing = searches
    ? await context.store.transaction(async (tx) => {
        await tx.search.limitSeconds(SEARCH_SECONDS);
        return tx.deadLetters.list(request);
      })
    : await context.store.deadLetters.list(request);
  return {
    items: context.mayReadPayloads ? listing.rows : listing.rows.map((row) => ({ ...row, description: null })),
    nextCursor: listing.next === null ? null : writeCursor({ sort, at, anchor: listing.next }),
    total: listing.total,
    totalIs: listing.totalIs,
    coverage: await coverageOf(context.store, filter),
    at: at.toISOString(),
  };
}
