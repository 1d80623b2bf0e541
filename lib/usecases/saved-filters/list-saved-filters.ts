import type { SavedFilter } from "@/lib/contracts/search";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import type { SavedFilterRow } from "@/lib/store/ports/saved-filters";
import { asksPayloads } from "../search/require-allowed";

/** The person's own filters and the shared ones; those that ask about payloads are left out for whoever may not see any, since their text may quote one. */
export async function listSavedFilters({
  store,
  actor,
  mayReadPayloads,
}: {
  store: Store;
  actor: Extract<Actor, { kind: "person" }>;
  mayReadPayloads: boolean;
}): Promise<{ items: SavedFilter[] }> {
  const rows = await store.savedFilters.list(actor.id);
  return {
    items: rows
      .filter((row) => mayReadPayloads || !asksPayloads(row.filter.q))
      .map((row) => describeSavedFilter(row, actor.id)),
  };
}

export function describeSavedFilter(row: SavedFilterRow, personId: string): SavedFilter {
  return {
    id: row.id,
    name: row.name,
    shared: row.shared,
    own: row.ownerId === personId,
    owner: row.owner,
    filter: row.filter,
    updatedAt: row.updatedAt.toISOString(),
  };
}
