import { amqpString, amqpSymbol } from "../amqp/values";
import type { TypedProperty } from "../brokers/broker";
import { codecFor } from "../brokers/codecs";
import type { Store } from "../store/ports";
import { indexPending } from "../usecases/search/index-pending";
import { type GivenDeadLetter, type MadeQueue, makeDeadLetters } from "./dead-letter-factory";
import { dataBody, encodeMessage, messageProperties } from "./messages";
import type { TestDatabase } from "./test-database";

/** A dead letter with what search reads of it. */
export interface GivenSearchable extends GivenDeadLetter {
  readonly description?: string;
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly properties?: readonly TypedProperty[];
  readonly subject?: string;
  readonly correlationId?: string;
  readonly deliveryCount?: number;
  /** The body is larger than what is kept. */
  readonly notKept?: boolean;
}

/** Dead letters with descriptions, properties and bodies, not indexed yet. Answers their ids in the order given. */
export async function makeSearchable(
  database: TestDatabase,
  queue: MadeQueue,
  given: readonly GivenSearchable[],
): Promise<string[]> {
  const ids = await makeDeadLetters(database, queue, given);
  for (const [index, message] of given.entries()) {
    const id = ids[index];
    await database.query(
      `UPDATE dead_letter SET description = $2, properties = $3::jsonb, content_type = $4, subject = $5, correlation_id = $6,
         delivery_count = coalesce($7, delivery_count) WHERE id = $1`,
      [
        id,
        message.description ?? null,
        JSON.stringify(message.properties ?? []),
        message.contentType ?? null,
        message.subject ?? null,
        message.correlationId ?? null,
        message.deliveryCount ?? null,
      ],
    );
    if (message.notKept === true) continue;
    const encoded = encodeMessage({
      properties: messageProperties({
        ...(message.contentType === undefined ? {} : { contentType: amqpSymbol(message.contentType) }),
        ...(message.contentEncoding === undefined ? {} : { contentEncoding: amqpSymbol(message.contentEncoding) }),
        subject: amqpString(message.subject ?? ""),
      }),
      ...(message.body === undefined ? {} : { body: [dataBody(message.body)] }),
    });
    await database.query("INSERT INTO dead_letter_content (dead_letter_id, encoded) VALUES ($1, $2)", [id, encoded]);
  }
  return ids;
}

/** Indexes everything that is pending. */
export async function indexAll(store: Store): Promise<void> {
  while ((await indexPending({ store, codecFor }, { limit: 500 })) > 0);
}
