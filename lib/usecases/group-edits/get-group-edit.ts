import type { GroupEditView } from "@/lib/contracts/group-edits";
import { AppError } from "@/lib/domain/app-error";
import type { Store } from "@/lib/store/ports";
import type { GroupEditOutcome } from "@/lib/store/ports/group-edits";

/** Messages that are named of those that the worker failed at. */
const NAMED = 20;

/** A change of many messages: what it would do, or has done. Throws "not-found". */
export async function getGroupEdit({ store }: { store: Store }, { id }: { id: string }): Promise<GroupEditView> {
  const found = await store.groupEdits.find(id);
  if (found === null) throw new AppError("not-found", "There is no such change of many messages.");
  const [counts, failed, at] = await Promise.all([
    store.groupEdits.counts(id),
    store.groupEdits.failed(id, NAMED),
    store.now(),
  ]);
  const of = (...outcomes: (GroupEditOutcome | null)[]) =>
    counts.filter(({ outcome }) => outcomes.includes(outcome)).reduce((sum, { count }) => sum + count, 0);
  const reasons = (of: GroupEditOutcome) =>
    counts.filter(({ outcome }) => outcome === of).map(({ why, count }) => ({ why: why ?? "", count }));
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  return {
    at: at.toISOString(),
    id,
    state: found.state,
    queue: { id: found.queueId, entityPath: found.entityPath },
    change: found.change,
    total,
    tried: total - of(null),
    changes: of("change", "saved", "passed-over"),
    same: of("same"),
    refusals: reasons("refused"),
    saved: of("saved"),
    passedOver: reasons("passed-over"),
    failed: { count: of("failed"), first: failed },
    reason: found.reason,
    fault: found.fault,
    createdAt: found.createdAt.toISOString(),
    createdBy: found.createdBy,
  };
}
