import type { Database } from "./database";
import type { ContentFetch, ContentFetchStore, WantedContent } from "./ports/content-fetches";

export function contentFetchStore(db: Database): ContentFetchStore {
  return {
    want: async (deadLetterId) => {
      // A failure is told once; who asks after that has it tried again.
      const rows = await db.$queryRaw<ContentFetch[]>`
        INSERT INTO content_fetch AS f (dead_letter_id, state)
        SELECT d.id, 'wanted' FROM dead_letter d WHERE d.id = ${deadLetterId}::text::bigint AND d.left_at IS NULL
        ON CONFLICT (dead_letter_id) DO UPDATE SET
          state = CASE WHEN f.state = 'failed' OR f.expires_at < clock_timestamp() THEN 'wanted' ELSE f.state END,
          requested_at = clock_timestamp(), error = NULL
        RETURNING f.state, f.error`;
      return rows[0] ?? null;
    },

    find: async (deadLetterId) => {
      const rows = await db.$queryRaw<ContentFetch[]>`
        SELECT f.state, f.error FROM content_fetch f
        WHERE f.dead_letter_id = ${deadLetterId}::text::bigint AND (f.expires_at IS NULL OR f.expires_at >= clock_timestamp())`;
      return rows[0] ?? null;
    },

    claim: async ({ worker, namespaces, limit, leaseSeconds }) => {
      const rows = await db.$queryRaw<WantedContent[]>`
        WITH due AS (
          SELECT f.dead_letter_id FROM content_fetch f JOIN dead_letter d ON d.id = f.dead_letter_id
            JOIN queue q ON q.id = d.queue_id JOIN namespace n ON n.id = q.namespace_id
          WHERE (f.state = 'wanted' OR (f.state = 'fetching' AND f.lease_until < clock_timestamp())) AND n.name = ANY(${namespaces}::text[])
          ORDER BY f.requested_at LIMIT ${limit} FOR UPDATE OF f SKIP LOCKED
        )
        UPDATE content_fetch f SET state = 'fetching', worker_id = ${worker}::uuid,
          lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}::float8)
        FROM due, dead_letter d, queue q, namespace n
        WHERE f.dead_letter_id = due.dead_letter_id AND d.id = f.dead_letter_id AND q.id = d.queue_id AND n.id = q.namespace_id
        RETURNING d.id::text AS "deadLetterId", n.name AS namespace, q.entity_path AS "entityPath", q.sub_queue AS "subQueue",
          d.key, d.position, d.content_hash AS "contentHash"`;
      return rows;
    },

    keep: async (deadLetterId, worker, encoded, forSeconds) => {
      await db.$executeRaw`
        UPDATE content_fetch SET state = 'fetched', encoded = ${encoded}, error = NULL, worker_id = NULL, lease_until = NULL,
          expires_at = clock_timestamp() + make_interval(secs => ${forSeconds}::float8)
        WHERE dead_letter_id = ${deadLetterId}::text::bigint AND worker_id = ${worker}::uuid`;
    },

    fail: async (deadLetterId, worker, error) => {
      await db.$executeRaw`
        UPDATE content_fetch SET state = 'failed', error = ${error}, worker_id = NULL, lease_until = NULL,
          expires_at = clock_timestamp() + interval '1 hour'
        WHERE dead_letter_id = ${deadLetterId}::text::bigint AND worker_id = ${worker}::uuid`;
    },

    dropExpired: async () => {
      await db.$executeRaw`DELETE FROM content_fetch WHERE expires_at < clock_timestamp()`;
    },
  };
}
