import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";

/** Ends a token at once. */
export async function revokeConfirmToken(
  { store, actor }: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  { id }: { id: string },
): Promise<void> {
  await store.transaction(async (tx) => {
    const name = await tx.confirmations.revokeToken(id, actor.id);
    if (name === null) throw new AppError("not-found", "There is no such token, or it is revoked already.");
    await tx.audit.append([
      { actor, action: "confirm-token.revoked", subject: { kind: "confirm-token", id }, detail: { name } },
    ]);
  });
}
