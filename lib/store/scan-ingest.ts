import { byteaArray, int4Array, int8Array, jsonbArray, textArray, timestamptzArray, uuidArray } from "./binary-arrays";
import type { NewDeadLetter, ReturnedCopy } from "./ports/scans";
import type { RunStatement, Statement } from "./statement";

/**
 * Takes messages into the index in one statement: causes, dead letters, contents, and the items whose copies they are. Messages travel
 * as columns, each cause once; the contents as one run of bytes, cut by offset in the database.
 *
 * A copy of ours is known by stamp and message id together (R11): consumers copy properties onto messages of their own. Its age counts from
 * the root of its lineage (R12). The item's
 * state is the replay's to judge (R5); its outcome is known here, also before the ledger has recorded the send.
 * A copy that dies in several DLQs is the item's first return and further rows with the same origin.
 */
const INGEST: Statement = {
  name: "scan-ingest",
  text: `
    WITH page AS MATERIALIZED (
      SELECT nextval('dead_letter_id_seq') AS id, x.*
      FROM unnest($10::text[], $11::text[], $12::bigint[], $13::text[], $14::timestamptz[], $15::text[], $16::text[], $17::int[], $18::int[],
          $19::int[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::timestamptz[], $26::text[], $27::jsonb[],
          $28::bytea[], $29::uuid[], $30::int[], $31::int[])
        AS x(fingerprint, key, position, message_id, enqueued_at, reason, description, delivery_count, size, body_size,
          content_type, subject, correlation_id, session_id, partition_key, expires_at, dead_letter_source, properties, hash, stamped_item,
          content_from, content_length)
    ), causes AS (
      INSERT INTO cause (queue_id, reason, signature, signature_version, fingerprint, rule_id, example, first_seen_at, last_seen_at)
      SELECT $1::int, x.reason, x.signature, x.signature_version, x.fingerprint, x.rule_id, x.example, clock_timestamp(), clock_timestamp()
      FROM unnest($4::text[], $5::text[], $6::int[], $7::text[], $8::int[], $9::text[])
        AS x(reason, signature, signature_version, fingerprint, rule_id, example)
      ON CONFLICT (queue_id, fingerprint) DO UPDATE SET last_seen_at = excluded.last_seen_at
      RETURNING id, fingerprint
    ), letters AS (
      INSERT INTO dead_letter (id, queue_id, cause_id, key, position, message_id, enqueued_at, first_seen_at, seen_in_walk, reason, description,
        delivery_count, size, body_size, content_type, subject, correlation_id, session_id, partition_key, expires_at, dead_letter_source,
        properties, content_hash, returned_from, root_enqueued_at)
      SELECT p.id, $1::int, c.id, p.key, p.position, p.message_id, p.enqueued_at, clock_timestamp(), $2::int, p.reason, p.description,
        p.delivery_count, p.size, p.body_size, p.content_type, p.subject, p.correlation_id, p.session_id, p.partition_key, p.expires_at,
        p.dead_letter_source, p.properties, p.hash, origin.id,
        least(origin.root_enqueued_at, p.enqueued_at)
      FROM page p JOIN causes c USING (fingerprint) LEFT JOIN LATERAL (
        SELECT i.id, d.root_enqueued_at FROM replay_item i JOIN dead_letter d ON d.id = i.dead_letter_id
        WHERE i.id = p.stamped_item AND i.sent_message_id IS NOT DISTINCT FROM p.message_id AND i.intent_at IS NOT NULL
        OFFSET 0
      ) origin ON true
      RETURNING id, returned_from
    ), contents AS (
      INSERT INTO dead_letter_content (dead_letter_id, encoded)
      SELECT p.id, substring($3::bytea FROM p.content_from FOR p.content_length) FROM page p WHERE p.content_from IS NOT NULL
    ), evidence AS (
      UPDATE replay_item i SET
        returned_as = coalesce(i.returned_as, first.id), returned_at = coalesce(i.returned_at, clock_timestamp()),
        outcome = CASE WHEN i.outcome = 'confirmed' THEN i.outcome ELSE 'returned' END
      FROM (SELECT returned_from, min(id) AS id FROM letters WHERE returned_from IS NOT NULL GROUP BY returned_from) first
      WHERE i.id = first.returned_from
      RETURNING i.id, i.replay_id
    )
    SELECT l.id::text AS dead_letter_id, e.id::text AS item_id, e.replay_id::text AS replay_id
    FROM letters l JOIN evidence e ON e.id = l.returned_from ORDER BY l.id`,
};

export async function ingestDeadLetters(
  run: RunStatement,
  queueId: number,
  walkNumber: number,
  messages: readonly NewDeadLetter[],
): Promise<ReturnedCopy[]> {
  const returned = await run<{ dead_letter_id: string; item_id: string; replay_id: string }>(INGEST, [
    queueId,
    walkNumber,
    ...causeColumns(messages),
    ...messageColumns(messages),
  ]);
  return returned.map((row) => ({ deadLetterId: row.dead_letter_id, itemId: row.item_id, replayId: row.replay_id }));
}

/** The contents first, then a row for each cause, with the first message as its example; in one order, so that writers never wait in a circle. */
function causeColumns(messages: readonly NewDeadLetter[]): unknown[] {
  const first = new Map<string, NewDeadLetter>();
  for (const message of messages) {
    if (!first.has(message.cause.fingerprint)) first.set(message.cause.fingerprint, message);
  }
  const causes = [...first.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, message]) => message);
  return [
    Buffer.concat(messages.flatMap(({ encoded }) => encoded ?? [])),
    textArray(causes, ({ cause }) => cause.reason),
    textArray(causes, ({ cause }) => cause.signature),
    int4Array(causes, ({ cause }) => cause.signatureVersion),
    textArray(causes, ({ cause }) => cause.fingerprint),
    int4Array(causes, ({ cause }) => cause.ruleId),
    textArray(causes, ({ description }) => description),
  ];
}

function messageColumns(messages: readonly NewDeadLetter[]): Buffer[] {
  const text = (column: (message: NewDeadLetter) => string | null) => textArray(messages, column);
  let offset = 1;
  const from = messages.map(({ encoded }) => {
    const start = offset;
    offset += encoded?.length ?? 0;
    return encoded === null ? null : start;
  });
  return [
    text(({ cause }) => cause.fingerprint),
    text(({ key }) => key),
    int8Array(messages, ({ position }) => position),
    text(({ messageId }) => messageId),
    timestamptzArray(messages, ({ enqueuedAt }) => enqueuedAt),
    text(({ reason }) => reason),
    text(({ description }) => description),
    int4Array(messages, ({ deliveryCount }) => deliveryCount),
    int4Array(messages, ({ size }) => size),
    int4Array(messages, ({ bodySize }) => bodySize),
    text(({ contentType }) => contentType),
    text(({ subject }) => subject),
    text(({ correlationId }) => correlationId),
    text(({ sessionId }) => sessionId),
    text(({ partitionKey }) => partitionKey),
    timestamptzArray(messages, ({ expiresAt }) => expiresAt),
    text(({ deadLetterSource }) => deadLetterSource),
    jsonbArray(messages, ({ propertiesJson }) => propertiesJson),
    byteaArray(messages, ({ contentHash }) => contentHash),
    uuidArray(messages, ({ stampedItem }) => stampedItem),
    int4Array(from, (start) => start),
    int4Array(messages, ({ encoded }) => encoded?.length ?? null),
  ];
}
