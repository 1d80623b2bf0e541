import type { DeadLetterDetail, DeadLetterRow, DeadLetterSort } from "@/lib/contracts/dead-letters";
import type { Database } from "./database";
import { matchingDeadLetters } from "./dead-letter-filter";
import { Prisma } from "./generated/client";
import { readLineage } from "./lineage";
import type { DeadLetterListing, DeadLetterListRequest, DeadLetterStore } from "./ports/dead-letters";
import { iso, readClock } from "./queue-summaries";

export function deadLetterStore(db: Database): DeadLetterStore {
  return {
    list: (request) => listDeadLetters(db, request),
    detail: (id) => readDetail(db, id),

    async content(id) {
      const row = await db.deadLetter.findUnique({
        where: { id: BigInt(id) },
        include: { content: true, queue: { include: { namespace: true } } },
      });
      if (row === null) return null;
      return {
        deadLetterId: id,
        queueId: row.queueId,
        broker: row.queue.namespace.broker,
        contentType: row.contentType,
        size: row.size,
        bodySize: row.bodySize,
        encoded: row.content?.encoded ?? null,
      };
    },
  };
}

/** What each sort orders by, and the type of its anchor: an allowlist, since column names cannot be parameters. The id breaks ties. */
const SORTS: Readonly<Record<DeadLetterSort, { column: Prisma.Sql; cast: Prisma.Sql; direction: "asc" | "desc" }>> = {
  oldest: { column: Prisma.sql`d.enqueued_at`, cast: Prisma.sql`timestamptz`, direction: "asc" },
  newest: { column: Prisma.sql`d.enqueued_at`, cast: Prisma.sql`timestamptz`, direction: "desc" },
  largest: { column: Prisma.sql`d.size`, cast: Prisma.sql`int`, direction: "desc" },
  "most-deliveries": { column: Prisma.sql`d.delivery_count`, cast: Prisma.sql`int`, direction: "desc" },
};

interface Row {
  readonly id: string;
  readonly key: string;
  readonly message_id: string | null;
  readonly enqueued_at: Date;
  readonly first_seen_at: Date;
  readonly reason: string;
  readonly description: string | null;
  readonly delivery_count: number;
  readonly size: number;
  readonly content_type: string | null;
  readonly subject: string | null;
  readonly correlation_id: string | null;
  readonly session_id: string | null;
  readonly left_at: Date | null;
  readonly left_how: string | null;
  readonly edited: boolean;
  readonly replay_id: string | null;
  readonly replay_state: string;
  readonly item_state: string;
  readonly outcome: string | null;
  readonly returned_item: string | null;
  readonly returned_replay: string | null;
}

const ROW = Prisma.sql`
  d.id::text AS id, d.key, d.message_id, d.enqueued_at, d.first_seen_at, d.reason, d.description, d.delivery_count, d.size,
  d.content_type, d.subject, d.correlation_id, d.session_id, d.left_at, d.left_how,
  EXISTS (SELECT 1 FROM edit e WHERE e.dead_letter_id = d.id AND e.ended_at IS NULL) AS edited,
  latest.replay_id::text AS replay_id, latest.replay_state, latest.item_state, latest.outcome,
  d.returned_from::text AS returned_item, origin.replay_id::text AS returned_replay`;

/** The live claim of a message, else its newest replay; and the item whose copy it is. */
const ROW_JOINS = Prisma.sql`
  LEFT JOIN LATERAL (
    SELECT i.replay_id, r.state AS replay_state, i.state AS item_state, i.outcome
    FROM replay_item i JOIN replay r ON r.id = i.replay_id
    WHERE i.dead_letter_id = d.id
    ORDER BY (i.state IN ('planned', 'claimed', 'sending', 'sent', 'uncertain')) DESC, r.created_at DESC
    LIMIT 1
  ) latest ON true
  LEFT JOIN replay_item origin ON origin.id = d.returned_from`;

async function listDeadLetters(db: Database, request: DeadLetterListRequest): Promise<DeadLetterListing> {
  const { column, cast, direction } = SORTS[request.sort];
  const matching = matchingDeadLetters(request.filter, request.at);
  const order = Prisma.raw(direction);
  const after =
    request.after === null
      ? Prisma.empty
      : Prisma.sql`AND (${column}, d.id) ${Prisma.raw(direction === "asc" ? ">" : "<")} (${request.after.value}::text::${cast}, ${request.after.id}::text::bigint)`;
  // The page is cut out first: the joins run for its rows alone.
  const rows = await db.$queryRaw<Row[]>`
    WITH page AS (
      SELECT d.* FROM dead_letter d WHERE ${matching} ${after}
      ORDER BY ${column} ${order}, d.id ${order} LIMIT ${request.limit + 1}
    )
    SELECT ${ROW} FROM page d ${ROW_JOINS} ORDER BY ${column} ${order}, d.id ${order}`;
  const counted = await db.$queryRaw<{ n: number }[]>`SELECT count(*)::int AS n FROM dead_letter d WHERE ${matching}`;
  const page = rows.slice(0, request.limit);
  const last = page.at(-1);
  return {
    rows: page.map(toRow),
    next:
      rows.length > request.limit && last !== undefined
        ? { value: anchorValue(request.sort, last), id: last.id }
        : null,
    total: counted[0]?.n ?? 0,
  };
}

function anchorValue(sort: DeadLetterSort, row: Row): string {
  switch (sort) {
    case "oldest":
    case "newest":
      return row.enqueued_at.toISOString();
    case "largest":
      return String(row.size);
    case "most-deliveries":
      return String(row.delivery_count);
  }
}

function toRow(row: Row): DeadLetterRow {
  return {
    id: row.id,
    key: row.key,
    messageId: row.message_id,
    enqueuedAt: row.enqueued_at.toISOString(),
    firstSeenAt: row.first_seen_at.toISOString(),
    reason: row.reason,
    description: row.description,
    deliveryCount: row.delivery_count,
    size: row.size,
    contentType: row.content_type,
    subject: row.subject,
    correlationId: row.correlation_id,
    sessionId: row.session_id,
    edited: row.edited,
    replay:
      row.replay_id === null
        ? null
        : { id: row.replay_id, state: row.replay_state, itemState: row.item_state, outcome: row.outcome },
    returnedFrom:
      row.returned_item === null || row.returned_replay === null
        ? null
        : { replayId: row.returned_replay, itemId: row.returned_item },
    leftAt: iso(row.left_at),
    leftHow: row.left_how,
  };
}

interface DetailRow extends Row {
  readonly queue_id: number;
  readonly namespace: string;
  readonly entity_path: string;
  readonly sub_queue: string;
  readonly origin_path: string;
  readonly cause_id: string;
  readonly signature: string;
  readonly partition_key: string | null;
  readonly dead_letter_source: string | null;
  readonly root_enqueued_at: Date;
  readonly body_size: number;
}

async function readDetail(db: Database, id: string): Promise<DeadLetterDetail | null> {
  const { at } = await readClock(db);
  const rows = await db.$queryRaw<DetailRow[]>`
    SELECT ${ROW}, q.id AS queue_id, n.name AS namespace, q.entity_path, q.sub_queue, q.origin_path,
      c.id::text AS cause_id, c.signature, d.partition_key, d.dead_letter_source, d.root_enqueued_at, d.body_size
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
    rootEnqueuedAt: row.root_enqueued_at.toISOString(),
    bodySize: row.body_size,
    lineage: await readLineage(db, id),
  };
}
