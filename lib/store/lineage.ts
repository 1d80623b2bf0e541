import type { DeadLetterDetail } from "@/lib/contracts/dead-letters";
import type { Database } from "./database";
import { iso } from "./queue-summaries";

/** Copies of copies are followed this far: a replay that is repeated longer shows its newest part. */
const MAX_DEPTH = 50;

interface LineageRow {
  readonly replay_id: string;
  readonly item_id: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly sent_at: Date | null;
  readonly returned_at: Date | null;
  readonly started_by: string | null;
  readonly edited: boolean;
}

/** Replays of this message and of the messages that it is a copy of, newest first. */
export async function readLineage(db: Database, deadLetterId: string): Promise<DeadLetterDetail["lineage"]> {
  const rows = await db.$queryRaw<LineageRow[]>`
    WITH RECURSIVE ancestry AS (
      SELECT d.id, d.returned_from, 1 AS depth FROM dead_letter d WHERE d.id = ${deadLetterId}::text::bigint
      UNION ALL
      SELECT d.id, d.returned_from, a.depth + 1
      FROM ancestry a JOIN replay_item i ON i.id = a.returned_from JOIN dead_letter d ON d.id = i.dead_letter_id
      WHERE a.depth < ${MAX_DEPTH}
    )
    SELECT i.replay_id::text AS replay_id, i.id::text AS item_id, i.state, i.outcome, i.sent_at, i.returned_at,
      p.name AS started_by, i.edit_id IS NOT NULL AS edited
    FROM replay_item i JOIN replay r ON r.id = i.replay_id LEFT JOIN person p ON p.id = r.started_by
    WHERE i.dead_letter_id IN (SELECT id FROM ancestry)
    ORDER BY r.created_at DESC, i.id`;
  return rows.map((row) => ({
    replayId: row.replay_id,
    itemId: row.item_id,
    state: row.state,
    outcome: row.outcome,
    sentAt: iso(row.sent_at),
    returnedAt: iso(row.returned_at),
    startedBy: row.started_by,
    edited: row.edited,
  }));
}
