import type { Database } from "./database";
import type { NewDeadLetter, ReturnedCopy } from "./ports/scans";

/**
 * Takes messages into the index in one statement: causes, dead letters, contents, and the items whose copies they are.
 * The contents travel as one run of bytes, cut by offset in the database.
 *
 * A copy of ours is known by stamp and message id together (R11): consumers copy properties onto messages of their own. Its age counts from
 * the root of its lineage (R12). The item's
 * state is the replay's to judge (R5); its outcome is known here, also before the ledger has recorded the send.
 * A copy that dies in several DLQs is the item's first return and further rows with the same origin.
 */
export async function ingestDeadLetters(
  db: Database,
  queueId: number,
  walkNumber: number,
  messages: readonly NewDeadLetter[],
): Promise<ReturnedCopy[]> {
  const contents: Uint8Array[] = [];
  let offset = 0;
  const rows = messages.map((message) => {
    const start = message.encoded === null ? null : offset + 1;
    if (message.encoded !== null) {
      contents.push(message.encoded);
      offset += message.encoded.length;
    }
    return toRow(message, start);
  });
  const returned = await db.$queryRaw<{ dead_letter_id: string; item_id: string; replay_id: string }[]>`
    WITH page AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS x(
        key text, position bigint, message_id text, enqueued_at timestamptz, reason text, description text, delivery_count int, size int,
        body_size int, content_type text, subject text, correlation_id text, session_id text, partition_key text, expires_at timestamptz,
        dead_letter_source text, properties jsonb, content_hash text, stamped_item text, cause_reason text, signature text,
        signature_version int, fingerprint text, rule_id int, content_from int, content_length int)
    ), causes AS (
      INSERT INTO cause (queue_id, reason, signature, signature_version, fingerprint, rule_id, example, first_seen_at, last_seen_at)
      SELECT DISTINCT ON (p.fingerprint)
        ${queueId}, p.cause_reason, p.signature, p.signature_version, p.fingerprint, p.rule_id, p.description, clock_timestamp(), clock_timestamp()
      FROM page p ORDER BY p.fingerprint, p.position
      ON CONFLICT (queue_id, fingerprint) DO UPDATE SET last_seen_at = excluded.last_seen_at
      RETURNING id, fingerprint
    ), letters AS (
      INSERT INTO dead_letter (queue_id, cause_id, key, position, message_id, enqueued_at, first_seen_at, seen_in_walk, reason, description,
        delivery_count, size, body_size, content_type, subject, correlation_id, session_id, partition_key, expires_at, dead_letter_source,
        properties, content_hash, returned_from, root_enqueued_at)
      SELECT ${queueId}, c.id, p.key, p.position, p.message_id, p.enqueued_at, clock_timestamp(), ${walkNumber}, p.reason, p.description,
        p.delivery_count, p.size, p.body_size, p.content_type, p.subject, p.correlation_id, p.session_id, p.partition_key, p.expires_at,
        p.dead_letter_source, p.properties, decode(p.content_hash, 'hex'), origin.id,
        least(origin.root_enqueued_at, p.enqueued_at)
      FROM page p JOIN causes c USING (fingerprint) LEFT JOIN LATERAL (
        SELECT i.id, d.root_enqueued_at FROM replay_item i JOIN dead_letter d ON d.id = i.dead_letter_id
        WHERE i.id = p.stamped_item::uuid AND i.sent_message_id IS NOT DISTINCT FROM p.message_id AND i.intent_at IS NOT NULL
      ) origin ON true
      ON CONFLICT (queue_id, key) WHERE left_at IS NULL DO NOTHING
      RETURNING id, key, returned_from
    ), contents AS (
      INSERT INTO dead_letter_content (dead_letter_id, encoded)
      SELECT l.id, substring(${Buffer.concat(contents)}::bytea FROM p.content_from FOR p.content_length)
      FROM letters l JOIN page p USING (key) WHERE p.content_from IS NOT NULL
    ), evidence AS (
      UPDATE replay_item i SET
        returned_as = coalesce(i.returned_as, first.id), returned_at = coalesce(i.returned_at, clock_timestamp()),
        outcome = CASE WHEN i.outcome = 'confirmed' THEN i.outcome ELSE 'returned' END
      FROM (SELECT returned_from, min(id) AS id FROM letters GROUP BY returned_from) first
      WHERE i.id = first.returned_from
      RETURNING i.id, i.replay_id
    )
    SELECT l.id::text AS dead_letter_id, e.id::text AS item_id, e.replay_id::text AS replay_id
    FROM letters l JOIN evidence e ON e.id = l.returned_from ORDER BY l.id`;
  return returned.map((row) => ({ deadLetterId: row.dead_letter_id, itemId: row.item_id, replayId: row.replay_id }));
}

function toRow(message: NewDeadLetter, start: number | null): Record<string, unknown> {
  return {
    key: message.key,
    position: message.position.toString(),
    message_id: message.messageId,
    enqueued_at: message.enqueuedAt.toISOString(),
    reason: message.reason,
    description: message.description,
    delivery_count: message.deliveryCount,
    size: message.size,
    body_size: message.bodySize,
    content_type: message.contentType,
    subject: message.subject,
    correlation_id: message.correlationId,
    session_id: message.sessionId,
    partition_key: message.partitionKey,
    expires_at: message.expiresAt?.toISOString() ?? null,
    dead_letter_source: message.deadLetterSource,
    properties: message.properties,
    content_hash: Buffer.from(message.contentHash).toString("hex"),
    stamped_item: message.stampedItem,
    cause_reason: message.cause.reason,
    signature: message.cause.signature,
    signature_version: message.cause.signatureVersion,
    fingerprint: message.cause.fingerprint,
    rule_id: message.cause.ruleId,
    content_from: start,
    content_length: message.encoded?.length ?? null,
  };
}
