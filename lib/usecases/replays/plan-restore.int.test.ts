import { beforeEach, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { type PlanReplay, planDiscard as planDiscardBody, planReplay as planReplayBody } from "@/lib/contracts/replays";
import { DEFAULT_POLICY } from "@/lib/domain/queue-policy";
import { type MadeQueue, makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig } from "@/lib/testing/made-config";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { planDiscard } from "./plan-discard";
import { planReplay } from "./plan-replay";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database);
const config = madeConfig();
let queue: MadeQueue;
let discard: string;
let queues = 0;

/** Three messages that a discard has archived, as the engine leaves them. */
beforeEach(async () => {
  queues += 1;
  queue = await makeQueue(database, { entityPath: `orders-${queues}` });
  const ids = await makeDeadLetters(database, queue, [{ key: "1" }, { key: "2" }, { key: "3" }]);
  const body = planDiscardBody.parse({ selection: { kind: "dead-letters", queue: queue.id, ids }, rate: 20 });
  discard = (await planDiscard({ store, actor, config, codecFor }, body)).id;
  await database.query("UPDATE replay SET state = 'completed' WHERE id = $1", [discard]);
  await database.query(
    `WITH items AS (
       UPDATE replay_item SET state = 'settled', sent_hash = content_hash, intent_at = now(), sent_at = now() WHERE replay_id = $1
       RETURNING id, dead_letter_id, content_hash
     ), archived AS (
       INSERT INTO archive (dead_letter_id, item_id, replay_id, hash) SELECT dead_letter_id, id, $1, content_hash FROM items
     )
     UPDATE dead_letter d SET left_at = now(), left_how = 'discarded' FROM items i WHERE d.id = i.dead_letter_id`,
    [discard],
  );
});

function restore(more: Partial<PlanReplay> = {}) {
  const selection = { kind: "archive" as const, queue: queue.id, discard };
  return planReplay({ store, actor, config, codecFor }, { ...planReplayBody.parse({ selection, rate: 20 }), ...more });
}

it("into an entity that is gone is refused in words; into another one it goes", async () => {
  await makeQueue(database, { entityPath: `spare-${queues}` });
  await database.query("UPDATE queue SET vanished_at = now() WHERE id = $1", [queue.id]);
  await expect(restore()).rejects.toMatchObject({
    code: "unprocessable",
    fields: { targetPath: "not a queue or topic of the namespace" },
  });
  expect((await restore({ targetPath: `spare-${queues}` })).preflight.willSend).toBe(3);
});

it("R4: what another restore has is refused, and what was restored is offered no more", async () => {
  const first = await restore();
  expect(first.preflight.willSend).toBe(3);
  expect((await restore()).preflight).toMatchObject({ willSend: 0, refusals: [{ code: "in-replay", count: 3 }] });
  await database.query(
    "UPDATE replay_item SET state = 'settled', sent_hash = 'x', intent_at = now() WHERE replay_id = $1",
    [first.id],
  );
  await database.query("UPDATE archive SET restored_at = now() WHERE replay_id = $1", [discard]);
  await expect(restore()).rejects.toThrow("none of the chosen messages is in the archive any more");
});

it("two at once share no message", async () => {
  const planned = await Promise.all([restore(), restore()]);
  expect(planned.map(({ preflight }) => preflight.willSend).toSorted()).toEqual([0, 3]);
});

it("R10: what it sends is looked at like any copy, and the policy of the queue holds for it", async () => {
  await database.query("UPDATE dead_letter SET expires_at = now() - interval '1 s' WHERE queue_id = $1 AND key = '1'", [
    queue.id,
  ]);
  expect((await restore()).preflight).toMatchObject({ willSend: 2, refusals: [{ code: "expired", count: 1 }] });
  await store.transaction((tx) => tx.policies.save(queue.id, { ...DEFAULT_POLICY, protected: true }, actor.id));
  await expect(restore()).rejects.toMatchObject({ code: "forbidden" });
});
