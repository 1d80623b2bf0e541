import type { Database } from "./database";
import type { ListedQueue, ListingChange } from "./ports/scans";

/**
 * Takes a whole listing of a namespace over in two statements. A DLQ that had vanished and is back is another one: its positions begin
 * anew, so its scan does, too. What could not be read this time keeps its earlier value and its date. A transfer dead-letter queue is listed
 * while its entity forwards; one that still holds messages stays after that, until it is empty or its entity is gone.
 */
export async function recordListing(
  db: Database,
  namespace: string,
  queues: readonly ListedQueue[],
): Promise<ListingChange[]> {
  const listed = await db.$queryRaw<{ id: number; entity_path: string; change: "found" | "returned" }[]>`
    WITH listed AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(queues)}::jsonb) AS x(
        "entityPath" text, "entityKind" text, "subQueue" text, "originPath" text, settings jsonb, rules jsonb)
    ), home AS (
      UPDATE namespace SET listed_at = clock_timestamp(), list_error = NULL WHERE name = ${namespace} RETURNING id
    ), back AS (
      SELECT q.id FROM queue q JOIN home h ON h.id = q.namespace_id
      JOIN listed l ON l."entityPath" = q.entity_path AND l."subQueue" = q.sub_queue
      WHERE q.vanished_at IS NOT NULL
    ), written AS (
      INSERT INTO queue AS q (namespace_id, entity_path, entity_kind, sub_queue, origin_path, settings, settings_read_at, rules)
      SELECT h.id, l."entityPath", l."entityKind", l."subQueue", l."originPath", nullif(l.settings, 'null'),
        CASE WHEN nullif(l.settings, 'null') IS NULL THEN NULL ELSE clock_timestamp() END, nullif(l.rules, 'null')
      FROM listed l, home h
      ON CONFLICT (namespace_id, entity_path, sub_queue) DO UPDATE SET
        entity_kind = excluded.entity_kind, origin_path = excluded.origin_path,
        settings = coalesce(excluded.settings, q.settings),
        settings_read_at = coalesce(excluded.settings_read_at, q.settings_read_at),
        rules = coalesce(excluded.rules, q.rules),
        vanished_at = NULL,
        scan_error = CASE WHEN q.vanished_at IS NULL THEN q.scan_error END,
        scan_error_at = CASE WHEN q.vanished_at IS NULL THEN q.scan_error_at END,
        high_water = CASE WHEN q.vanished_at IS NULL THEN q.high_water ELSE 0 END,
        walk_position = CASE WHEN q.vanished_at IS NULL THEN q.walk_position ELSE 0 END,
        walk_started_at = CASE WHEN q.vanished_at IS NULL THEN q.walk_started_at END,
        walked_at = CASE WHEN q.vanished_at IS NULL THEN q.walked_at END,
        next_scan_at = CASE WHEN q.vanished_at IS NULL THEN q.next_scan_at ELSE clock_timestamp() END
      RETURNING q.id, q.entity_path, q.xmax = 0 AS inserted
    )
    SELECT w.id, w.entity_path, CASE WHEN w.inserted THEN 'found' ELSE 'returned' END AS change
    FROM written w WHERE w.inserted OR w.id IN (SELECT id FROM back)
    ORDER BY w.id`;
  const gone = await db.$queryRaw<{ id: number; entity_path: string }[]>`
    UPDATE queue q SET vanished_at = clock_timestamp(), count = NULL, count_read_at = NULL, count_source = NULL
    FROM namespace n
    WHERE n.id = q.namespace_id AND n.name = ${namespace} AND q.vanished_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM jsonb_to_recordset(${JSON.stringify(queues)}::jsonb) AS l("entityPath" text, "subQueue" text)
      WHERE l."entityPath" = q.entity_path
        AND (l."subQueue" = q.sub_queue OR (q.sub_queue = 'transfer-dead-letter' AND l."subQueue" = 'dead-letter' AND (
          q.count > 0 OR EXISTS (SELECT 1 FROM dead_letter d WHERE d.queue_id = q.id AND d.left_at IS NULL))))
    )
    RETURNING q.id, q.entity_path`;
  return [
    ...listed.map((row) => ({ queueId: row.id, entityPath: row.entity_path, change: row.change })),
    ...gone.map((row) => ({ queueId: row.id, entityPath: row.entity_path, change: "vanished" as const })),
  ];
}
