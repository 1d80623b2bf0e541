import type { Store } from "@/lib/store/ports";

/** Ends a session, so that its token opens nothing any more wherever it was copied to. Does nothing when it is over already. */
export async function signOut({ store }: { store: Store }, { sessionId }: { sessionId: string }): Promise<void> {
  await store.transaction(async (tx) => {
    const person = await tx.people.endSession(sessionId);
    if (person === null) return;
    await tx.audit.append([
      {
        actor: { kind: "person", ...person },
        action: "session.signed-out",
        subject: { kind: "session", id: sessionId },
        detail: {},
      },
    ]);
  });
}
