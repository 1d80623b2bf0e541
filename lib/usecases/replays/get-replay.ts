import type { ReplayDetail } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import { approvalNeeded } from "@/lib/domain/queue-policy";
import type { Store } from "@/lib/store/ports";

/** A replay with its progress, as of the database's clock. */
export async function getReplay({ store }: { store: Store }, { id }: { id: string }): Promise<ReplayDetail> {
  const detail = await store.replays.detail(id);
  if (detail === null) throw new AppError("not-found", "There is no such replay.");
  if (detail.replay.state !== "planned") return detail;
  // What the policy wants may have changed since the planning; the start goes by what it says then.
  const needed = approvalNeeded(await store.policies.read(detail.replay.queue.id), detail.preflight);
  return { ...detail, replay: { ...detail.replay, approval: { ...detail.replay.approval, needed } } };
}
