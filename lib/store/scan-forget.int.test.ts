import { randomUUID } from "node:crypto";
import { beforeEach, expect, it } from "vitest";
import type { ForgetPlace } from "@/lib/store/ports/scans";
import { type MadeQueue, makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { testDatabase, testStore } from "@/lib/testing/test-database";

const database = await testDatabase();
const store = testStore(database);

let queue: MadeQueue;
beforeEach(async () => {
  queue = await makeQueue(database, { namespace: `ns-${randomUUID()}` });
});

/** Dead letters with content that left so many days ago; null: still there. */
async function make(...leftDaysAgo: readonly (number | null)[]): Promise<string[]> {
  const first = Math.floor(Math.random() * 1e9);
  const ids = await makeDeadLetters(
    database,
    queue,
    leftDaysAgo.map((_, n) => ({ key: String(first + n) })),
  );
  for (const [n, days] of leftDaysAgo.entries()) {
    await database.query(
      "UPDATE dead_letter SET left_at = now() - make_interval(days => $2), left_how = 'removed' WHERE id = $1 AND $2::int IS NOT NULL",
      [ids[n], days],
    );
    await database.query(
      "INSERT INTO dead_letter_content (dead_letter_id, encoded) VALUES ($1, 'x') ON CONFLICT (dead_letter_id) DO NOTHING",
      [ids[n]],
    );
  }
  return ids;
}

async function forgetAll(limit = 1_000): Promise<number> {
  let deleted = 0;
  for (let after: ForgetPlace | null = null, more = true; more; ) {
    const batch: Awaited<ReturnType<typeof store.scans.forget>> = await store.scans.forget({ days: 30, after, limit });
    deleted += batch.deleted;
    more = batch.next !== null;
    after = batch.next;
  }
  return deleted;
}

const kept = async (ids: readonly string[]) => {
  const rows = await database.query<{ id: string; content: boolean }>(
    `SELECT d.id::text AS id, EXISTS (SELECT 1 FROM dead_letter_content c WHERE c.dead_letter_id = d.id) AS content
     FROM dead_letter d WHERE d.id = ANY($1)`,
    [ids],
  );
  return ids.map((id) => {
    const row = rows.find((found) => found.id === id);
    return row === undefined ? "gone" : row.content ? "kept" : "without content";
  });
};

/** An item of a replay that refers to a dead letter. */
async function refer(id: string, state: string): Promise<string> {
  const person = await makePerson(database);
  const replay = randomUUID();
  const item = randomUUID();
  await database.query(
    `INSERT INTO replay (id, namespace_id, queue_id, target_path, state, selection, plan_hash, preflight, rate, burst, message_id_policy,
       doubt_policy, total, created_by, reason)
     VALUES ($1, $2, $3, 'orders', 'completed', '{}', '', '{}', 1, 1, 'new', 'hold', 1, $4, 'a test')`,
    [replay, queue.namespaceId, queue.id, person.id],
  );
  await database.query(
    `INSERT INTO replay_item (id, replay_id, ordinal, dead_letter_id, key, position, enqueued_at, content_hash, state, intent_at, sent_hash)
     SELECT $1, $2, 0, d.id, d.key, d.position, d.enqueued_at, d.content_hash, $4, now(), 'x' FROM dead_letter d WHERE d.id = $3`,
    [item, replay, id, state],
  );
  return item;
}

it("forgets what left longer ago than is kept, and nothing that is there", async () => {
  const ids = await make(31, 400, 29, null);
  expect(await forgetAll()).toBe(2);
  expect(await kept(ids)).toEqual(["gone", "gone", "kept", "kept"]);
  expect(await store.rollups.differences()).toEqual([]);
});

it("never forgets a row that a replay refers to: open replays keep its content too", async () => {
  const ids = await make(31, 31, 31);
  await refer(ids[0] as string, "settled");
  await refer(ids[1] as string, "uncertain");
  const returned = await make(31);
  const item = await refer(ids[0] as string, "gone");
  await database.query("UPDATE dead_letter SET returned_from = $2 WHERE id = $1", [returned[0], item]);
  await forgetAll();
  expect(await kept([...ids, ...returned])).toEqual(["without content", "kept", "gone", "without content"]);
});

it("leaves what was discarded, with its content, to whoever may restore it", async () => {
  const ids = await make(31);
  const item = await refer(ids[0] as string, "settled");
  await database.query(
    `INSERT INTO archive (dead_letter_id, item_id, replay_id, hash)
     SELECT $1, i.id, i.replay_id, 'x' FROM replay_item i WHERE i.id = $2`,
    [ids[0], item],
  );
  await forgetAll();
  expect(await kept(ids)).toEqual(["kept"]);
});

it("forgets an edit that no replay used with its message", async () => {
  const ids = await make(31);
  const person = await makePerson(database);
  await database.query(
    "INSERT INTO edit (id, dead_letter_id, version, properties, created_by) VALUES ($1, $2, 1, '[]', $3)",
    [randomUUID(), ids[0], person.id],
  );
  await forgetAll();
  expect(await kept(ids)).toEqual(["gone"]);
});

it("comes to the end batch by batch, past rows that it must keep", async () => {
  const ids = await make(...new Array<number>(25).fill(40), 31);
  for (const id of ids.slice(0, 10)) await refer(id, "settled");
  expect(await forgetAll(4)).toBe(16);
});
