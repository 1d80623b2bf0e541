import type { Database } from "./database";
import type { Prisma } from "./generated/client";
import type { CauseRecord, CauseRuleRecord, CauseStore, CauseWorkRecord } from "./ports/causes";
import { reasonNotesStore } from "./reason-notes";
import { regroupingStore } from "./regrouping";

const INCLUDED = {
  queue: { select: { entityPath: true } },
  owner: { select: { id: true, name: true } },
} satisfies Prisma.CauseInclude;

export type CauseRow = Prisma.CauseGetPayload<{ include: typeof INCLUDED }>;

export function causeStore(db: Database): CauseStore {
  return {
    records: async (ids) =>
      (await db.cause.findMany({ where: { id: { in: ids.map(BigInt) } }, include: INCLUDED })).map(toRecord),

    mergedInto: async (ids) =>
      (
        await db.cause.findMany({
          where: { mergedInto: { in: ids.map(BigInt) } },
          include: INCLUDED,
          orderBy: { id: "asc" },
        })
      ).map(toRecord),

    work: (ids) => readWork(db, ids),

    async lock(id) {
      await db.$queryRaw`SELECT 1 FROM cause WHERE id = ${BigInt(id)} FOR UPDATE`;
      const row = await db.cause.findUnique({ where: { id: BigInt(id) }, include: INCLUDED });
      return row === null ? null : toRecord(row);
    },

    async change(id, { state, ...change }) {
      await db.cause.update({
        where: { id: BigInt(id) },
        data: { ...change, version: { increment: 1 }, ...(state === undefined ? {} : { state }) },
      });
      // The database's clock: what is first seen later is compared with it.
      if (state !== undefined)
        await db.$executeRaw`UPDATE cause SET state_at = clock_timestamp() WHERE id = ${BigInt(id)}`;
    },

    async merge(id, into) {
      await db.$executeRaw`
        UPDATE cause SET merged_into = ${BigInt(into)}, version = version + 1
        WHERE id = ${BigInt(id)} OR merged_into = ${BigInt(id)}`;
    },

    async unmerge(id) {
      await db.$executeRaw`UPDATE cause SET merged_into = NULL, version = version + 1 WHERE id = ${BigInt(id)}`;
    },

    comments: async (ids) =>
      (
        await db.causeComment.findMany({
          where: { causeId: { in: ids.map(BigInt) } },
          include: { author: { select: { name: true } } },
          orderBy: [{ at: "asc" }, { id: "asc" }],
        })
      ).map(({ id, author, at, text }) => ({ id: String(id), author: author.name, at, text })),

    async addComment(causeId, authorId, text) {
      const { id } = await db.causeComment.create({
        data: { causeId: BigInt(causeId), authorId, text },
        select: { id: true },
      });
      return String(id);
    },

    possibleOwners: (roles) =>
      db.person.findMany({
        where: { disabledAt: null, roles: { hasSome: [...roles] } },
        select: { id: true, name: true },
        orderBy: [{ name: "asc" }, { id: "asc" }],
      }),

    async ofReplay(replayId) {
      const counts = await db.$queryRaw<{ cause_id: bigint; messages: number; unedited: number }[]>`
        SELECT coalesce(c.merged_into, c.id) AS cause_id, count(*)::int AS messages,
          (count(*) FILTER (WHERE i.edit_id IS NULL))::int AS unedited
        FROM replay_item i JOIN dead_letter d ON d.id = i.dead_letter_id JOIN cause c ON c.id = d.cause_id
        WHERE i.replay_id = ${replayId}::uuid AND i.state = 'planned' GROUP BY 1 ORDER BY 2 DESC, 1`;
      const causes = await db.cause.findMany({
        where: { id: { in: counts.map((count) => count.cause_id) } },
        include: INCLUDED,
      });
      const byId = new Map(causes.map((cause) => [cause.id, toRecord(cause)]));
      return counts.flatMap(({ cause_id, messages, unedited }) => {
        const cause = byId.get(cause_id);
        return cause === undefined ? [] : [{ cause, messages, unedited }];
      });
    },

    rules: async () =>
      (
        await db.causeRule.findMany({
          where: { endedAt: null },
          include: { author: { select: { name: true } } },
          orderBy: { id: "asc" },
        })
      ).map(({ author, endedAt: _, field, operator, ...rule }) => ({
        ...rule,
        // The database's checks allow no others.
        field: field as CauseRuleRecord["field"],
        operator: operator as CauseRuleRecord["operator"],
        createdBy: author.name,
      })),

    async createRule({ within, ...rule }) {
      const { id } = await db.causeRule.create({ data: { ...rule, within: [...within] }, select: { id: true } });
      return id;
    },

    async endRule(id) {
      const ended = await db.$executeRaw`
        UPDATE cause_rule SET ended_at = clock_timestamp() WHERE id = ${id} AND ended_at IS NULL`;
      return ended === 1;
    },

    ...reasonNotesStore(db),
    ...regroupingStore(db, toRecord, INCLUDED),
  };
}

/** One statement: a page of causes is read every few seconds by everybody who looks at it. */
async function readWork(db: Database, ids: readonly string[]): Promise<CauseWorkRecord[]> {
  if (ids.length === 0) return [];
  const rows = await db.$queryRaw<
    (Omit<RecordRow, "queue" | "owner"> & {
      entityPath: string;
      ownerId: string | null;
      ownerName: string | null;
      reasonOwnerId: string | null;
      reasonOwnerName: string | null;
      comments: number;
    })[]
  >`
    SELECT c.id, c.queue_id AS "queueId", q.entity_path AS "entityPath", c.reason, c.signature, c.fingerprint, c.merged_into AS "mergedInto",
      c.rule_id AS "ruleId", c.title, c.kind, c.state, c.state_at AS "stateAt", c.snoozed_until AS "snoozedUntil", c.snoozed_count AS "snoozedCount",
      c.owner_id AS "ownerId", p.name AS "ownerName", c.runbook, c.version,
      o.id AS "reasonOwnerId", o.name AS "reasonOwnerName",
      (SELECT count(*)::int FROM cause_comment m WHERE m.cause_id = c.id) AS comments
    FROM cause c JOIN queue q ON q.id = c.queue_id LEFT JOIN person p ON p.id = c.owner_id
      LEFT JOIN reason_owner r ON r.reason = c.reason LEFT JOIN person o ON o.id = r.owner_id
    WHERE c.id = ANY (${[...ids]}::text[]::bigint[]) OR c.merged_into = ANY (${[...ids]}::text[]::bigint[])
    ORDER BY c.id`;
  return rows.map(({ entityPath, ownerId, ownerName, reasonOwnerId, reasonOwnerName, comments, ...cause }) => ({
    record: toRecord({
      ...cause,
      queue: { entityPath },
      owner: person(ownerId, ownerName),
    }),
    reasonOwner: person(reasonOwnerId, reasonOwnerName),
    comments,
  }));
}

/** A person as a left join gives them: all of them or nothing. */
function person(id: string | null, name: string | null): CauseRecord["owner"] {
  return id === null || name === null ? null : { id, name };
}

/** What of a row makes a record. */
type RecordRow = Pick<
  CauseRow,
  | "id"
  | "queueId"
  | "queue"
  | "reason"
  | "signature"
  | "fingerprint"
  | "mergedInto"
  | "ruleId"
  | "title"
  | "kind"
  | "state"
  | "stateAt"
  | "snoozedUntil"
  | "snoozedCount"
  | "owner"
  | "runbook"
  | "version"
>;

function toRecord({ queue, id, mergedInto, kind, state, ...cause }: RecordRow): CauseRecord {
  return {
    id: String(id),
    queueId: cause.queueId,
    entityPath: queue.entityPath,
    reason: cause.reason,
    signature: cause.signature,
    fingerprint: cause.fingerprint,
    mergedInto: mergedInto === null ? null : String(mergedInto),
    ruleId: cause.ruleId,
    title: cause.title,
    // The database's checks allow no others.
    kind: kind as CauseRecord["kind"],
    state: state as CauseRecord["state"],
    stateAt: cause.stateAt,
    snoozedUntil: cause.snoozedUntil,
    snoozedCount: cause.snoozedCount,
    owner: cause.owner,
    runbook: cause.runbook,
    version: cause.version,
  };
}
