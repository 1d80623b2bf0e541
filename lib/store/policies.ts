import { DEFAULT_POLICY, type QueuePolicy } from "@/lib/domain/queue-policy";
import type { QuietHours } from "@/lib/domain/quiet-hours";
import type { ReplayPolicies } from "@/lib/domain/replay-policies";
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
