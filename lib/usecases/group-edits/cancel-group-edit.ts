import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";

/** Ends a change before it is saved to its end; corrections that are saved stay. Throws "not-found", "state-changed". */
export async function cancelGroupEdit(
  { store, actor }: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  { id }: { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const found = await tx.groupEdits.lock(id);
    if (found === null) throw new AppError("not-found", "There is no such change of many messages.");
    if (found.state === "saved" || found.state === "cancelled") {
      throw new AppError("state-changed", `This change is ${found.state} already.`);
    }
    const counts = await tx.groupEdits.counts(id);
    await tx.groupEdits.cancel(id);
    await tx.audit.append([
      {
        actor,
        action: "group-edit.cancelled",
        subject: { kind: "group-edit", id },
        queueId: found.queueId,
        detail: {
          messages: counts.reduce((sum, { count }) => sum + count, 0),
          saved: counts.find(({ outcome }) => outcome === "saved")?.count ?? 0,
        },
      },
    ]);
  });
}
