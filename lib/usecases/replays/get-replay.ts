import type { ReplayDetail } from "@/lib/contracts/replays";
import { AppError } from "@/lib/domain/app-error";
import { approvalWanted } from "@/lib/domain/replay-policies";
import type { Store } from "@/lib/store/ports";
import { forecastPlan, isToCome } from "./forecast-plan";

/** A replay with its progress, as of the database's clock. */
export async function getReplay({ store }: { store: Store }, { id }: { id: string }): Promise<ReplayDetail> {
  const detail = await store.replays.detail(id);
  if (detail === null) throw new AppError("not-found", "There is no such replay.");
  const { replay } = detail;
  if (!isToCome(replay.state)) return { ...detail, forecast: null };
  const policies = await store.policies.readOf(id);
  const forecast = await forecastPlan(store, detail, policies);
  if (replay.state !== "planned") return { ...detail, forecast };
  // What the policies want may have changed since the planning; the start goes by what they say then.
  const needed = approvalWanted(policies, detail.preflight);
  return { ...detail, forecast, replay: { ...replay, approval: { ...replay.approval, needed } } };
}
