import type { DeadLetterRow } from "@/lib/contracts/dead-letters";
import { Prisma } from "./generated/client";
import { iso } from "./queue-summaries";

/** One dead letter as lists and its own page read it. */
export interface Row {
  readonly id: string;
  readonly queue_id: number;
  readonly entity_path: string;
  readonly key: string;
  readonly message_id: string | null;
  readonly enqueued_at: Date;
  readonly root_enqueued_at: Date;
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

export const ROW = Prisma.sql`
  d.id::text AS id, d.queue_id, place.entity_path, d.key, d.message_id, d.enqueued_at, d.root_enqueued_at, d.first_seen_at, d.reason, d.description, d.delivery_count, d.size,
  d.content_type, d.subject, d.correlation_id, d.session_id, d.left_at, d.left_how,
  EXISTS (SELECT 1 FROM edit e WHERE e.dead_letter_id = d.id AND e.ended_at IS NULL) AS edited,
  latest.replay_id::text AS replay_id, latest.replay_state, latest.item_state, latest.outcome,
  d.returned_from::text AS returned_item, origin.replay_id::text AS returned_replay`;

/** The live claim of a message, else its newest replay; and the item whose copy it is. */
export const ROW_JOINS = Prisma.sql`
  JOIN queue place ON place.id = d.queue_id
  LEFT JOIN LATERAL (
    SELECT i.replay_id, r.state AS replay_state, i.state AS item_state, i.outcome
    FROM replay_item i JOIN replay r ON r.id = i.replay_id
    WHERE i.dead_letter_id = d.id
    ORDER BY (i.state IN ('planned', 'claimed', 'sending', 'sent', 'uncertain')) DESC, r.created_at DESC
    LIMIT 1
  ) latest ON true
  LEFT JOIN replay_item origin ON origin.id = d.returned_from`;

export function toRow(row: Row): DeadLetterRow {
  return {
    id: row.id,
    queue: { id: row.queue_id, entityPath: row.entity_path },
    key: row.key,
    messageId: row.message_id,
    enqueuedAt: row.enqueued_at.toISOString(),
    rootEnqueuedAt: row.root_enqueued_at.toISOString(),
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
