import type { DeadLetterSearch, QueueBreakdown } from "@/lib/contracts/dead-letters";
import type { Store } from "@/lib/store/ports";
import { SEARCH_SECONDS } from "../dead-letters/list-dead-letters";
import { requireAllowedFilter } from "./require-allowed";

/** Queues that are named; the others are told by their number. */
const MOST_NAMED = 100;

/**
 * In which queues the messages of a filter lie, and how many in each, over all of them and not over a page. A replay, a change and a discard are of one
 * queue: this is the way from a search over all to where they start. Throws `AppError` "forbidden" for a filter that asks what is hidden.
 */
export async function countByQueue(
  { store, mayReadPayloads }: { readonly store: Store; readonly mayReadPayloads: boolean },
  filter: DeadLetterSearch,
): Promise<QueueBreakdown> {
  requireAllowedFilter(filter.q, mayReadPayloads);
  const at = await store.now();
  const counts = await store.transaction(async (tx) => {
    await tx.search.limitSeconds(SEARCH_SECONDS);
    return tx.deadLetters.countByQueue({ filter, at, limit: MOST_NAMED });
  });
  return { ...counts, at: at.toISOString() };
}
