import type { Database } from "./database";
import type { StopStore } from "./ports/stops";

export function stopStore(db: Database): StopStore {
  return {
    stop: async ({ namespaceId, reason, by }) => {
      const rows = await db.$queryRaw<{ id: number }[]>`
        INSERT INTO replay_stop (namespace_id, reason, stopped_by, stopped_at)
        VALUES (${namespaceId}, ${reason}, ${by}::uuid, clock_timestamp())
        ON CONFLICT DO NOTHING RETURNING id`;
      return rows[0]?.id ?? null;
    },

    lift: async (id, { reason, by }) => {
      const rows = await db.$queryRaw<{ namespace: string | null }[]>`
        UPDATE replay_stop s SET ended_at = clock_timestamp(), ended_by = ${by}::uuid, end_reason = ${reason}
        WHERE s.id = ${id} AND s.ended_at IS NULL
        RETURNING (SELECT n.name FROM namespace n WHERE n.id = s.namespace_id) AS namespace`;
      const lifted = rows[0];
      if (lifted !== undefined) return lifted;
      return (await db.replayStop.count({ where: { id } })) === 0 ? undefined : null;
    },

    standing: async () => {
      const rows = await db.$queryRaw<
        { id: number; namespace: string | null; reason: string; stoppedBy: string; stoppedAt: Date; holds: number }[]
      >`
        SELECT s.id, n.name AS namespace, s.reason, p.name AS "stoppedBy", s.stopped_at AS "stoppedAt",
               (SELECT count(*)::int FROM replay r
                WHERE r.state = 'running' AND (s.namespace_id IS NULL OR r.namespace_id = s.namespace_id)) AS holds
        FROM replay_stop s
        JOIN person p ON p.id = s.stopped_by
        LEFT JOIN namespace n ON n.id = s.namespace_id
        WHERE s.ended_at IS NULL
        ORDER BY s.stopped_at, s.id`;
      return rows.map((row) => ({ ...row, stoppedAt: row.stoppedAt.toISOString() }));
    },

    namespaceId: async (name) => {
      const row = await db.namespace.findFirst({ where: { name, configured: true } });
      return row?.id ?? null;
    },

    countRunning: (namespaceId) =>
      db.replay.count({ where: { state: "running", ...(namespaceId === null ? {} : { namespaceId }) } }),
  };
}
