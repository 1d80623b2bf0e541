import { randomUUID } from "node:crypto";
import { may } from "@/lib/domain/permissions";
import type { Database } from "./database";
import type { BackOff, PersonStore, SessionLimits, SignedInPerson } from "./ports/people";

export function personStore(db: Database): PersonStore {
  return {
    findLocal: async (account) => {
      const person = await db.person.findUnique({
        where: { provider_subject: { provider: "local", subject: account } },
      });
      if (person === null) return null;
      const { id, name, roles, passwordHash, disabledAt } = person;
      return { id, account, name, roles, passwordHash, disabledAt };
    },

    createLocal: async ({ account, name, roles, passwordHash }) => {
      const rows = await db.$queryRaw<{ id: string }[]>`
        INSERT INTO person (id, provider, subject, name, roles, password_hash)
        VALUES (${randomUUID()}::uuid, 'local', ${account}, ${name}, ${[...roles]}, ${passwordHash})
        ON CONFLICT (provider, subject) DO NOTHING
        RETURNING id`;
      return rows[0]?.id ?? null;
    },

    setPasswordHash: async (id, passwordHash) => {
      await db.person.update({ where: { id }, data: { passwordHash } });
    },

    mayNow: async (personId, permission) => {
      const rows = await db.$queryRaw<{ roles: string[] }[]>`
        SELECT roles FROM person WHERE id = ${personId}::uuid AND disabled_at IS NULL FOR SHARE`;
      return may(rows[0]?.roles ?? [], permission);
    },

    upsertOidc: async ({ subject, name, email, roles }) => {
      // xmax is 0 on a row that this statement inserted.
      const rows = await db.$queryRaw<{ id: string; created: boolean; disabledAt: Date | null }[]>`
        INSERT INTO person (id, provider, subject, name, email, roles)
        VALUES (${randomUUID()}::uuid, 'oidc', ${subject}, ${name}, ${email}, ${[...roles]})
        ON CONFLICT (provider, subject)
        DO UPDATE SET name = excluded.name, email = excluded.email, roles = excluded.roles
        RETURNING id, xmax = 0 AS created, disabled_at AS "disabledAt"`;
      return only(rows);
    },

    startSession: async (personId) => {
      // Rows of sessions that are over by any limit serve nobody: the audit keeps who signed in.
      await db.$executeRaw`DELETE FROM session WHERE started_at < clock_timestamp() - interval '7 days'`;
      const { id } = await db.session.create({ data: { personId } });
      return id;
    },

    readSession: (sessionId, limits, active) => readSession(db, sessionId, limits, active),

    endSession: async (sessionId) => {
      const rows = await db.$queryRaw<{ id: string; name: string }[]>`
        UPDATE session SET ended_at = clock_timestamp()
        FROM person
        WHERE session.id = ${sessionId}::uuid AND session.ended_at IS NULL AND person.id = session.person_id
        RETURNING person.id, person.name`;
      return rows[0] ?? null;
    },

    endSessionsOf: async (personId) => {
      await db.$executeRaw`
        UPDATE session SET ended_at = clock_timestamp() WHERE person_id = ${personId}::uuid AND ended_at IS NULL`;
    },

    takeSignInAttempt: (keys) => takeSignInAttempt(db, keys),

    clearSignInAttempts: async (keys) => {
      await db.$executeRaw`DELETE FROM sign_in_throttle WHERE key = ANY(${[...keys]})`;
    },
  };
}

async function readSession(
  db: Database,
  sessionId: string,
  limits: SessionLimits,
  active: boolean,
): Promise<SignedInPerson | null> {
  const rows = await db.$queryRaw<(SignedInPerson & { stale: boolean })[]>`
    SELECT s.id AS "sessionId", p.id AS "personId", p.name, p.email, p.roles,
           s.seen_at < clock_timestamp() - interval '30 seconds' AS stale
    FROM session s JOIN person p ON p.id = s.person_id
    WHERE s.id = ${sessionId}::uuid AND s.ended_at IS NULL AND p.disabled_at IS NULL
      AND s.started_at > clock_timestamp() - make_interval(secs => ${limits.absoluteSeconds})
      AND s.seen_at > clock_timestamp() - make_interval(secs => ${limits.idleSeconds})`;
  const row = rows[0];
  if (row === undefined) return null;
  const { stale, ...person } = row;
  // Written at most every half minute: the idle limit is hours, and every page asks.
  if (active && stale)
    await db.$executeRaw`UPDATE session SET seen_at = clock_timestamp() WHERE id = ${sessionId}::uuid`;
  return person;
}

/**
 * One upsert a key decides under the row's lock: a blocked key changes nothing, so that knocking does not prolong the
 * block. Keys are taken in the order given, and every caller gives accounts before addresses, so two never deadlock.
 */
async function takeSignInAttempt(db: Database, keys: readonly BackOff[]): Promise<number> {
  await db.$executeRaw`DELETE FROM sign_in_throttle WHERE attempted_at < clock_timestamp() - interval '1 day'`;
  for (const { key, free, maxSeconds } of keys) {
    const taken = await db.$executeRaw`
      INSERT INTO sign_in_throttle AS t (key, failures, attempted_at, blocked_until)
      VALUES (${key}, 1, clock_timestamp(), clock_timestamp())
      ON CONFLICT (key) DO UPDATE SET
        failures = t.failures + 1,
        attempted_at = clock_timestamp(),
        blocked_until = clock_timestamp() + make_interval(secs =>
          CASE WHEN t.failures < ${free}::int THEN 0
               ELSE least(power(2, least(t.failures - ${free}::int, 30)), ${maxSeconds}::float8) END)
      WHERE t.blocked_until <= clock_timestamp()`;
    if (taken > 0) continue;
    const rows = await db.$queryRaw<{ seconds: number }[]>`
      SELECT greatest(1, ceil(extract(epoch FROM blocked_until - clock_timestamp())))::int AS seconds
      FROM sign_in_throttle WHERE key = ${key}`;
    return rows[0]?.seconds ?? 1;
  }
  return 0;
}

function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error("a statement that returns one row returned none");
  return row;
}
