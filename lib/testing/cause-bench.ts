import { createHash } from "node:crypto";
import { changeCause as changeCauseBody } from "@/lib/contracts/causes";
import { queueDetail } from "@/lib/contracts/queues";
import { causeOf } from "@/lib/domain/cause-rules";
import { changeCause } from "@/lib/usecases/causes/change-cause";
import { readyRules } from "@/lib/usecases/causes/ready-rules";
import { regroupMessages } from "@/lib/usecases/causes/regroup-messages";
import { getQueue } from "@/lib/usecases/queues/get-queue";
import { type MadeQueue, makePerson, makeQueue } from "./dead-letter-factory";
import { queueOfTest } from "./queue-of-test";
import { testDatabase, testStore } from "./test-database";

export interface Letter {
  readonly reason?: string;
  readonly description?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** A database with a queue for each test, messages taken into it as a scan does, and what the pages say of its causes. Call it once a test file. */
export async function causeBench() {
  const database = await testDatabase();
  const store = testStore(database);
  const actor = await makePerson(database);
  const context = { store, actor, mayReadPayloads: true };

  /** The queue that everything below means unless another one is named. */
  const { current, newQueue } = queueOfTest((entityPath) => makeQueue(database, { entityPath }));

  let position = 0n;
  /** Takes messages into the index as a scan does, with the rules of now. */
  async function take(letters: readonly Letter[], of: MadeQueue = current()): Promise<void> {
    const rules = await readyRules(store);
    const taken = letters.map(({ reason = "Failed", description = "it broke", properties = [] }) => {
      const key = String(++position);
      const facts = { reason, description, subject: null, properties };
      return {
        ...facts,
        propertiesJson: Buffer.from(JSON.stringify(properties.map((property) => ({ ...property, type: "string" })))),
        key,
        position,
        enqueuedAt: new Date(),
        contentHash: createHash("sha256").update(key).digest(),
        messageId: key,
        deliveryCount: 10,
        size: 100,
        bodySize: 10,
        contentType: null,
        correlationId: null,
        sessionId: null,
        partitionKey: null,
        expiresAt: null,
        deadLetterSource: null,
        stampedItem: null,
        cause: causeOf(facts, of.id, rules),
        encoded: null,
      };
    });
    await store.page((tx) => tx.ingest(of.id, 1, taken));
  }

  const causes = async (of: MadeQueue = current()) => queueDetail.parse(await getQueue(context, { id: of.id })).causes;
  const shown = async (of: MadeQueue = current()) =>
    (await causes(of))
      .toSorted((a, b) => b.count - a.count || a.signature.localeCompare(b.signature))
      .map(({ signature, count, work }) => `${work.title ?? signature} ${count}`);
  const one = async (signature: string) => {
    const found = (await causes()).find((cause) => cause.signature === signature);
    if (found === undefined) throw new Error(`no cause "${signature}"`);
    return found;
  };
  const change = (id: string, body: Record<string, unknown>) =>
    changeCause(context, { id, ...changeCauseBody.parse(body) });
  const events = (action: string) =>
    database.query<{ reason: string | null; detail: Record<string, unknown>; subject_id: string }>(
      "SELECT reason, detail, subject_id FROM audit_event WHERE action = $1 AND (queue_id = $2 OR queue_id IS NULL) ORDER BY id",
      [action, current().id],
    );
  const settle = async () => {
    await database.query(
      "UPDATE regrouping SET started_at = started_at - interval '10 minutes' WHERE finished_at IS NULL AND pass = 2",
    );
    while (await regroupMessages({ store })) {
      await database.query(
        "UPDATE regrouping SET started_at = started_at - interval '10 minutes' WHERE finished_at IS NULL AND pass = 2",
      );
    }
  };

  return { database, store, actor, context, newQueue, take, causes, shown, one, change, events, settle };
}
