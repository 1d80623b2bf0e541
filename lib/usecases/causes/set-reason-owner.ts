import type { SetReasonOwner } from "@/lib/contracts/causes";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { requireOwner } from "./require-owner";

/**
 * Says who looks after a reason, in whatever queue; null takes the owner away. Of two people who set it at once the later one
 * holds. Throws "invalid-input" for an owner that cannot be one.
 */
export async function setReasonOwner(
  context: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  input: SetReasonOwner,
): Promise<void> {
  const { store, actor } = context;
  await store.transaction(async (tx) => {
    const after = input.ownerId === null ? null : await requireOwner(tx, input.ownerId, "reason");
    await tx.causes.lockReason(input.reason);
    const before = await tx.causes.reasonOwner(input.reason);
    await tx.causes.setReasonOwner(input.reason, after?.id ?? null);
    await tx.audit.append([
      {
        actor,
        action: "reason.owner-set",
        subject: { kind: "reason", id: input.reason },
        detail: { before: before?.name ?? null, after: after?.name ?? null },
      },
    ]);
  });
}
