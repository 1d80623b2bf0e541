import type { ReplayDetail } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import { approvalWanted } from "@/lib/domain/replay-policies";
import type { Store } from "@/lib/store/ports";

/** A replay with its progress, as of the database's clock. */
export async function getReplay({ store }: { store: Store }, { id }: { id: string }): Promise<ReplayDetail> {
  const detail = await store.replays.detail(id);
  if (detail === null) throw new AppError("not-found", "There is no such replay.");
  if (detail.replay.state !== "planned") return detail;
  // What the policies want may have changed since the planning; the start goes by what they say then.
  const needed = approvalWanted(await store.policies.readOf(id), detail.preflight);
  return { ...detail, replay: { ...detail.replay, approval: { ...detail.replay.approval, needed } } };
}
