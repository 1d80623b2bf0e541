import type { Database } from "./database";
import type { PendingMessage, SearchEntry } from "./ports/search";

/** Contents are read together up to this size; larger ones one by one, so that a batch does not fill the memory. */
const TOGETHER_BYTES = 131_072;

interface PendingRow {
  readonly id: string;
  readonly present: boolean;
  readonly queue_id: number;
  readonly broker: string;
  readonly description: string | null;
  readonly content_type: string | null;
  readonly message_id: string | null;
  readonly subject: string | null;
  readonly correlation_id: string | null;
  readonly session_id: string | null;
  readonly size: number;
  readonly properties: { name: string; type: string; value: string }[];
  readonly encoded: Uint8Array | null;
  readonly kept: boolean;
}

export async function takePending(db: Database, limit: number): Promise<PendingMessage[]> {
  const rows = await db.$queryRaw<PendingRow[]>`
    WITH taken AS (
      DELETE FROM search_pending WHERE seq IN (
        SELECT seq FROM search_pending ORDER BY seq LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ) RETURNING dead_letter_id
    )
    SELECT t.id::text, (d.left_at IS NULL AND d.id IS NOT NULL) AS present, d.queue_id, n.broker, d.description, d.content_type, d.message_id,
      d.subject, d.correlation_id, d.session_id, d.size, d.properties,
      CASE WHEN length(c.encoded) <= ${TOGETHER_BYTES} THEN c.encoded END AS encoded, c.dead_letter_id IS NOT NULL AS kept
    FROM (SELECT DISTINCT dead_letter_id AS id FROM taken) t
      LEFT JOIN dead_letter d ON d.id = t.id LEFT JOIN queue q ON q.id = d.queue_id LEFT JOIN namespace n ON n.id = q.namespace_id
      LEFT JOIN dead_letter_content c ON c.dead_letter_id = d.id AND d.left_at IS NULL
    ORDER BY t.id`;
  const messages: PendingMessage[] = [];
  for (const row of rows) messages.push({ id: row.id, message: row.present ? await toMessage(db, row) : null });
  return messages;
}

async function toMessage(db: Database, row: PendingRow): Promise<NonNullable<PendingMessage["message"]>> {
  const encoded =
    row.encoded === null && row.kept
      ? ((await db.deadLetterContent.findUnique({ where: { deadLetterId: BigInt(row.id) } }))?.encoded ?? null)
      : row.encoded;
  return {
    queueId: row.queue_id,
    broker: row.broker,
    description: row.description,
    contentType: row.content_type,
    messageId: row.message_id,
    subject: row.subject,
    correlationId: row.correlation_id,
    sessionId: row.session_id,
    size: row.size,
    properties: row.properties,
    encoded,
  };
}

/** Text of entries that goes in one statement, at most, in UTF-16 units. */
const TOGETHER_TEXT = 4_000_000;

/** A few statements for a batch. A message that left in the meantime gets no entry: its leaving is pending. */
export async function saveEntries(
  db: Database,
  entries: readonly (SearchEntry & { readonly id: string; readonly queueId: number })[],
): Promise<void> {
  let rows: string[] = [];
  let length = 0;
  for (const entry of entries) {
    const row = JSON.stringify({
      id: entry.id,
      queue_id: entry.queueId,
      words: entry.words,
      facts: `{${entry.facts.join(",")}}`,
      fields: entry.fields,
      body: entry.body,
      gap: entry.gap,
      traced: entry.traced,
    });
    rows.push(row);
    length += row.length;
    if (length < TOGETHER_TEXT) continue;
    await saveRows(db, rows);
    rows = [];
    length = 0;
  }
  if (rows.length > 0) await saveRows(db, rows);
}

async function saveRows(db: Database, rows: readonly string[]): Promise<void> {
  await db.$executeRaw`
    INSERT INTO message_search (dead_letter_id, queue_id, words, facts, fields, body, gap, traced, indexed_at)
    SELECT x.id, x.queue_id, x.words::tsvector, x.facts::bigint[], x.fields::jsonb, x.body, x.gap, x.traced, clock_timestamp()
    FROM jsonb_to_recordset(${`[${rows.join(",")}]`}::jsonb)
      AS x(id bigint, queue_id int, words text, facts text, fields text, body text, gap text, traced boolean)
    JOIN dead_letter d ON d.id = x.id AND d.left_at IS NULL
    ON CONFLICT (dead_letter_id) DO UPDATE SET words = excluded.words, facts = excluded.facts, fields = excluded.fields,
      body = excluded.body, gap = excluded.gap, traced = excluded.traced, indexed_at = excluded.indexed_at`;
}
