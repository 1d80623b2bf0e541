import type { Database } from "./database";
import type { ForgetPlace, ScanStore } from "./ports/scans";

/**
 * One batch of retention, in one statement. Edits that no replay used go with their message; the audit has what was done. A row that
 * is taken back meanwhile (somebody saw it again) is not deleted: its time of leaving is looked at once more when it is locked.
 */
export async function forgetLeft(
  db: Database,
  { days, after, limit }: Parameters<ScanStore["forget"]>[0],
): ReturnType<ScanStore["forget"]> {
  const rows = await db.$queryRaw<{ deleted: number; looked: number; left_at: string | null; id: string | null }[]>`
    WITH due AS MATERIALIZED (
      SELECT clock_timestamp() - make_interval(secs => ${days}::float8 * 86400) AS at
    ), batch AS MATERIALIZED (
      SELECT d.id, d.left_at, d.returned_from FROM dead_letter d, due
      WHERE d.left_at IS NOT NULL AND d.left_at < due.at
        AND (d.left_at, d.id) > (${after?.leftAt ?? "-infinity"}::timestamptz, ${after?.id ?? "0"}::text::bigint)
      ORDER BY d.left_at, d.id LIMIT ${limit}
    ), free AS MATERIALIZED (
      SELECT b.id FROM batch b
      WHERE b.returned_from IS NULL
        AND NOT EXISTS (SELECT 1 FROM archive a WHERE a.dead_letter_id = b.id)
        AND NOT EXISTS (SELECT 1 FROM replay_item i WHERE i.dead_letter_id = b.id)
    ), edits AS (
      DELETE FROM edit e USING free f WHERE e.dead_letter_id = f.id
    ), gone AS (
      DELETE FROM dead_letter d USING free f, due WHERE d.id = f.id AND d.left_at < due.at RETURNING d.id
    ), contents AS (
      DELETE FROM dead_letter_content c USING batch b
      WHERE c.dead_letter_id = b.id AND b.id NOT IN (SELECT id FROM free)
        AND NOT EXISTS (
          SELECT 1 FROM replay_item i
          WHERE i.dead_letter_id = b.id AND i.state IN ('planned', 'claimed', 'sending', 'sent', 'uncertain'))
        AND NOT EXISTS (SELECT 1 FROM archive a WHERE a.dead_letter_id = b.id)
    )
    SELECT (SELECT count(*)::int FROM gone) AS deleted, (SELECT count(*)::int FROM batch) AS looked, last.left_at::text AS left_at, last.id::text AS id
    FROM (SELECT 1) one LEFT JOIN (SELECT left_at, id FROM batch ORDER BY left_at DESC, id DESC LIMIT 1) last ON true`;
  const row = rows[0] as (typeof rows)[number];
  const next: ForgetPlace | null =
    row.looked === limit && row.left_at !== null && row.id !== null ? { leftAt: row.left_at, id: row.id } : null;
  return { deleted: row.deleted, next };
}
