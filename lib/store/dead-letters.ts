import { findTrace } from "@/lib/domain/trace";
import type { Database } from "./database";
import { listDeadLetters } from "./dead-letter-pages";
import { ROW, ROW_JOINS, type Row, toRow } from "./dead-letter-rows";
import { readLineage } from "./lineage";
import type { DeadLetterContent, DeadLetterFacts, DeadLetterStore } from "./ports/dead-letters";
import { countByQueue } from "./queue-breakdown";
import { readClock } from "./queue-summaries";

export function deadLetterStore(db: Database): DeadLetterStore {
  return {
    list: (request) => listDeadLetters(db, request),
    countByQueue: (request) => countByQueue(db, request),
    detail: (id) => readDetail(db, id),

    async content(id) {
      const rows = await db.$queryRaw<DeadLetterContent[]>`
        SELECT d.id::text AS "deadLetterId", d.queue_id AS "queueId", n.broker, d.content_type AS "contentType", d.size,
          d.body_size AS "bodySize", coalesce(c.encoded, f.encoded) AS encoded
        FROM dead_letter d JOIN queue q ON q.id = d.queue_id JOIN namespace n ON n.id = q.namespace_id
          LEFT JOIN dead_letter_content c ON c.dead_letter_id = d.id LEFT JOIN content_fetch f ON f.dead_letter_id = d.id
        WHERE d.id = ${id}::text::bigint`;
      return rows[0] ?? null;
    },
  };
}

interface DetailRow extends Row {
  readonly namespace: string;
  readonly sub_queue: string;
  readonly origin_path: string;
  readonly cause_id: string;
  readonly signature: string;
  readonly partition_key: string | null;
  readonly dead_letter_source: string | null;
  readonly body_size: number;
  readonly properties: { name: string; value: string }[];
}

async function readDetail(db: Database, id: string): Promise<DeadLetterFacts | null> {
  const { at } = await readClock(db);
  const rows = await db.$queryRaw<DetailRow[]>`
    SELECT ${ROW}, n.name AS namespace, q.sub_queue, q.origin_path,
      c.id::text AS cause_id, c.signature, d.partition_key, d.dead_letter_source, d.body_size, d.properties
    FROM dead_letter d
      JOIN queue q ON q.id = d.queue_id JOIN namespace n ON n.id = q.namespace_id JOIN cause c ON c.id = d.cause_id
      ${ROW_JOINS}
    WHERE d.id = ${id}::text::bigint`;
  const row = rows[0];
  if (row === undefined) return null;
  return {
    at: at.toISOString(),
    row: toRow(row),
    queue: {
      id: row.queue_id,
      namespace: row.namespace,
      entityPath: row.entity_path,
      subQueue: row.sub_queue,
      originPath: row.origin_path,
    },
    causeId: row.cause_id,
    signature: row.signature,
    partitionKey: row.partition_key,
    deadLetterSource: row.dead_letter_source,
    bodySize: row.body_size,
    trace: findTrace(row.properties),
    lineage: await readLineage(db, id),
  };
}
