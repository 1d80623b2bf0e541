import type { Database } from "./database";
import type { ClaimedQueue, ScanStore } from "./ports/scans";
import { forgetLeft } from "./scan-forget";
import { recordListing } from "./scan-listing";

export function scanStore(db: Database): ScanStore {
  return {
    async syncNamespaces(namespaces) {
      // Callers hand over their configuration, which holds secrets.
      const named = namespaces.map(({ name, broker }) => ({ name, broker }));
      await db.$executeRaw`
        INSERT INTO namespace (name, broker, configured)
        SELECT x.name, x.broker, true FROM jsonb_to_recordset(${JSON.stringify(named)}::jsonb) AS x(name text, broker text)
        ON CONFLICT (name) DO UPDATE SET broker = excluded.broker, configured = true`;
      await db.namespace.updateMany({
        where: { configured: true, name: { notIn: namespaces.map((namespace) => namespace.name) } },
        data: { configured: false },
      });
    },
    async isListingDue(namespace, seconds) {
      const rows = await db.$queryRaw<{ due: boolean }[]>`
        SELECT listed_at IS NULL OR listed_at < clock_timestamp() - make_interval(secs => ${seconds}::float8) AS due
        FROM namespace WHERE name = ${namespace}`;
      return rows[0]?.due ?? false;
    },
    recordListing: (namespace, queues) => recordListing(db, namespace, queues),
    async recordListingFailure(namespace, error) {
      await db.namespace.updateMany({ where: { name: namespace }, data: { listError: error } });
    },

    claim: (request) => claim(db, request),
    async recordCount(queueId, worker, reading) {
      await db.$executeRaw`
        UPDATE queue SET count = ${reading?.count ?? null}::bigint, count_source = ${reading?.source ?? null}, count_read_at = clock_timestamp()
        WHERE id = ${queueId} AND scan_lease_worker = ${worker}::uuid`;
    },
    async recordFailure(queueId, worker, error) {
      await db.$executeRaw`
        UPDATE queue SET scan_error = ${error}, scan_error_at = clock_timestamp()
        WHERE id = ${queueId} AND scan_lease_worker = ${worker}::uuid`;
    },
    async release(queueId, worker, next) {
      const readThrough = next.readThrough?.toISOString() ?? null;
      await db.$executeRaw`
        UPDATE queue SET scan_lease_worker = NULL, scan_lease_until = NULL,
          read_through_at = greatest(read_through_at, ${readThrough}::timestamptz),
          next_scan_at = clock_timestamp() + make_interval(secs => ${next.inSeconds}::float8),
          scan_error = CASE WHEN ${next.clearError} THEN NULL ELSE scan_error END,
          scan_error_at = CASE WHEN ${next.clearError} THEN NULL ELSE scan_error_at END
        WHERE id = ${queueId} AND scan_lease_worker = ${worker}::uuid`;
    },
    async releaseAll(worker) {
      await db.$executeRaw`
        UPDATE queue SET scan_lease_worker = NULL, scan_lease_until = NULL WHERE scan_lease_worker = ${worker}::uuid`;
    },

    forget: (request) => forgetLeft(db, request),
    spendCredits: (namespace, credits, perSecond) => spendCredits(db, namespace, credits, perSecond),
    partitionFronts: (queueId, partitions) => partitionFronts(db, queueId, partitions),
  };
}

interface ClaimedRow {
  readonly id: number;
  readonly namespace: string;
  readonly entity_path: string;
  readonly sub_queue: ClaimedQueue["subQueue"];
  readonly partitioned: boolean | null;
  readonly high_water: bigint;
  readonly walk_number: number;
  readonly walk_position: bigint;
  readonly walk_started_at: Date | null;
  readonly walked_at: Date | null;
  readonly walk_seconds: number | null;
  readonly count_read_at: Date | null;
  readonly siblings: number;
  readonly at: Date;
}

async function claim(db: Database, request: Parameters<ScanStore["claim"]>[0]): Promise<ClaimedQueue[]> {
  const rows = await db.$queryRaw<ClaimedRow[]>`
    WITH due AS MATERIALIZED (
      SELECT q.id FROM queue q JOIN namespace n ON n.id = q.namespace_id
      WHERE q.next_scan_at <= clock_timestamp() AND q.vanished_at IS NULL
        AND n.name = ANY(${request.namespaces}::text[]) AND q.id <> ALL(${request.busy}::int[])
        AND (q.scan_lease_until IS NULL OR q.scan_lease_until < clock_timestamp() OR q.scan_lease_worker = ${request.worker}::uuid)
      ORDER BY q.next_scan_at LIMIT ${request.limit} FOR UPDATE OF q SKIP LOCKED
    )
    UPDATE queue q
    SET scan_lease_worker = ${request.worker}::uuid,
      scan_lease_until = clock_timestamp() + make_interval(secs => ${request.leaseSeconds}::float8)
    FROM due, namespace n
    WHERE q.id = due.id AND n.id = q.namespace_id
    RETURNING q.id, n.name AS namespace, q.entity_path, q.sub_queue, (q.settings->>'partitioned')::boolean AS partitioned,
      q.high_water, q.walk_number, q.walk_position, q.walk_started_at, q.walked_at, q.walk_seconds, q.count_read_at,
      (SELECT count(*)::int FROM queue s WHERE s.namespace_id = q.namespace_id AND s.vanished_at IS NULL) AS siblings,
      clock_timestamp() AS at`;
  return rows.map((row) => ({
    id: row.id,
    namespace: row.namespace,
    entityPath: row.entity_path,
    subQueue: row.sub_queue,
    partitioned: row.partitioned,
    highWater: row.high_water,
    walkNumber: row.walk_number,
    walkPosition: row.walk_position,
    walkStartedAt: row.walk_started_at,
    walkedAt: row.walked_at,
    walkSeconds: row.walk_seconds,
    countReadAt: row.count_read_at,
    siblings: row.siblings,
    at: row.at,
  }));
}

/**
 * A second's credits may be used at once after a rest. The wait is until all that was ever taken has come due, these credits included: in no
 * stretch of time is more read than its credits and those of one second.
 */
async function spendCredits(db: Database, namespace: string, credits: number, perSecond: number): Promise<number> {
  const rows = await db.$queryRaw<{ wait: number }[]>`
    INSERT INTO throttle_scope AS t (scope, rate, burst, tat, updated_at)
    VALUES (${`scan:${namespace}`}, ${perSecond}::float8, ceil(${perSecond}::float8)::int,
      clock_timestamp() - interval '1 s' + make_interval(secs => ${credits}::float8 / ${perSecond}::float8), clock_timestamp())
    ON CONFLICT (scope) DO UPDATE SET rate = excluded.rate, burst = excluded.burst, updated_at = clock_timestamp(),
      tat = greatest(t.tat, clock_timestamp() - interval '1 s') + make_interval(secs => ${credits}::float8 / ${perSecond}::float8)
    RETURNING greatest(0, extract(epoch FROM t.tat - clock_timestamp()) * 1000)::float8 AS wait`;
  return rows[0]?.wait ?? 0;
}

async function partitionFronts(
  db: Database,
  queueId: number,
  partitions: readonly number[],
): Promise<Map<number, bigint>> {
  const rows = await db.$queryRaw<{ partition: number; front: bigint }[]>`
    SELECT p.partition, known.front
    FROM unnest(${partitions}::int[]) AS p(partition) CROSS JOIN LATERAL (
      SELECT max(d.position) AS front FROM dead_letter d
      WHERE d.queue_id = ${queueId}
        AND d.position >= p.partition::bigint << 48 AND d.position < (p.partition + 1)::bigint << 48
    ) known
    WHERE known.front IS NOT NULL`;
  return new Map(rows.map((row) => [row.partition, row.front]));
}
