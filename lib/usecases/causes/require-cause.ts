import { AppError } from "@/lib/domain/app-error";
import type { StoreScope } from "@/lib/store/ports";
import type { CauseRecord } from "@/lib/store/ports/causes";

/** A cause that stands for itself, locked for a change. Throws "not-found", and "state-changed" when it was merged into another. */
export async function requireCause(tx: StoreScope, id: string): Promise<CauseRecord> {
  const cause = await tx.causes.lock(id);
  if (cause === null) throw new AppError("not-found", `There is no cause number ${id}.`);
  if (cause.mergedInto !== null) {
    throw new AppError("state-changed", `This cause was merged into cause ${cause.mergedInto}: look there.`);
  }
  return cause;
}
