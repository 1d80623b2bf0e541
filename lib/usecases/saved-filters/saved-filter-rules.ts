import { AppError } from "@/lib/domain/app-error";
import type { StoreScope } from "@/lib/store/ports";
import type { SavedFilterRow } from "@/lib/store/ports/saved-filters";

export function requireMayShare(mayShare: boolean): void {
  if (!mayShare) throw new AppError("forbidden", "Your roles may keep filters of your own, and share none.");
}

/** Throws "conflict" when the person, or among shared filters anybody, has one of this name. */
export async function requireFreeName(
  tx: StoreScope,
  name: string,
  by: { personId: string; shared: boolean; except: string | null },
): Promise<void> {
  if (!(await tx.savedFilters.nameTaken(name, by))) return;
  throw new AppError("conflict", `There is a filter called "${name}" already: give this one another name.`, {
    name: "already taken",
  });
}

/** The filter, locked. Throws "not-found" also for another person's own filter, which nobody else may know of, and "forbidden" for a shared one of somebody else. */
export async function requireOwn(
  tx: StoreScope,
  id: string,
  { personId, mayManage }: { personId: string; mayManage: boolean },
): Promise<SavedFilterRow> {
  const row = await tx.savedFilters.lock(id);
  if (row === null || (row.ownerId !== personId && !row.shared)) {
    throw new AppError("not-found", "There is no such saved filter.");
  }
  if (row.ownerId !== personId && !mayManage) {
    throw new AppError(
      "forbidden",
      `Only ${row.owner} can change this shared filter. Save it under a name of your own.`,
    );
  }
  return row;
}
