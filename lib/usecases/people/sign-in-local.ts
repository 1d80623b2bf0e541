import { createHash } from "node:crypto";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import type { BackOff } from "@/lib/store/ports/people";
import { checkPassword, MAX_PASSWORD_LENGTH } from "./password";

export interface SignedIn {
  readonly personId: string;
  readonly sessionId: string;
  readonly name: string;
}

const DOOR: Actor = { kind: "system", id: null, name: "sign-in" };

/**
 * Signs in with a local account. An account is held back for a minute at most, so that a stranger who knocks cannot
 * keep its owner out for long; an address for a quarter of an hour. Throws "too-many-requests" with the seconds to
 * wait, or "not-signed-in" for everything else that is wrong, in the same words and the same time.
 */
export async function signInLocal(
  { store, address }: { store: Store; address: string },
  { account, password }: { account: string; password: string },
): Promise<SignedIn> {
  const keys = backOffs(account, address);
  const wait = await store.transaction((tx) => tx.people.takeSignInAttempt(keys));
  if (wait > 0) {
    throw new AppError("too-many-requests", `Too many failed sign-ins. Try again in ${wait} s.`, {
      wait: String(wait),
    });
  }
  // The database has no text with NUL in it, and would fail to look for it.
  const person = account.includes("\0") ? null : await store.people.findLocal(account);
  const right = await checkPassword(password.slice(0, MAX_PASSWORD_LENGTH), person?.passwordHash ?? null);
  if (person === null || !right || person.disabledAt !== null) {
    const cause = person === null ? "unknown account" : right ? "disabled" : "wrong password";
    // An unknown name is not kept: people type their password into the wrong field.
    await store.audit.append([
      {
        actor: DOOR,
        action: "session.sign-in-failed",
        subject: { kind: "session", id: person?.id ?? "unknown" },
        detail: { provider: "local", cause, address, ...(person === null ? {} : { account }) },
      },
    ]);
    throw new AppError("not-signed-in", "The account or the password is not right.");
  }
  return store.transaction(async (tx) => {
    await tx.people.clearSignInAttempts(keys.map(({ key }) => key));
    const sessionId = await tx.people.startSession(person.id);
    await tx.audit.append([
      {
        actor: { kind: "person", id: person.id, name: person.name },
        action: "session.signed-in",
        subject: { kind: "session", id: sessionId },
        detail: { provider: "local", address, roles: person.roles },
      },
    ]);
    return { personId: person.id, sessionId, name: person.name };
  });
}

function backOffs(account: string, address: string): BackOff[] {
  const name = createHash("sha256").update(account).digest("hex");
  return [
    { key: `account:${name}`, free: 5, maxSeconds: 60 },
    { key: `address:${address.slice(0, 100)}`, free: 20, maxSeconds: 900 },
  ];
}
