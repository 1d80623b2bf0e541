import { HEADER_LIMIT_BYTES, REFUSAL_TEXTS, STAMP_BYTES } from "@/lib/domain/refusals";
import type { Database } from "./database";
import { Prisma } from "./generated/client";
import type { PlannedCopy, PlanStore, PlanSummary } from "./ports/plans";

/** Rows and bytes of contents read at once. */
const PAGE_ROWS = 1_000;
const PAGE_BYTES = 8_000_000;
/** Type codes and lengths of one application property, at most. */
const PROPERTY_BYTES = 10;

export function planStore(db: Database): PlanStore {
  return {
    copies: (replayId, after, which) => readCopies(db, replayId, after, which),

    refuse: async (items) => {
      if (items.length === 0) return;
      const given = items.map(({ id, code }) => ({ id, error: REFUSAL_TEXTS[code] }));
      await db.$executeRaw`
        UPDATE replay_item i SET state = 'refused', error = g.error
        FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb) AS g(id uuid, error text)
        WHERE i.id = g.id AND i.state = 'planned'`;
    },

    refuseBeyond: (replayId, most) => db.$executeRaw`
      WITH staying AS (
        SELECT d.position FROM replay r JOIN dead_letter d ON d.queue_id = r.queue_id AND d.left_at IS NULL
        -- A hashed set: of rows that were only just written no plan for a join is known to be good.
        WHERE r.id = ${replayId}::uuid AND d.id NOT IN (
          SELECT own.dead_letter_id FROM replay_item own WHERE own.replay_id = ${replayId}::uuid AND own.state = 'planned')
        ORDER BY d.position OFFSET ${most}::bigint LIMIT 1
      )
      UPDATE replay_item i SET state = 'refused', error = ${REFUSAL_TEXTS["out-of-reach"]}
      FROM staying s WHERE i.replay_id = ${replayId}::uuid AND i.state = 'planned' AND i.position > s.position`,

    // One pass over the items: the planner knows nothing of rows that this transaction has just written.
    stopSessions: (replayId) => db.$executeRaw`
      UPDATE replay_item SET state = 'refused', error = ${REFUSAL_TEXTS["session-stopped"]}
      WHERE id = ANY (ARRAY(
        SELECT behind.id FROM (
          SELECT id, state, bool_or(state = 'refused')
            OVER (PARTITION BY session_id ORDER BY ordinal ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS stopped
          FROM replay_item WHERE replay_id = ${replayId}::uuid AND session_id IS NOT NULL
        ) behind WHERE behind.stopped AND behind.state = 'planned'))`,

    summary: (replayId) => readSummary(db, replayId),
  };
}

interface CopyRow {
  readonly id: string;
  readonly ordinal: number;
  readonly key: string;
  readonly session_id: string | null;
  readonly size: number;
  readonly head_size: number;
  readonly encoded: Uint8Array | null;
  readonly edited: boolean;
  readonly body: Uint8Array | null;
  readonly properties: NonNullable<PlannedCopy["edit"]>["properties"] | null;
  readonly of_page: number;
}

async function readCopies(
  db: Database,
  replayId: string,
  after: number,
  which: "all" | "notable",
): Promise<{ items: PlannedCopy[]; through: number | null }> {
  const { total } = await db.replay.findUniqueOrThrow({ where: { id: replayId }, select: { total: true } });
  const until = after + PAGE_ROWS;
  const notable =
    which === "all"
      ? Prisma.sql`TRUE`
      : Prisma.sql`(i.edit_id IS NOT NULL OR d.size - d.body_size + ${STAMP_BYTES}::int > ${HEADER_LIMIT_BYTES}::int)`;
  // A stretch of ordinals, not a limit: the planner takes one that it knows nothing of for a handful of rows, and sorts them all.
  // Sizes first: contents are read for as many rows as fit, the first one in any case.
  const rows = await db.$queryRaw<CopyRow[]>`
    WITH page AS MATERIALIZED (
      SELECT i.id, i.ordinal, i.key, i.session_id, i.dead_letter_id, i.edit_id, d.size, d.size - d.body_size AS head_size
      FROM replay_item i JOIN dead_letter d ON d.id = i.dead_letter_id
      WHERE i.replay_id = ${replayId}::uuid AND i.state = 'planned' AND i.ordinal > ${after} AND i.ordinal <= ${until} AND ${notable}
      ORDER BY i.ordinal
    ), fitting AS (
      SELECT p.*, sum(p.size) OVER (ORDER BY p.ordinal) - p.size AS before FROM page p
    )
    SELECT f.id::text, f.ordinal, f.key, f.session_id, f.size, f.head_size, c.encoded, e.id IS NOT NULL AS edited, e.body,
      e.properties, (SELECT count(*)::int FROM page) AS of_page
    FROM fitting f LEFT JOIN dead_letter_content c ON c.dead_letter_id = f.dead_letter_id LEFT JOIN edit e ON e.id = f.edit_id
    WHERE f.before < ${PAGE_BYTES} ORDER BY f.ordinal`;
  const items = rows.map((row) => ({
    id: row.id,
    ordinal: row.ordinal,
    key: row.key,
    sessionId: row.session_id,
    edit: row.edited ? { body: row.body, properties: row.properties ?? [] } : null,
    encoded: row.encoded,
    size: row.size,
    headSize: row.head_size,
  }));
  const last = rows.at(-1);
  if (last !== undefined && rows.length < last.of_page) return { items, through: last.ordinal };
  return { items, through: until < total ? until : null };
}

interface SummaryRow extends Omit<PlanSummary, "causes" | "totalBytes"> {
  readonly totalBytes: bigint;
  readonly causes: PlanSummary["causes"] | null;
}

async function readSummary(db: Database, replayId: string): Promise<PlanSummary> {
  const rows = await db.$queryRaw<SummaryRow[]>`
    WITH final AS MATERIALIZED (
      SELECT i.position, i.edit_id, i.session_id, d.enqueued_at, d.expires_at, d.cause_id, grown.copy_bytes
      FROM replay_item i JOIN dead_letter d ON d.id = i.dead_letter_id
      LEFT JOIN edit e ON e.id = i.edit_id
      -- At most so many: what an edit's property replaces is not taken off.
      CROSS JOIN LATERAL (
        SELECT d.size + ${STAMP_BYTES}::int + coalesce(length(e.body) - d.body_size, 0)
               + coalesce(sum(octet_length(p ->> 'name') + octet_length(p -> 'set' ->> 'value') + ${PROPERTY_BYTES}::int), 0)::int AS copy_bytes
        FROM jsonb_array_elements(coalesce(e.properties, '[]'::jsonb)) p WHERE p ? 'set'
      ) grown
      WHERE i.replay_id = ${replayId}::uuid AND i.state = 'planned'
    ), way AS (
      SELECT count(*)::int AS n FROM replay r JOIN dead_letter d ON d.queue_id = r.queue_id AND d.left_at IS NULL
      WHERE r.id = ${replayId}::uuid AND d.position <= (SELECT max(position) FROM final)
    )
    SELECT count(*)::int AS planned, count(edit_id)::int AS edited, count(session_id)::int AS "withSession",
           count(DISTINCT session_id)::int AS sessions,
           (SELECT coalesce(max(s.n), 0)::int FROM (
              SELECT count(*) AS n FROM final WHERE session_id IS NOT NULL GROUP BY session_id) s) AS "longestSession",
           count(expires_at)::int AS expiring,
           min(enqueued_at) AS "oldestEnqueuedAt", max(enqueued_at) AS "newestEnqueuedAt",
           coalesce(sum(copy_bytes), 0)::bigint AS "totalBytes", coalesce(max(copy_bytes), 0)::int AS "largestBytes",
           (SELECT n FROM way) AS "onTheWay", greatest(0, (SELECT n FROM way) - count(*)::int) AS "passedBy",
           (SELECT jsonb_agg(jsonb_build_object('reason', c.reason, 'signature', c.signature, 'count', g.n) ORDER BY g.n DESC)
              FROM (SELECT cause_id, count(*) AS n FROM final GROUP BY cause_id) g JOIN cause c ON c.id = g.cause_id) AS causes
    FROM final`;
  const row = rows[0] as SummaryRow;
  return { ...row, totalBytes: Number(row.totalBytes), causes: row.causes ?? [] };
}
