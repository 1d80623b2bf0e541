import type { SavedFilter, SaveFilter } from "@/lib/contracts/search";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import type { SavedFilterRow } from "@/lib/store/ports/saved-filters";
import { requireAllowedFilter } from "../search/require-allowed";
import { describeSavedFilter } from "./list-saved-filters";
import { requireFreeName, requireMayShare } from "./saved-filter-rules";

/** Filters that one person keeps, at most. */
const MOST_FILTERS = 200;

/** Keeps a filter under a name. Sharing it is an event of the audit. Throws "forbidden", "conflict" (the name is taken) and "unprocessable". */
export async function saveFilter(
  context: {
    store: Store;
    actor: Extract<Actor, { kind: "person" }>;
    mayReadPayloads: boolean;
    mayShare: boolean;
  },
  input: SaveFilter,
): Promise<SavedFilter> {
  const { store, actor } = context;
  requireAllowedFilter(input.filter.q, context.mayReadPayloads);
  if (input.shared) requireMayShare(context.mayShare);
  return store.transaction(async (tx) => {
    if ((await tx.savedFilters.count(actor.id)) >= MOST_FILTERS) {
      throw new AppError("unprocessable", `You keep ${MOST_FILTERS} filters already: take one away first.`);
    }
    await requireFreeName(tx, input.name, { personId: actor.id, shared: input.shared, except: null });
    const id = await tx.savedFilters.insert({ ownerId: actor.id, ...input });
    if (input.shared) {
      await tx.audit.append([
        { actor, action: "filter.shared", subject: { kind: "filter", id }, detail: { name: input.name } },
      ]);
    }
    return describeSavedFilter((await tx.savedFilters.lock(id)) as SavedFilterRow, actor.id);
  });
}
