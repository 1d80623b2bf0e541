import type { AddComment } from "@/lib/contracts/causes";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { nameOf } from "./change-cause";
import { requireCause } from "./require-cause";

/** Adds a comment to a cause; comments are never changed or taken away. Throws "not-found", "state-changed" (merged into another). */
export async function commentOnCause(
  context: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  input: AddComment & { id: string },
): Promise<void> {
  const { store, actor } = context;
  await store.transaction(async (tx) => {
    const cause = await requireCause(tx, input.id);
    const commentId = await tx.causes.addComment(cause.id, actor.id, input.text);
    await tx.audit.append([
      {
        actor,
        action: "cause.commented",
        subject: { kind: "cause", id: cause.id },
        queueId: cause.queueId,
        detail: { cause: nameOf(cause), commentId, characters: input.text.length },
      },
    ]);
  });
}
