import type { Database } from "./database";
import type { MetricsReading, MetricsStore, QueueMetrics } from "./ports/metrics";

export function metricsStore(db: Database): MetricsStore {
  return { read: () => read(db) };
}

interface Row extends Omit<QueueMetrics, "brokerCount"> {
  readonly brokerCount: bigint | null;
}

/** Three statements whatever the number of queues; the first reads rollups, and the returned copies that are there. */
async function read(db: Database): Promise<MetricsReading> {
  const queues = await db.$queryRaw<Row[]>`
    WITH per_cause AS (
      SELECT cause_id, sum(present)::int AS n FROM (
        SELECT cause_id, present FROM cause_rollup UNION ALL SELECT cause_id, present FROM cause_delta
      ) x GROUP BY cause_id HAVING sum(present) > 0
    ), per_reason AS (
      SELECT c.queue_id, root.reason, sum(p.n)::int AS n
      FROM per_cause p JOIN cause c ON c.id = p.cause_id JOIN cause root ON root.id = coalesce(c.merged_into, c.id) GROUP BY c.queue_id, root.reason
    ), per_queue AS (
      SELECT queue_id, jsonb_agg(jsonb_build_object('reason', reason, 'count', n) ORDER BY n DESC, reason) AS reasons
      FROM per_reason GROUP BY queue_id
    ), returned AS (
      SELECT queue_id, min(root_enqueued_at) AS root FROM dead_letter WHERE left_at IS NULL AND returned_from IS NOT NULL GROUP BY queue_id
    )
    SELECT q.id, n.name AS namespace, q.entity_path AS "entityPath", q.sub_queue AS "subQueue", q.count AS "brokerCount",
           q.oldest_enqueued_at AS "oldestEnqueuedAt", q.oldest_read_at AS "oldestReadAt", b.root AS "oldestReturnedRoot",
           q.scanned_at AS "scannedAt", q.walked_at AS "walkedAt", coalesce(f.reasons, '[]') AS reasons
    FROM queue q JOIN namespace n ON n.id = q.namespace_id LEFT JOIN per_queue f ON f.queue_id = q.id LEFT JOIN returned b ON b.queue_id = q.id
    WHERE n.configured AND q.vanished_at IS NULL
    ORDER BY n.name, q.entity_path, q.sub_queue`;
  const items = await db.$queryRaw<{ state: string; count: number }[]>`
    SELECT state, count(*)::int AS count FROM (
      SELECT i.state FROM replay r JOIN replay_item i ON i.replay_id = r.id WHERE r.state IN ('planned', 'running', 'paused')
      UNION ALL
      SELECT i.state FROM replay_item i JOIN replay r ON r.id = i.replay_id
      WHERE i.state IN ('planned', 'claimed', 'sending', 'sent', 'uncertain') AND r.state NOT IN ('planned', 'running', 'paused')
    ) open GROUP BY state`;
  const clock = await db.$queryRaw<{ at: Date; liveWorkers: number }[]>`
    SELECT clock_timestamp() AS at,
           (SELECT count(*)::int FROM worker WHERE ended_at IS NULL AND lease_until > clock_timestamp()) AS "liveWorkers"`;
  const { at, liveWorkers } = clock[0] as { at: Date; liveWorkers: number };
  return {
    at,
    liveWorkers,
    items,
    queues: queues.map((queue) => ({
      ...queue,
      brokerCount: queue.brokerCount === null ? null : Number(queue.brokerCount),
    })),
  };
}
