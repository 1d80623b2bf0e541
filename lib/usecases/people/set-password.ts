import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { hashPassword } from "./password";

/** Gives a local account another password and ends all of its sessions. */
export async function setPassword(
  { store, actor }: { store: Store; actor: Actor },
  { personId, password }: { personId: string; password: string },
): Promise<void> {
  const passwordHash = await hashPassword(password);
  await store.transaction(async (tx) => {
    await tx.people.setPasswordHash(personId, passwordHash);
    await tx.people.endSessionsOf(personId);
    await tx.audit.append([
      { actor, action: "person.password-set", subject: { kind: "person", id: personId }, detail: {} },
    ]);
  });
}
