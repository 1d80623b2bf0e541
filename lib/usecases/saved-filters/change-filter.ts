import type { ChangeFilter, SavedFilter } from "@/lib/contracts/search";
import type { Actor, AuditAction } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import type { SavedFilterRow } from "@/lib/store/ports/saved-filters";
import { requireAllowedFilter } from "../search/require-allowed";
import { describeSavedFilter } from "./list-saved-filters";
import { requireFreeName, requireMayShare, requireOwn } from "./saved-filter-rules";

/** Renames, shares or rewrites a filter of one's own. What everybody sees of it is an event of the audit. Throws "not-found", "forbidden", "conflict". */
export async function changeFilter(
  context: {
    store: Store;
    actor: Extract<Actor, { kind: "person" }>;
    mayReadPayloads: boolean;
    mayShare: boolean;
  },
  { id, ...changes }: ChangeFilter & { id: string },
): Promise<SavedFilter> {
  const { store, actor } = context;
  requireAllowedFilter(changes.filter?.q, context.mayReadPayloads);
  return store.transaction(async (tx) => {
    const before = await requireOwn(tx, id, { personId: actor.id, mayManage: false });
    const after = {
      name: changes.name ?? before.name,
      shared: changes.shared ?? before.shared,
      filter: changes.filter ?? before.filter,
    };
    if (after.shared) requireMayShare(context.mayShare);
    await requireFreeName(tx, after.name, { personId: actor.id, shared: after.shared, except: id });
    await tx.savedFilters.update(id, after);
    const action = whatHappened(before.shared, after.shared);
    if (action !== null) {
      await tx.audit.append([
        { actor, action, subject: { kind: "filter", id }, detail: { name: after.name, was: before.name } },
      ]);
    }
    return describeSavedFilter((await tx.savedFilters.lock(id)) as SavedFilterRow, actor.id);
  });
}

/** Null: nobody else sees it, before and after. */
function whatHappened(before: boolean, after: boolean): AuditAction | null {
  if (before) return after ? "filter.changed" : "filter.withdrawn";
  return after ? "filter.shared" : null;
}
