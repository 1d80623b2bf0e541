import type { MergeCause } from "@/lib/contracts/causes";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { nameOf } from "./change-cause";
import { requireCause } from "./require-cause";

/**
 * Shows a cause's messages, those that come later among them, as another cause's of the same queue, until it is taken apart again. No message is
 * touched. Throws "not-found", "state-changed" (one of them was merged already), "invalid-input" (itself, another queue).
 */
export async function mergeCause(
  context: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  input: MergeCause & { id: string },
): Promise<void> {
  const { store, actor } = context;
  const { id, into, reason } = input;
  if (id === into)
    throw new AppError("invalid-input", "A cause cannot be merged into itself.", { into: "the same cause" });
  await store.transaction(async (tx) => {
    // One order, so that two merges in opposite directions do not wait for each other.
    const [first, second] = BigInt(id) < BigInt(into) ? [id, into] : [into, id];
    const locked = [await requireCause(tx, first), await requireCause(tx, second)];
    const cause = locked.find((record) => record.id === id);
    const target = locked.find((record) => record.id === into);
    if (cause === undefined || target === undefined) throw new AppError("not-found", "There is no such cause.");
    if (cause.queueId !== target.queueId) {
      throw new AppError("invalid-input", "Causes of two queues cannot be merged: a replay takes from one queue.", {
        into: `a cause of ${target.entityPath}`,
      });
    }
    await tx.causes.merge(id, into);
    await tx.audit.append([
      {
        actor,
        action: "cause.merged",
        subject: { kind: "cause", id: into },
        queueId: cause.queueId,
        ...(reason === undefined ? {} : { reason }),
        detail: { cause: nameOf(cause), causeId: id, into: nameOf(target) },
      },
    ]);
  });
}
