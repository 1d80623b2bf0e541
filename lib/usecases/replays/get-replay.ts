import type { ReplayDetail } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";

/** A replay with its progress, as of the database's clock. */
export async function getReplay({ store }: { store: Store }, { id }: { id: string }): Promise<ReplayDetail> {
  const detail = await store.replays.detail(id);
  if (detail === null) throw new AppError("not-found", "There is no such replay.");
  return detail;
}
