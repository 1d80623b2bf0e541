import { createHash, randomUUID } from "node:crypto";
import { SIGNATURE_VERSION } from "../domain/fingerprint";
import type { TestDatabase } from "./test-database";

export interface MadeQueue {
  readonly id: number;
  readonly namespaceId: number;
  readonly namespace: string;
  readonly entityPath: string;
}

/** A namespace and a DLQ of an ordinary queue, as the scanner would have found them. Settings as given; null: unreadable. */
export async function makeQueue(
  database: TestDatabase,
  given: {
    entityPath?: string;
    namespace?: string;
    subQueue?: string;
    originPath?: string;
    entityKind?: "queue" | "subscription";
    settings?: Record<string, unknown> | null;
    rules?: unknown;
  } = {},
): Promise<MadeQueue> {
  const namespace = given.namespace ?? "test";
  const entityPath = given.entityPath ?? "orders";
  const settings =
    given.settings === null
      ? null
      : {
          duplicateDetection: { enabled: false, windowSeconds: 0 },
          requiresSession: false,
          lockSeconds: 60,
          maxDeliveryCount: 10,
          defaultTimeToLiveSeconds: null,
          partitioned: false,
          maxMessageBytes: 262_144,
          forwardDeadLettersTo: null,
          ...given.settings,
        };
  const rows = await database.query<{ id: number; namespace_id: number }>(
    `WITH n AS (
       INSERT INTO namespace (name, broker) VALUES ($1, 'service-bus') ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name RETURNING id
     )
     INSERT INTO queue (namespace_id, entity_path, entity_kind, sub_queue, origin_path, settings, settings_read_at, rules)
     SELECT n.id, $2, $3, $4, $5, $6::jsonb, now(), $7::jsonb FROM n RETURNING id, namespace_id`,
    [
      namespace,
      entityPath,
      given.entityKind ?? "queue",
      given.subQueue ?? "dead-letter",
      given.originPath ?? entityPath,
      settings === null ? null : JSON.stringify(settings),
      given.rules === undefined ? null : JSON.stringify(given.rules),
    ],
  );
  const row = rows[0] as { id: number; namespace_id: number };
  return { id: row.id, namespaceId: row.namespace_id, namespace, entityPath };
}

export interface GivenDeadLetter {
  readonly key: string;
  readonly messageId?: string | null;
  readonly enqueuedAt?: Date;
  readonly sessionId?: string | null;
  readonly size?: number;
  readonly expiresAt?: Date | null;
  readonly contentHash?: Uint8Array;
  readonly reason?: string;
  readonly bodySize?: number;
}

/** Dead letters in the index, one cause for all of one reason. Answers their ids in the order given. */
export async function makeDeadLetters(
  database: TestDatabase,
  queue: MadeQueue,
  given: readonly GivenDeadLetter[],
): Promise<string[]> {
  const rows = given.map((message, n) => ({
    n,
    key: message.key,
    message_id: message.messageId === undefined ? `message-${message.key}` : message.messageId,
    enqueued_at: (message.enqueuedAt ?? new Date(Date.now() - 86_400_000)).toISOString(),
    session_id: message.sessionId ?? null,
    size: message.size ?? 500,
    body_size: message.bodySize ?? 100,
    expires_at: message.expiresAt?.toISOString() ?? null,
    hash: Buffer.from(message.contentHash ?? createHash("sha256").update(message.key).digest()).toString("base64"),
    reason: message.reason ?? "Failed",
  }));
  const made = await database.query<{ id: string }>(
    `WITH given AS (
       SELECT * FROM jsonb_to_recordset($2::jsonb) AS g(n int, key text, message_id text, enqueued_at timestamptz, session_id text,
         size int, body_size int, expires_at timestamptz, hash text, reason text)
     ), causes AS (
       INSERT INTO cause (queue_id, reason, signature, signature_version, fingerprint)
       SELECT DISTINCT $1::int, reason, 'as made', ${SIGNATURE_VERSION}, md5(reason) FROM given
       ON CONFLICT (queue_id, fingerprint) DO UPDATE SET last_seen_at = now() RETURNING id, reason
     )
     INSERT INTO dead_letter (queue_id, cause_id, key, position, message_id, enqueued_at, seen_in_walk, reason, delivery_count, size,
       body_size, session_id, expires_at, properties, content_hash, root_enqueued_at)
     SELECT $1::int, c.id, g.key, g.key::bigint, g.message_id, g.enqueued_at, 1, g.reason, 10, g.size, g.body_size, g.session_id,
       g.expires_at, '[]'::jsonb, decode(g.hash, 'base64'), g.enqueued_at
     FROM given g JOIN causes c USING (reason) ORDER BY g.n RETURNING id::text`,
    [queue.id, JSON.stringify(rows)],
  );
  return made.map(({ id }) => id);
}

/** A person who can be the author of plans. */
export async function makePerson(
  database: TestDatabase,
  name = "Olga Operator",
): Promise<{ kind: "person"; id: string; name: string }> {
  const id = randomUUID();
  await database.query(
    `INSERT INTO person (id, provider, subject, name, roles) VALUES ($1, 'local', $2, $3, '{operator}')`,
    [id, id, name],
  );
  return { kind: "person", id, name };
}
