import type { Database } from "./database";
import type { LeaseStore, WorkerStore } from "./ports/workers";
import type { RunInTime } from "./statement";

export function workerStore(db: Database): WorkerStore {
  return {
    register: async ({ id, host, pid, leaseMs }) => {
      await db.$executeRaw`
        INSERT INTO worker (id, host, pid, started_at, lease_until)
        VALUES (${id}::uuid, ${host}, ${pid}, clock_timestamp(), clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8))
        -- Its answer may have been lost, and it is asked again. Who was ended meanwhile has no lease: its first renewal says so.
        ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until WHERE worker.ended_at IS NULL`;
    },
    end: async (workerId) => {
      await db.$executeRaw`
        UPDATE worker SET ended_at = clock_timestamp(), lease_until = least(lease_until, clock_timestamp())
        WHERE id = ${workerId}::uuid AND ended_at IS NULL`;
    },
    countLive: async () => {
      const rows = await db.$queryRaw<{ live: number }[]>`
        SELECT count(*)::int AS live FROM worker WHERE ended_at IS NULL AND lease_until > clock_timestamp()`;
      return (rows[0] as { live: number }).live;
    },
  };
}

/** A lease that ran out, while the database was away for instance, may be renewed as long as nobody has taken over. */
const RENEW = {
  name: "worker-renew",
  text: `
    UPDATE worker SET lease_until = clock_timestamp() + make_interval(secs => $2::float8 / 1000)
    WHERE id = $1 AND ended_at IS NULL RETURNING id::text`,
};

export function leaseStore(run: RunInTime): LeaseStore {
  return {
    renew: async (workerId, leaseMs, mostMs) => (await run(RENEW, [workerId, leaseMs], mostMs)).length === 1,
  };
}
