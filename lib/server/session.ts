import type { SessionView } from "@/lib/contracts/session";
import type { Actor } from "@/lib/domain/audit";
import { may, PERMISSIONS, type Permission, ROLES, type Role } from "@/lib/domain/permissions";
import type { SignedInPerson } from "@/lib/store/ports/people";
import { composition } from "./composition";
import { readSessionToken, SESSION_LIMITS } from "./session-token";

/** A signed-in person as the database knows them at this request. Only the gate makes one. */
export interface Session {
  readonly id: string;
  readonly person: { readonly id: string; readonly name: string; readonly email: string | null };
  readonly roles: readonly Role[];
  readonly permissions: readonly Permission[];
  /** Who the use cases and the audit are told acts. */
  readonly actor: Extract<Actor, { kind: "person" }>;
}

/**
 * The session of a cookie, or null: not sealed by us, over its limits, ended, or of a disabled person. Roles are read
 * again at every call, so taking one away acts at once. `active` restarts the idle limit; background reading does not.
 */
export async function findSession(cookie: string | undefined, active: boolean): Promise<Session | null> {
  const sessionId = await readSessionToken(cookie);
  if (sessionId === null) return null;
  const person = await composition().store.people.readSession(sessionId, SESSION_LIMITS, active);
  return person === null ? null : toSession(person);
}

function toSession(person: SignedInPerson): Session {
  const roles = ROLES.filter((role) => person.roles.includes(role));
  return {
    id: person.sessionId,
    person: { id: person.personId, name: person.name, email: person.email },
    roles,
    permissions: PERMISSIONS.filter((permission) => may(roles, permission)),
    actor: { kind: "person", id: person.personId, name: person.name },
  };
}

/** What of a session the browser gets. */
export function sessionView(session: Session): SessionView {
  return { person: session.person, roles: [...session.roles], permissions: [...session.permissions] };
}
