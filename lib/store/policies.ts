import { DEFAULT_POLICY, type QueuePolicy } from "@/lib/domain/queue-policy";
import type { QuietHours } from "@/lib/domain/quiet-hours";
import type { ReplayPolicies } from "@/lib/domain/replay-policies";
import type { QuietSpan } from "@/lib/domain/sending-time";
import type { Database } from "./database";
import { type QueuePolicy as PolicyRow, Prisma } from "./generated/client";
import type { PolicyStore, ReplayRoute } from "./ports/policies";

export function policyStore(db: Database): PolicyStore {
  return {
    read: async (queueId) => toPolicy(await db.queuePolicy.findUnique({ where: { queueId } })),
    readLocked: async (queueId) => {
      // The queue's row stands for a policy that does not exist yet: whoever saves the first one waits as well.
      await db.$executeRaw`SELECT 1 FROM queue WHERE id = ${queueId} FOR SHARE`;
      return toPolicy(await db.queuePolicy.findUnique({ where: { queueId } }));
    },
    readOf: async (replayId) => {
      const { kind, queueId, namespaceId, targetPath, routeTo } = await db.replay.findUniqueOrThrow({
        where: { id: replayId },
      });
      return readAll(
        db,
        { kind: kind as ReplayRoute["kind"], queueId, namespaceId, targetPath, routeTo },
        Prisma.empty,
      );
    },
    quietSpans: (replayId, range) => readQuietSpans(db, replayId, range),
    // What a plan of minutes needs is that nobody saves a policy: the scanner may go on writing figures beside it.
    readAllLocked: (route) => readAll(db, route, Prisma.sql`FOR KEY SHARE`),
    detail: (queueId) => readDetail(db, queueId),
    save: (queueId, policy, by) => save(db, queueId, policy, by),
    knowsTimeZone: async (name) => {
      const rows = await db.$queryRaw<{ known: boolean }[]>`
        SELECT EXISTS (SELECT 1 FROM pg_timezone_names WHERE name = ${name}) AS known`;
      return rows[0]?.known ?? false;
    },
  };
}

function toPolicy(row: PolicyRow | null): QueuePolicy {
  if (row === null) return DEFAULT_POLICY;
  return {
    version: row.version,
    maxRate: row.maxRate,
    approval: row.approval as QueuePolicy["approval"],
    approvalOver: row.approvalOver,
    protected: row.protected,
    deduplicatesBy: row.deduplicatesBy as QueuePolicy["deduplicatesBy"],
    businessKey: row.businessKey,
    doubtPolicy: row.doubtPolicy as QueuePolicy["doubtPolicy"],
    healthUrl: row.healthUrl,
    backlogBound: row.backlogBound,
    stamps: row.stamps,
    quietHours: row.quietHours as unknown as QuietHours | null,
  };
}

async function readAll(db: Database, route: ReplayRoute, lock: Prisma.Sql): Promise<ReplayPolicies> {
  const { kind, queueId, namespaceId, targetPath, routeTo } = route;
  const queues = await db.$queryRaw<{ id: number; entityPath: string }[]>`
    SELECT q.id, q.entity_path AS "entityPath" FROM queue q
    WHERE q.id = ${queueId} OR (${kind} <> 'discard' AND q.namespace_id = ${namespaceId} AND lower(q.origin_path) = lower(${targetPath})
      AND q.vanished_at IS NULL
      AND (${routeTo}::text IS NULL OR lower(q.entity_path) = lower(${targetPath} || '/subscriptions/' || ${routeTo}::text)))
    ORDER BY q.id ${lock}`;
  const rows = await db.queuePolicy.findMany({ where: { queueId: { in: queues.map(({ id }) => id) } } });
  const policyOf = (id: number) => toPolicy(rows.find((row) => row.queueId === id) ?? null);
  return {
    own: policyOf(queueId),
    into: queues.filter(({ id }) => id !== queueId).map(({ id, entityPath }) => ({ entityPath, policy: policyOf(id) })),
  };
}

/** Windows as `quiet_hours_at` counts them: on the day on which they begin, an end that is not after the begin on the next one. */
async function readQuietSpans(
  db: Database,
  replayId: string,
  { from, until }: { readonly from: Date; readonly until: Date },
): Promise<QuietSpan[]> {
  return db.$queryRaw<QuietSpan[]>`
    SELECT s.begins, s.ends, s.rate
    FROM replay r CROSS JOIN LATERAL replay_policies(r) p
    CROSS JOIN LATERAL (
      SELECT p.quiet_hours ->> 'timeZone' AS zone, (p.quiet_hours ->> 'rate')::float8 AS rate, w.value -> 'days' AS days,
             (w.value ->> 'from')::time AS begins, (w.value ->> 'to')::time AS ends
      FROM jsonb_array_elements(p.quiet_hours -> 'windows') w
    ) w
    CROSS JOIN LATERAL generate_series(
      (${from.toISOString()}::timestamptz AT TIME ZONE w.zone)::date - 2,
      (${until.toISOString()}::timestamptz AT TIME ZONE w.zone)::date, interval '1 day') AS d(day)
    CROSS JOIN LATERAL (
      SELECT (d.day::timestamp + w.begins) AT TIME ZONE w.zone AS begins,
             (d.day::timestamp + w.ends + CASE WHEN w.ends <= w.begins THEN interval '1 day' ELSE interval '0' END)
               AT TIME ZONE w.zone AS ends, w.rate
    ) s
    WHERE r.id = ${replayId}::uuid AND p.quiet_hours IS NOT NULL AND w.days @> to_jsonb(extract(isodow FROM d.day)::int)
      AND s.begins < ${until.toISOString()}::timestamptz AND s.ends > ${from.toISOString()}::timestamptz AND s.begins < s.ends
    ORDER BY s.begins`;
}

async function readDetail(db: Database, queueId: number): ReturnType<PolicyStore["detail"]> {
  const queue = await db.queue.findUnique({
    where: { id: queueId },
    include: { namespace: true, policy: { include: { editor: true } } },
  });
  if (queue === null) return null;
  const quiet = await db.$queryRaw<{ until: Date | null }[]>`
    SELECT h.until FROM queue_policy p CROSS JOIN LATERAL quiet_hours_at(p.quiet_hours, clock_timestamp()) h
    WHERE p.queue_id = ${queueId} AND p.quiet_hours IS NOT NULL`;
  return {
    policy: toPolicy(queue.policy),
    updatedAt: queue.policy?.updatedAt ?? null,
    updatedBy: queue.policy?.editor.name ?? null,
    quietUntil: quiet[0]?.until ?? null,
    namespace: queue.namespace.name,
    namespaceId: queue.namespaceId,
    originPath: queue.originPath,
  };
}

async function save(db: Database, queueId: number, policy: QueuePolicy, by: string): Promise<boolean> {
  await db.$executeRaw`SELECT 1 FROM queue WHERE id = ${queueId} FOR UPDATE`;
  const data = {
    ...policy,
    version: policy.version + 1,
    quietHours: policy.quietHours === null ? Prisma.DbNull : (policy.quietHours as unknown as Prisma.InputJsonValue),
    updatedAt: new Date(),
    updatedBy: by,
  };
  if (policy.version === 0) {
    const { count } = await db.queuePolicy.createMany({ data: [{ ...data, queueId }], skipDuplicates: true });
    return count === 1;
  }
  const { count } = await db.queuePolicy.updateMany({ where: { queueId, version: policy.version }, data });
  return count === 1;
}
