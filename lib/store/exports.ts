import type { Database } from "./database";
import { matchingDeadLetters, placeFilter } from "./dead-letter-filter";
import { Prisma } from "./generated/client";
import { countFromFigures } from "./place-figures";
import type { ChosenMessage, ExportedMessage, ExportStore } from "./ports/exports";

export function exportStore(db: Database): ExportStore {
  return {
    choose: async (filter, at, limit) =>
      db.$queryRaw<ChosenMessage[]>`
        SELECT d.id::text AS id, d.size FROM dead_letter d WHERE ${matchingDeadLetters(await placeFilter(db, filter), at)}
        ORDER BY d.enqueued_at, d.id LIMIT ${limit}`,

    most: async (filter, at) => countFromFigures(db, await placeFilter(db, filter), at),

    count: async (filter, at, limit) => {
      const [row] = await db.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count
        FROM (SELECT FROM dead_letter d WHERE ${matchingDeadLetters(await placeFilter(db, filter), at)} LIMIT ${limit}) AS matching`;
      return row?.count ?? 0;
    },

    read: (ids, content) => {
      const payloads = content === "payloads";
      const bytes = payloads
        ? Prisma.sql`d.description, c.encoded`
        : Prisma.sql`NULL AS description, NULL::bytea AS encoded`;
      const kept = payloads ? Prisma.sql`LEFT JOIN dead_letter_content c ON c.dead_letter_id = d.id` : Prisma.empty;
      return db.$queryRaw<ExportedMessage[]>`
        SELECT d.id::text AS id, n.name AS namespace, n.broker, q.entity_path AS "entityPath", q.sub_queue AS "subQueue", d.key,
          d.message_id AS "messageId", d.enqueued_at AS "enqueuedAt", d.first_seen_at AS "firstSeenAt", d.reason,
          d.cause_id::text AS "causeId", d.delivery_count AS "deliveryCount", d.size, d.body_size AS "bodySize",
          d.content_type AS "contentType", d.subject, d.correlation_id AS "correlationId", d.session_id AS "sessionId",
          d.partition_key AS "partitionKey", d.returned_from IS NOT NULL AS returned, d.left_at AS "leftAt", ${bytes}
        FROM unnest(${[...ids]}::text[]) WITH ORDINALITY AS wanted (id, n)
          JOIN dead_letter d ON d.id = wanted.id::bigint JOIN queue q ON q.id = d.queue_id JOIN namespace n ON n.id = q.namespace_id
          ${kept}
        ORDER BY wanted.n`;
    },
  };
}
