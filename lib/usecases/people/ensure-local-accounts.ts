import { randomBytes } from "node:crypto";
import type { Actor } from "@/lib/domain/audit";
import { ROLES, type Role } from "@/lib/domain/permissions";
import type { Store } from "@/lib/store/ports";
import { checkPassword, hashPassword } from "./password";
import { setPassword } from "./set-password";

export interface EnsuredAccount {
  readonly role: Role;
  readonly account: string;
  /** In the clear only when it was made or given now; null: the account keeps the password it has. */
  readonly password: string | null;
}

const START: Actor = { kind: "system", id: null, name: "start" };

const NAMES: Readonly<Record<Role, string>> = {
  viewer: "Vera Viewer",
  operator: "Otto Operator",
  approver: "Ada Approver",
  auditor: "Aurel Auditor",
  admin: "Ari Admin",
};

/**
 * Makes sure of one local account a role, named after it: the way into a console that nobody has set up. Creates what
 * is missing with the given password or a random one; an account that exists keeps its own unless another is given.
 */
export async function ensureLocalAccounts(
  { store }: { store: Store },
  given: Readonly<Partial<Record<Role, string>>>,
): Promise<EnsuredAccount[]> {
  return Promise.all(ROLES.map((role) => ensureAccount(store, role, given[role])));
}

async function ensureAccount(store: Store, role: Role, given: string | undefined): Promise<EnsuredAccount> {
  const existing = await store.people.findLocal(role);
  if (existing !== null) {
    if (given !== undefined && !(await checkPassword(given, existing.passwordHash))) {
      await setPassword({ store, actor: START }, { personId: existing.id, password: given });
    }
    return { role, account: role, password: given ?? null };
  }
  const password = given ?? randomBytes(12).toString("base64url");
  const passwordHash = await hashPassword(password);
  const created = await store.transaction(async (tx) => {
    const id = await tx.people.createLocal({ account: role, name: NAMES[role], roles: [role], passwordHash });
    if (id === null) return false;
    await tx.audit.append([
      {
        actor: START,
        action: "person.created",
        subject: { kind: "person", id },
        detail: { provider: "local", account: role, roles: [role] },
      },
    ]);
    return true;
  });
  return { role, account: role, password: created ? password : null };
}
