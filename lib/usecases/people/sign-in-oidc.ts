import { AppError } from "@/lib/domain/app-error";
import type { Role } from "@/lib/domain/permissions";
import type { Store } from "@/lib/store/ports";
import type { SignedIn } from "./sign-in-local";

/** A person as the identity provider describes them, with the roles that the configuration maps their claims to. */
export interface OidcPerson {
  /** Issuer and subject together: a subject alone means nothing under another issuer. */
  readonly subject: string;
  readonly name: string;
  readonly email: string | null;
  readonly roles: readonly Role[];
}

/**
 * Signs in a person whom the identity provider has vouched for, with their present roles; one without any role is
 * signed in and may do nothing. Throws "forbidden" for a person who was disabled here.
 */
export async function signInOidc(
  { store, address }: { store: Store; address: string },
  oidc: OidcPerson,
): Promise<SignedIn> {
  const outcome = await store.transaction(async (tx) => {
    const person = await tx.people.upsertOidc(oidc);
    const actor = { kind: "person", id: person.id, name: oidc.name } as const;
    if (person.created) {
      await tx.audit.append([
        {
          actor,
          action: "person.created",
          subject: { kind: "person", id: person.id },
          detail: { provider: "oidc", subject: oidc.subject, roles: oidc.roles },
        },
      ]);
    }
    if (person.disabledAt !== null) {
      await tx.audit.append([
        {
          actor: { kind: "system", id: null, name: "sign-in" },
          action: "session.sign-in-failed",
          subject: { kind: "session", id: person.id },
          detail: { provider: "oidc", cause: "disabled", address },
        },
      ]);
      return null;
    }
    const sessionId = await tx.people.startSession(person.id);
    await tx.audit.append([
      {
        actor,
        action: "session.signed-in",
        subject: { kind: "session", id: sessionId },
        detail: { provider: "oidc", address, roles: oidc.roles },
      },
    ]);
    return { personId: person.id, sessionId, name: oidc.name };
  });
  if (outcome === null) throw new AppError("forbidden", "This account was disabled in the console.");
  return outcome;
}
