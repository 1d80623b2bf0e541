import type { CauseIdentity } from "@/lib/domain/cause-rules";
import type { CauseRow } from "./causes";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import type { CauseRecord, CauseStore, GroupedMessage } from "./ports/causes";

type RegroupingPart = Pick<
  CauseStore,
  | "newestMessages"
  | "countMessages"
  | "startRegrouping"
  | "regroupings"
  | "nextToRegroup"
  | "regroup"
  | "advanceRegrouping"
  | "widenRule"
  | "linkRuleCauses"
  | "outdated"
  | "adopt"
>;

/** A scan that began before a rule was made may still take messages by the older rules for so long. */
const OLD_RULES = Prisma.raw("interval '60 seconds'");
/** Messages before the newest at the beginning that the second pass looks at again: they may have been committed behind the first. */
const AGAIN = 10_000;

interface MessageRow {
  readonly id: bigint;
  readonly queue_id: number;
  readonly cause_id: bigint;
  readonly fingerprint: string;
  readonly rule_id: number | null;
  readonly reason: string;
  readonly description: string | null;
  readonly subject: string | null;
  readonly properties: unknown;
}

const MESSAGE = Prisma.sql`d.id, d.queue_id, d.cause_id, c.fingerprint, c.rule_id, d.reason, d.description, d.subject, d.properties`;

export function regroupingStore(
  db: Database,
  toRecord: (row: CauseRow) => CauseRecord,
  included: Prisma.CauseInclude,
): RegroupingPart {
  return {
    async newestMessages(queueId, before, limit) {
      const rows = await db.$queryRaw<MessageRow[]>`
        SELECT ${MESSAGE} FROM dead_letter d JOIN cause c ON c.id = d.cause_id
        WHERE d.left_at IS NULL AND ${inQueue(queueId)}
          AND ${before === null ? Prisma.sql`TRUE` : Prisma.sql`d.id < ${BigInt(before)}`}
        ORDER BY d.id DESC LIMIT ${limit}`;
      return rows.map(toMessage);
    },

    async countMessages(queueId) {
      const rows = await db.$queryRaw<{ n: number }[]>`
        SELECT count(*)::int AS n FROM dead_letter d WHERE d.left_at IS NULL AND ${inQueue(queueId)}`;
      return rows[0]?.n ?? 0;
    },

    async startRegrouping(queueId, why, pass = 1) {
      await db.$executeRaw`
        INSERT INTO regrouping (queue_id, why, pass, through_id, started_at)
        SELECT ${queueId}::int, ${why}, ${pass}::int, coalesce(max(id), 0), clock_timestamp() FROM dead_letter`;
    },

    regroupings: (queueId) =>
      db.regrouping.findMany({
        where: { finishedAt: null, OR: [{ queueId }, { queueId: null }] },
        select: { id: true, queueId: true, why: true, pass: true },
        orderBy: { id: "asc" },
      }),

    async nextToRegroup(limit) {
      const regroupings = await db.$queryRaw<
        {
          id: number;
          queueId: number | null;
          why: string;
          pass: number;
          after_id: bigint;
          through_id: bigint;
          started_at: Date;
        }[]
      >`
        SELECT id, queue_id AS "queueId", why, pass, after_id, through_id, started_at FROM regrouping
        WHERE finished_at IS NULL AND (pass < 2 OR started_at < clock_timestamp() - ${OLD_RULES})
        ORDER BY pass, id LIMIT 1 FOR UPDATE SKIP LOCKED`;
      const next = regroupings[0];
      if (next === undefined) return null;
      const { after_id, through_id, started_at, ...regrouping } = next;
      if (regrouping.pass === 0) {
        return { regrouping, ...(await nextOfSplits(db, { ...regrouping, after_id, through_id }, limit)) };
      }
      const messages = await db.$queryRaw<MessageRow[]>`
        SELECT ${MESSAGE} FROM dead_letter d JOIN cause c ON c.id = d.cause_id
        WHERE d.id > ${after_id} AND d.first_seen_at <= ${started_at.toISOString()}::timestamptz + ${OLD_RULES} AND ${inQueue(regrouping.queueId)}
        ORDER BY d.id LIMIT ${limit}`;
      return { regrouping, messages: messages.map(toMessage), through: throughOf(messages.at(-1)?.id) };
    },

    async regroup(moves) {
      if (moves.length === 0) return 0;
      const rows = moves.map(({ id, identity }) => ({
        id,
        reason: identity.reason,
        signature: identity.signature,
        signature_version: identity.signatureVersion,
        fingerprint: identity.fingerprint,
        rule_id: identity.ruleId,
      }));
      return db.$executeRaw`
        WITH moves AS (
          SELECT x.*, d.queue_id, d.description, d.first_seen_at
          FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS x(
            id bigint, reason text, signature text, signature_version int, fingerprint text, rule_id int)
          JOIN dead_letter d ON d.id = x.id
        ), causes AS (
          INSERT INTO cause (queue_id, reason, signature, signature_version, fingerprint, rule_id, example, first_seen_at, last_seen_at)
          SELECT queue_id, min(reason), min(signature), min(signature_version), fingerprint, min(rule_id), min(description),
            min(first_seen_at), max(first_seen_at)
          FROM moves GROUP BY queue_id, fingerprint ORDER BY queue_id, fingerprint
          ON CONFLICT (queue_id, fingerprint) DO UPDATE SET
            first_seen_at = least(cause.first_seen_at, excluded.first_seen_at),
            last_seen_at = greatest(cause.last_seen_at, excluded.last_seen_at)
          RETURNING id, queue_id, fingerprint
        )
        UPDATE dead_letter d SET cause_id = c.id FROM moves m JOIN causes c USING (queue_id, fingerprint)
        WHERE d.id = m.id AND d.cause_id <> c.id`;
    },

    async advanceRegrouping(id, { lookedAt, moved, through }) {
      if (through !== null) {
        await db.$executeRaw`
          UPDATE regrouping SET after_id = ${BigInt(through)}, looked_at = looked_at + ${lookedAt}, moved = moved + ${moved}
          WHERE id = ${id}`;
        return;
      }
      // What is counted from its beginning is counted from when the rules were complete.
      await db.$executeRaw`
        UPDATE regrouping SET pass = least(pass + 1, 2),
          after_id = CASE pass WHEN 0 THEN 0 ELSE greatest(through_id - ${AGAIN}::bigint, 0) END,
          through_id = CASE pass WHEN 0 THEN (SELECT coalesce(max(id), 0) FROM dead_letter) ELSE through_id END,
          started_at = CASE pass WHEN 0 THEN clock_timestamp() ELSE started_at END,
          finished_at = CASE pass WHEN 2 THEN clock_timestamp() END
        WHERE id = ${id}`;
    },

    async widenRule(ruleId, fingerprint) {
      await db.$executeRaw`
        UPDATE cause_rule SET within = array_append(within, ${fingerprint})
        WHERE id = ${ruleId} AND within <> '{}' AND NOT ${fingerprint} = ANY (within)`;
    },

    async linkRuleCauses() {
      await db.$executeRaw`
        WITH roots AS (
          SELECT queue_id, rule_id, coalesce(min(merged_into), min(id)) AS root, min(id) AS first
          FROM cause WHERE rule_id IS NOT NULL GROUP BY queue_id, rule_id HAVING count(*) > 1
        )
        UPDATE cause c SET merged_into = r.root FROM roots r
        WHERE c.queue_id = r.queue_id AND c.rule_id = r.rule_id AND c.merged_into IS NULL AND c.id <> r.root
          AND NOT EXISTS (SELECT 1 FROM cause other WHERE other.merged_into = c.id)`;
    },

    async outdated(version, limit) {
      const causes = (await db.cause.findMany({
        where: { signatureVersion: { lt: version }, ruleId: null },
        orderBy: { id: "asc" },
        take: limit,
        include: included,
      })) as CauseRow[];
      const rows = await db.$queryRaw<MessageRow[]>`
        SELECT ${MESSAGE} FROM jsonb_array_elements_text(${JSON.stringify(causes.map((cause) => String(cause.id)))}::jsonb) AS wanted(id)
        JOIN cause c ON c.id = wanted.id::bigint
        JOIN LATERAL (SELECT * FROM dead_letter l WHERE l.cause_id = c.id ORDER BY l.left_at IS NOT NULL, l.id LIMIT 1) d ON true`;
      const messages = new Map(rows.map((row) => [row.cause_id, toMessage(row)]));
      return causes.map((cause) => ({ cause: toRecord(cause), message: messages.get(cause.id) ?? null }));
    },

    adopt: (causeId, identity) => adopt(db, BigInt(causeId), identity),
  };
}

/** Of the next messages those that are in causes of rules that split. */
async function nextOfSplits(
  db: Database,
  { queueId, after_id, through_id }: { queueId: number | null; after_id: bigint; through_id: bigint },
  limit: number,
) {
  const [stretch] = await db.$queryRaw<{ through: bigint | null }[]>`
    SELECT max(s.id) AS through FROM (
      SELECT d.id FROM dead_letter d WHERE d.id > ${after_id} AND d.id <= ${through_id} AND ${inQueue(queueId)} ORDER BY d.id LIMIT ${limit}
    ) s`;
  const through = stretch?.through ?? null;
  if (through === null) return { messages: [], through: null };
  const messages = await db.$queryRaw<MessageRow[]>`
    SELECT ${MESSAGE} FROM dead_letter d JOIN cause c ON c.id = d.cause_id JOIN cause_rule s ON s.id = c.rule_id
    WHERE d.id > ${after_id} AND d.id <= ${through} AND ${inQueue(queueId)} AND s.ended_at IS NULL AND s.within <> '{}'
    ORDER BY d.id`;
  return { messages: messages.map(toMessage), through: throughOf(through) };
}

const throughOf = (id: bigint | undefined): string | null => (id === undefined ? null : String(id));

function inQueue(queueId: number | null): Prisma.Sql {
  return queueId === null ? Prisma.sql`TRUE` : Prisma.sql`d.queue_id = ${queueId}`;
}

function toMessage(row: MessageRow): GroupedMessage {
  return {
    id: String(row.id),
    queueId: row.queue_id,
    causeId: String(row.cause_id),
    fingerprint: row.fingerprint,
    ruleId: row.rule_id,
    reason: row.reason,
    description: row.description,
    subject: row.subject,
    // Written by the scanner only, in this shape.
    properties: row.properties as GroupedMessage["properties"],
  };
}

async function adopt(db: Database, id: bigint, identity: CauseIdentity): Promise<void> {
  const old = await db.cause.findUniqueOrThrow({ where: { id } });
  const other = await db.cause.findUnique({
    where: { queueId_fingerprint: { queueId: old.queueId, fingerprint: identity.fingerprint } },
  });
  const { signature, signatureVersion } = identity;
  // Rules that split this cause know it by its fingerprint, and go on knowing it.
  await db.$executeRaw`
    UPDATE cause_rule SET within = array_replace(within, ${old.fingerprint}, ${identity.fingerprint})
    WHERE ${old.fingerprint} = ANY (within)`;
  if (other === null || other.id === id) {
    await db.cause.update({ where: { id }, data: { signature, signatureVersion, fingerprint: identity.fingerprint } });
    return;
  }
  // Both have a story: the older one goes on, and shows the other's messages as its own.
  await db.cause.update({
    where: { id },
    data: { signature, signatureVersion, fingerprint: `superseded by ${other.id}: ${id}` },
  });
  const [root, part] = id < other.id ? [id, other.id] : [other.id, id];
  const into = (root === id ? old : other).mergedInto ?? root;
  if (into === part) return;
  await db.$executeRaw`UPDATE cause SET merged_into = ${into} WHERE id = ${part} OR merged_into = ${part}`;
}
