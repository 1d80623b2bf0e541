import type { DeadLetterSearch, SearchCoverage } from "@/lib/contracts/dead-letters";
import { mayReadIndex } from "@/lib/domain/filter/expression";
import { parseFilter } from "@/lib/domain/filter/parse-filter";
import type { StoreScope } from "@/lib/store/ports";
import { asksPayloads } from "./require-allowed";

/**
 * How much of what is there a filter has looked at. Null where the search index answers nothing of it. Ids and the like are not in a body: that a body
 * is not indexed hides none of them.
 */
export async function coverageOf(
  store: Pick<StoreScope, "search">,
  filter: DeadLetterSearch,
): Promise<SearchCoverage | null> {
  const parsed = parseFilter(filter.q ?? "");
  if (!parsed.ok || parsed.expression === null || !mayReadIndex(parsed.expression)) return null;
  const coverage = await store.search.coverage(filter);
  return asksPayloads(filter.q) ? coverage : { ...coverage, gaps: 0 };
}
