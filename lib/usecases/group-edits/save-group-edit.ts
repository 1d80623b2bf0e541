import type { SaveGroupEdit } from "@/lib/contracts/group-edits";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { namesOf } from "./begin-group-edit";

/**
 * Has a worker save the change of every message that it was tried on and that stands as it was then. Throws "not-found",
 * "state-changed" (not tried to its end, saved or cancelled), "unprocessable" (it changes none).
 */
export async function saveGroupEdit(
  { store, actor }: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  { id, reason }: SaveGroupEdit & { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const found = await tx.groupEdits.lock(id);
    if (found === null) throw new AppError("not-found", "There is no such change of many messages.");
    if (found.state !== "tried") {
      throw new AppError(
        "state-changed",
        `This change is ${found.state}, so it was not saved by this. Load the page again.`,
      );
    }
    const counts = await tx.groupEdits.counts(id);
    const messages = counts.find(({ outcome }) => outcome === "change")?.count ?? 0;
    if (messages === 0) throw new AppError("unprocessable", "The change would change none of the messages.");
    await tx.groupEdits.startSaving(id, actor.id, reason);
    await tx.audit.append([
      {
        actor,
        action: "group-edit.saved",
        subject: { kind: "group-edit", id },
        queueId: found.queueId,
        reason,
        detail: { messages, ...namesOf(found.change) },
      },
    ]);
  });
}
