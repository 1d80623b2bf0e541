import { approvalWanted, type ReplayPolicies } from "@/lib/domain/replay-policies";
import type { StoreScope } from "@/lib/store/ports";
import type { ReplayRow } from "@/lib/store/ports/replays";

/**
 * Why a plan may not go out without another person's word, by what its policies want now; null: it may. An approval counts as
 * long as its giver may give one: whoever lost the role is no second person any more.
 */
export async function missingApproval(
  tx: StoreScope,
  replay: ReplayRow,
  policies: ReplayPolicies,
): Promise<string | null> {
  if (replay.approvedBy === null) {
    const needed = approvalWanted(policies, replay.preflight);
    return needed.length === 0 ? null : `A second person must approve this plan first: ${needed.join(", and ")}.`;
  }
  if (await tx.people.mayNow(replay.approvedBy, "replays.approve")) return null;
  return "Whoever approved this plan may not approve any more. Cancel it, make it again and ask somebody else.";
}
