import type { AuditEventWire, AuditQuery } from "@/lib/contracts/audit";
import type { NewAuditEvent } from "@/lib/domain/audit";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import type { AuditStore } from "./ports/audit";
import type { RunStatement, Statement } from "./statement";

const APPEND: Statement = {
  name: "audit-append",
  text: `
    INSERT INTO audit_event (at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, queue_id, replay_id, reason, detail)
    SELECT clock_timestamp(), e.* FROM jsonb_to_recordset($1::jsonb) AS e(
    actor_kind text, actor_id text, actor_name text, action text, subject_kind text, subject_id text,
    queue_id int, replay_id uuid, reason text, detail jsonb)`,
};

export function auditStore(db: Database): AuditStore {
  return {
    append: async (events) => {
      if (events.length === 0) return;
      await db.$executeRawUnsafe(APPEND.text, JSON.stringify(events.map(toRow)));
    },
    list: (query) => list(db, query),
  };
}

/** Appends events in a transaction of prepared statements. */
export async function appendAudit(run: RunStatement, events: readonly NewAuditEvent[]): Promise<void> {
  if (events.length > 0) await run(APPEND, [JSON.stringify(events.map(toRow))]);
}

function toRow(event: NewAuditEvent) {
  return {
    actor_kind: event.actor.kind,
    actor_id: event.actor.id,
    actor_name: event.actor.name,
    action: event.action,
    subject_kind: event.subject.kind,
    subject_id: event.subject.id,
    queue_id: event.queueId ?? null,
    replay_id: event.replayId ?? null,
    reason: event.reason ?? null,
    detail: event.detail,
  };
}

interface Row extends Omit<AuditEventWire, "id" | "at" | "queue"> {
  readonly id: bigint;
  readonly at: Date;
  readonly queueId: number | null;
  readonly entityPath: string | null;
}

/** Events carry rising numbers, so the number alone is the cursor. */
async function list(db: Database, query: AuditQuery): Promise<{ items: AuditEventWire[]; nextCursor: string | null }> {
  const conditions: Prisma.Sql[] = [Prisma.sql`TRUE`];
  if (query.cursor !== undefined) conditions.push(Prisma.sql`e.id < ${BigInt(query.cursor)}`);
  if (query.action !== undefined) conditions.push(Prisma.sql`e.action = ${query.action}`);
  if (query.actor !== undefined) {
    conditions.push(
      Prisma.sql`(e.actor_id = ${query.actor} OR strpos(lower(e.actor_name), lower(${query.actor})) > 0)`,
    );
  }
  if (query.replay !== undefined) conditions.push(Prisma.sql`e.replay_id = ${query.replay}::uuid`);
  if (query.queue !== undefined) conditions.push(Prisma.sql`e.queue_id = ${query.queue}`);
  if (query.deadLetter !== undefined) {
    conditions.push(Prisma.sql`e.subject_kind = 'dead-letter' AND e.subject_id = ${query.deadLetter}`);
  }
  if (query.since !== undefined) conditions.push(Prisma.sql`e.at >= ${new Date(query.since)}`);
  if (query.until !== undefined) conditions.push(Prisma.sql`e.at < ${new Date(query.until)}`);
  const rows = await db.$queryRaw<Row[]>`
    SELECT e.id, e.at, e.actor_kind AS "actorKind", e.actor_id AS "actorId", e.actor_name AS "actorName", e.action,
           e.subject_kind AS "subjectKind", e.subject_id AS "subjectId", e.queue_id AS "queueId",
           q.entity_path AS "entityPath", e.replay_id AS "replayId", e.reason, e.detail
    FROM audit_event e LEFT JOIN queue q ON q.id = e.queue_id
    WHERE ${Prisma.join(conditions, " AND ")}
    ORDER BY e.id DESC
    LIMIT ${query.limit + 1}`;
  const page = rows.slice(0, query.limit);
  return { items: page.map(toWire), nextCursor: rows.length > query.limit ? String(page.at(-1)?.id) : null };
}

function toWire({ queueId, entityPath, ...row }: Row): AuditEventWire {
  return {
    ...row,
    id: String(row.id),
    at: row.at.toISOString(),
    queue: queueId === null || entityPath === null ? null : { id: queueId, entityPath },
  };
}
