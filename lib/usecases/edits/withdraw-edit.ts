import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { requireEditable } from "./require-editable";

/** Withdraws the current edit, so that a replay sends the original. Throws "not-found", "state-changed", "conflict". */
export async function withdrawEdit(
  { store, actor }: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  { id, version }: { id: string; version: number },
): Promise<void> {
  await store.transaction(async (tx) => {
    const target = await requireEditable(tx, id, version);
    if (target.current === null) throw new AppError("not-found", "The message has no edit to withdraw.");
    await tx.edits.end(target.current.id);
    await tx.audit.append([
      {
        actor,
        action: "edit.withdrawn",
        subject: { kind: "dead-letter", id },
        queueId: target.queueId,
        detail: { editId: target.current.id, version },
      },
    ]);
  });
}
