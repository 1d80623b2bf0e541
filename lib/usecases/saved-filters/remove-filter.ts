import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { requireOwn } from "./saved-filter-rules";

/** Takes a filter away: one's own, or a shared one for whoever keeps the settings. Throws "not-found" and "forbidden". */
export async function removeFilter(
  { store, actor, mayManage }: { store: Store; actor: Extract<Actor, { kind: "person" }>; mayManage: boolean },
  { id }: { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const row = await requireOwn(tx, id, { personId: actor.id, mayManage });
    await tx.savedFilters.remove(id);
    if (!row.shared) return;
    await tx.audit.append([
      {
        actor,
        action: "filter.withdrawn",
        subject: { kind: "filter", id },
        detail: { name: row.name, owner: row.owner },
      },
    ]);
  });
}
