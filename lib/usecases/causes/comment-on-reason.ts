import type { AddReasonComment } from "@/lib/contracts/causes";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";

/** Adds a comment to a reason, in whatever queue; comments are never changed or taken away. */
export async function commentOnReason(
  context: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  input: AddReasonComment,
): Promise<void> {
  const { store, actor } = context;
  await store.transaction(async (tx) => {
    const commentId = await tx.causes.addReasonComment(input.reason, actor.id, input.text);
    await tx.audit.append([
      {
        actor,
        action: "reason.commented",
        subject: { kind: "reason", id: input.reason },
        detail: { commentId, characters: input.text.length },
      },
    ]);
  });
}
