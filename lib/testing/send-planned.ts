import { amqpString } from "@/lib/amqp/values";
import { codecFor } from "@/lib/brokers/codecs";
import { dataBody, type MessageShape, messageProperties } from "./messages";
import type { ReplayBench } from "./replay-bench";
import type { TestDatabase } from "./test-database";

/** So many messages, told apart by their ids. */
export const letters = (count: number): MessageShape[] =>
  Array.from({ length: count }, (_, n) => ({
    properties: messageProperties({ messageId: amqpString(`m-${n}`) }),
    body: [dataBody("{}")],
  }));

/** Sends the copies of a replay's planned items as the engine would, their intents on record first. */
export async function sendPlanned(
  { bench, database }: { readonly bench: ReplayBench; readonly database: TestDatabase },
  { replayId, target, count = 1_000 }: { replayId: string; target: string; count?: number },
): Promise<string[]> {
  const attempt = 1;
  const rows = await database.query<{ id: string; key: string; encoded: Buffer }>(
    `SELECT i.id, i.key, c.encoded FROM replay_item i JOIN dead_letter_content c ON c.dead_letter_id = i.dead_letter_id
     WHERE i.replay_id = $1 AND i.state = 'planned' ORDER BY i.ordinal LIMIT $2`,
    [replayId, count],
  );
  const sender = await bench.broker.openSender(target);
  const codec = codecFor("service-bus");
  for (const { id, key, encoded } of rows) {
    const stamp = { itemId: id, attempt, originalKey: key };
    const copy = codec.prepareCopy(encoded, { messageId: `replay-${id}`, stamp });
    await database.query(
      `UPDATE replay_item SET sent_message_id = $2, sent_hash = $3, attempt = $4, intent_at = now(), first_intent_at = now(),
         state = 'sending' WHERE id = $1`,
      [id, copy.messageId, copy.hash, attempt],
    );
    await sender.send([copy], 5_000);
  }
  await sender.close();
  return rows.map(({ id }) => id);
}
