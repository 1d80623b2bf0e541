import type { SetReasonRunbook } from "@/lib/contracts/causes";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";

/** Says what to do about a reason, in whatever queue; null takes it away. */
export async function setReasonRunbook(
  context: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  input: SetReasonRunbook,
): Promise<void> {
  const { store, actor } = context;
  await store.transaction(async (tx) => {
    await tx.causes.lockReason(input.reason);
    const before = await tx.causes.reasonRunbook(input.reason);
    await tx.causes.setReasonRunbook(input.reason, input.runbook, actor.id);
    await tx.audit.append([
      {
        actor,
        action: "reason.runbook-set",
        subject: { kind: "reason", id: input.reason },
        detail: { before: before?.runbook ?? null, after: input.runbook },
      },
    ]);
  });
}
