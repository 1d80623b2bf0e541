import { randomUUID } from "node:crypto";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { makeTokenText } from "./token-text";

/** Makes a token for the consumers of a namespace. It is told here and nowhere else: the store keeps a hash. */
export async function makeConfirmToken(
  { store, actor }: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  { namespace, name }: { namespace: string; name: string },
): Promise<{ id: string; token: string }> {
  const id = randomUUID();
  const { text, hash } = makeTokenText(id);
  await store.transaction(async (tx) => {
    const made = await tx.confirmations.makeToken({ id, namespace, name, hash, createdBy: actor.id });
    if (made === null) throw new AppError("not-found", `No namespace called ${namespace} is configured.`);
    await tx.audit.append([
      {
        actor,
        action: "confirm-token.made",
        subject: { kind: "confirm-token", id },
        detail: { namespace, name },
      },
    ]);
  });
  return { id, token: text };
}
