import type { TargetView } from "@/lib/contracts/targets";
import type { SubscriptionFacts } from "@/lib/domain/subscriptions";
import type { Database } from "./database";
import { pathEquals } from "./path-equals";
import type { TargetStore } from "./ports/targets";

export function targetStore(db: Database): TargetStore {
  return {
    async record(namespace, targets) {
      await db.$executeRaw`
        WITH listed AS (
          SELECT * FROM jsonb_to_recordset(${JSON.stringify(targets)}::jsonb) AS x(
            path text, kind text, settings jsonb, subscriptions jsonb)
        ), home AS (
          SELECT id FROM namespace WHERE name = ${namespace}
        ), gone AS (
          UPDATE target t SET vanished_at = clock_timestamp() FROM home h
          WHERE t.namespace_id = h.id AND t.vanished_at IS NULL AND NOT EXISTS (SELECT 1 FROM listed l WHERE l.path = t.path)
        )
        INSERT INTO target AS t (namespace_id, path, kind, settings, subscriptions, read_at)
        SELECT h.id, l.path, l.kind, nullif(l.settings, 'null'), nullif(l.subscriptions, 'null'),
          CASE WHEN nullif(l.settings, 'null') IS NULL THEN NULL ELSE clock_timestamp() END
        FROM listed l, home h
        ON CONFLICT (namespace_id, path) DO UPDATE SET
          kind = excluded.kind,
          settings = coalesce(excluded.settings, t.settings),
          subscriptions = coalesce(excluded.subscriptions, CASE WHEN excluded.kind = 'topic' THEN t.subscriptions END),
          read_at = coalesce(excluded.read_at, t.read_at),
          vanished_at = NULL`;
    },

    async subscriptions(namespace, path) {
      const row = await db.target.findFirst({
        where: { namespace: { name: namespace }, path: pathEquals(path), vanishedAt: null },
        select: { subscriptions: true },
      });
      return (row?.subscriptions ?? null) as SubscriptionFacts[] | null;
    },

    async list({ queueId, q, limit }) {
      const queue = await db.queue.findUnique({ where: { id: queueId }, select: { namespaceId: true } });
      if (queue === null) return null;
      const pattern = `%${q.replaceAll(/[\\%_]/g, "\\$&")}%`;
      const rows = await db.$queryRaw<(Omit<TargetView, "disabled"> & { disabled: boolean | null; total: number })[]>`
        SELECT t.path, t.kind, (t.settings ->> 'requiresSession')::boolean AS "requiresSession",
          nullif(t.settings -> 'duplicateDetection', 'null'::jsonb) AS "duplicateDetection",
          (t.settings ->> 'maxMessageBytes')::int AS "maxMessageBytes",
          (t.settings ->> 'disabled')::boolean AS disabled, t.settings ->> 'forwardTo' AS "forwardTo",
          (SELECT jsonb_agg(s ->> 'name' ORDER BY s ->> 'name') FROM jsonb_array_elements(t.subscriptions) s) AS subscriptions,
          (count(*) OVER ())::int AS total
        FROM target t
        WHERE t.namespace_id = ${queue.namespaceId} AND t.vanished_at IS NULL AND t.path ILIKE ${pattern}
        ORDER BY lower(t.path) LIMIT ${limit}`;
      return { items: rows.map(({ total: _, ...target }) => target), total: rows[0]?.total ?? 0 };
    },
  };
}
