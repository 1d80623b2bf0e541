import type { GroupEditSelection } from "@/lib/contracts/group-edits";
import type { Database } from "./database";
import { matchingDeadLetters, placeFilter } from "./dead-letter-filter";
import { Prisma } from "./generated/client";
import type { GroupEditCount, GroupEditItem, GroupEditRecord, GroupEditStore } from "./ports/group-edits";
import { readClock } from "./queue-summaries";

export function groupEditStore(db: Database): GroupEditStore {
  return {
    create: async ({ id, queueId, selection, change, createdBy, limit }) => {
      await db.$executeRaw`
        INSERT INTO group_edit (id, queue_id, change, created_by)
        VALUES (${id}::uuid, ${queueId}, ${JSON.stringify(change)}::jsonb, ${createdBy}::uuid)`;
      return db.$executeRaw`
        INSERT INTO group_edit_item (group_edit_id, ordinal, dead_letter_id)
        SELECT ${id}::uuid, row_number() OVER (ORDER BY chosen.enqueued_at, chosen.id), chosen.id FROM (
          SELECT d.id, d.enqueued_at FROM dead_letter d WHERE ${await selected(db, selection)} ORDER BY d.enqueued_at, d.id LIMIT ${limit}
        ) chosen`;
    },

    find: (id) => find(db, id, Prisma.empty),
    lock: (id) => find(db, id, Prisma.sql`FOR UPDATE OF g`),

    counts: (id) =>
      db.$queryRaw<GroupEditCount[]>`
        SELECT i.outcome, i.why, count(*)::int AS count FROM group_edit_item i WHERE i.group_edit_id = ${id}::uuid
        GROUP BY i.outcome, i.why ORDER BY count(*) DESC, i.why`,

    samples: (id, limit) =>
      db.$queryRaw<(GroupEditItem & { key: string })[]>`
        SELECT i.ordinal, i.dead_letter_id::text AS "deadLetterId", i.base_version AS "baseVersion", d.key
        FROM group_edit_item i JOIN dead_letter d ON d.id = i.dead_letter_id
        WHERE i.group_edit_id = ${id}::uuid AND i.outcome = 'change' ORDER BY i.ordinal LIMIT ${limit}`,

    failed: (id, limit) =>
      db.$queryRaw<{ deadLetterId: string; key: string }[]>`
        SELECT i.dead_letter_id::text AS "deadLetterId", d.key FROM group_edit_item i JOIN dead_letter d ON d.id = i.dead_letter_id
        WHERE i.group_edit_id = ${id}::uuid AND i.outcome = 'failed' ORDER BY i.ordinal LIMIT ${limit}`,

    startSaving: async (id, by, reason) => {
      await db.$executeRaw`
        UPDATE group_edit SET state = 'saving', saved_by = ${by}::uuid, reason = ${reason}, worker_id = NULL, lease_until = NULL
        WHERE id = ${id}::uuid`;
    },

    cancel: async (id) => {
      await db.$executeRaw`
        UPDATE group_edit SET state = 'cancelled', worker_id = NULL, lease_until = NULL, ${getsOn}
        WHERE id = ${id}::uuid`;
    },

    claim: async (worker, leaseSeconds) => {
      const rows = await db.$queryRaw<{ id: string }[]>`
        UPDATE group_edit SET worker_id = ${worker}::uuid, lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}::float8)
        WHERE id = (
          SELECT g.id FROM group_edit g
          WHERE g.state IN ('trying', 'saving') AND (g.retry_at IS NULL OR g.retry_at <= clock_timestamp())
            AND (g.lease_until IS NULL OR g.lease_until < clock_timestamp() OR g.worker_id = ${worker}::uuid)
          ORDER BY g.created_at LIMIT 1 FOR UPDATE SKIP LOCKED
        ) RETURNING id::text`;
      return rows[0]?.id ?? null;
    },

    hold: async (id, worker, leaseSeconds) => {
      const held = await db.$executeRaw`
        UPDATE group_edit SET lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}::float8)
        WHERE id = ${id}::uuid AND worker_id = ${worker}::uuid AND state IN ('trying', 'saving')`;
      return held === 0 ? null : find(db, id, Prisma.empty);
    },

    next: (id, state, { after, limit }) =>
      db.$queryRaw<GroupEditItem[]>`
        SELECT i.ordinal, i.dead_letter_id::text AS "deadLetterId", i.base_version AS "baseVersion" FROM group_edit_item i
        WHERE i.group_edit_id = ${id}::uuid AND i.ordinal > ${after}
          AND ${state === "trying" ? Prisma.sql`i.outcome IS NULL` : Prisma.sql`i.outcome = 'change'`}
        ORDER BY i.ordinal LIMIT ${limit}`,

    record: async (id, items) => {
      await db.$executeRaw`
        UPDATE group_edit_item i SET outcome = r.outcome, why = r.why, base_version = r."baseVersion"
        FROM jsonb_to_recordset(${JSON.stringify(items)}::jsonb) AS r (ordinal int, outcome text, why text, "baseVersion" int)
        WHERE i.group_edit_id = ${id}::uuid AND i.ordinal = r.ordinal`;
      if (items.length > 0)
        await db.$executeRaw`UPDATE group_edit SET ${getsOn} WHERE id = ${id}::uuid AND failures > 0`;
    },

    fail: async (id, worker, words) => {
      await db.$executeRaw`
        UPDATE group_edit SET failures = failures + 1, notice = ${words},
          retry_at = clock_timestamp() + make_interval(secs => least(60, power(2, least(failures, 6)))),
          worker_id = NULL, lease_until = NULL
        WHERE id = ${id}::uuid AND worker_id = ${worker}::uuid AND state IN ('trying', 'saving')`;
    },

    finish: async (id, state) => {
      await db.$executeRaw`
        UPDATE group_edit SET state = ${state}, worker_id = NULL, lease_until = NULL, ${getsOn} WHERE id = ${id}::uuid`;
    },
  };
}

/** Its failures in a row are over. */
const getsOn = Prisma.sql`failures = 0, notice = NULL, retry_at = NULL`;

/** Messages that are there, by the same condition as the list that they were chosen in. */
async function selected(db: Database, selection: GroupEditSelection): Promise<Prisma.Sql> {
  switch (selection.kind) {
    case "filter":
      return matchingDeadLetters(await placeFilter(db, selection.filter), (await readClock(db)).at);
    case "dead-letters":
      return Prisma.sql`d.left_at IS NULL AND d.queue_id = ${selection.queue} AND d.id = ANY (${[...selection.ids]}::text[]::bigint[])`;
  }
}

interface Row extends Omit<GroupEditRecord, "savedBy" | "fault"> {
  readonly saverId: string | null;
  readonly saver: string | null;
  readonly notice: string | null;
  readonly failures: number;
}

async function find(db: Database, id: string, lock: Prisma.Sql): Promise<GroupEditRecord | null> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT g.id::text AS id, g.queue_id AS "queueId", q.entity_path AS "entityPath", g.change, g.state, g.reason,
      g.created_at AS "createdAt", author.name AS "createdBy", saver.id::text AS "saverId", saver.name AS saver,
      g.notice, g.failures
    FROM group_edit g JOIN queue q ON q.id = g.queue_id JOIN person author ON author.id = g.created_by
      LEFT JOIN person saver ON saver.id = g.saved_by
    WHERE g.id = ${id}::uuid ${lock}`;
  const row = rows[0];
  if (row === undefined) return null;
  const { saverId, saver, notice, failures, ...record } = row;
  return {
    ...record,
    savedBy: saverId === null || saver === null ? null : { id: saverId, name: saver },
    fault: notice === null ? null : { words: notice, times: failures },
  };
}
