import { beforeEach, describe, expect, test } from "vitest";
import { type MadeQueue, makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { readMetrics } from "./read-metrics";

const database = await testDatabase();
const store = testStore(database);
let queue: MadeQueue;
let made = 0;

/** Series of one metric: labels as they are written -> value. */
async function series(name: string): Promise<Record<string, number>> {
  const { body } = await readMetrics({ store });
  const lines = body.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(name.length, at), Number(line.slice(at + 1))];
    }),
  );
}
const only = (values: Record<string, number>) => Object.values(values)[0];
const set = (sql: string) => database.query(`UPDATE queue SET ${sql} WHERE id = $1`, [queue.id]);
const labels = () => `{namespace="test",queue="${queue.entityPath}",sub_queue="dead-letter"}`;

beforeEach(async () => {
  made += 1;
  await database.query("UPDATE queue SET vanished_at = now()");
  queue = await makeQueue(database, { entityPath: `orders-${made}` });
});

describe("dlq_oldest_message_age_seconds", () => {
  const age = () => series("dlq_oldest_message_age_seconds");

  test("a queue that was never looked at has no age: zero is never invented", async () => {
    await makeDeadLetters(database, queue, [{ key: "1" }]);
    expect(await age()).toEqual({});
  });

  test("counts from the enqueued time that the peek of one gave", async () => {
    await set("oldest_enqueued_at = now() - interval '100 seconds', oldest_read_at = now()");
    expect(only(await age())).toBeCloseTo(100, 0);
    expect(Object.keys(await age())).toEqual([labels()]);
  });

  test("an empty queue that was looked at is zero, whatever the index still holds", async () => {
    await makeDeadLetters(database, queue, [{ key: "1" }]);
    await set("oldest_enqueued_at = NULL, oldest_read_at = now()");
    expect(only(await age())).toBe(0);
  });

  test("R12: a copy that came back counts from its root, so that a failed replay makes nothing younger", async () => {
    const [id] = await makeDeadLetters(database, queue, [{ key: "1", enqueuedAt: new Date(Date.now() - 10_000) }]);
    await database.query(
      "UPDATE dead_letter SET returned_from = gen_random_uuid(), root_enqueued_at = now() - interval '5000 seconds' WHERE id = $1",
      [id],
    );
    await set("oldest_enqueued_at = now() - interval '10 seconds', oldest_read_at = now()");
    expect(only(await age())).toBeCloseTo(5000, 0);
  });

  test("a broker whose clock is ahead gives no negative age", async () => {
    await set("oldest_enqueued_at = now() + interval '30 seconds', oldest_read_at = now()");
    expect(only(await age())).toBe(0);
  });
});

test("counts by reason; what has left is not counted; names that need escaping are escaped", async () => {
  const reason = 'Bad "value" \\ in\nline two';
  const [first] = await makeDeadLetters(database, queue, [
    { key: "1", reason },
    { key: "2", reason },
    { key: "3", reason: "Expired" },
  ]);
  await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = $1", [first]);
  const rest = `{namespace="test",queue="${queue.entityPath}",sub_queue="dead-letter",reason=`;
  expect(await series("dlq_messages")).toEqual({
    [`${rest}"Bad \\"value\\" \\\\ in\\nline two"}`]: 1,
    [`${rest}"Expired"}`]: 1,
  });
});

test("a producer that puts ids into its reasons makes fifty series and one for the rest", async () => {
  const letters = Array.from({ length: 60 }, (_, n) => ({ key: String(n + 1), reason: `order ${n}` }));
  await makeDeadLetters(database, queue, letters);
  const counts = await series("dlq_messages");
  expect(Object.keys(counts)).toHaveLength(51);
  expect(Object.entries(counts).find(([name]) => name.includes("(other)"))?.[1]).toBe(10);
});

test("what the broker could not say, and what was never scanned, has no series", async () => {
  for (const name of ["dlq_broker_messages", "dlq_scan_age_seconds", "dlq_walk_age_seconds"]) {
    expect(await series(name)).toEqual({});
  }
  await set("count = 0, scanned_at = now() - interval '7 seconds', walked_at = now() - interval '70 seconds'");
  expect(only(await series("dlq_broker_messages"))).toBe(0);
  expect(only(await series("dlq_scan_age_seconds"))).toBeCloseTo(7, 0);
  expect(only(await series("dlq_walk_age_seconds"))).toBeCloseTo(70, 0);
});

test("the series of a queue that vanished, or of a namespace that is configured no longer, end", async () => {
  await set("oldest_enqueued_at = now(), oldest_read_at = now(), scanned_at = now()");
  expect(Object.keys(await series("dlq_scan_age_seconds"))).toHaveLength(1);
  await database.query("UPDATE namespace SET configured = false");
  expect(await series("dlq_scan_age_seconds")).toEqual({});
  await database.query("UPDATE namespace SET configured = true");
  await set("vanished_at = now()");
  expect(await series("dlq_scan_age_seconds")).toEqual({});
});

test("items of replays that have not ended, by state; of ended ones what is still open", async () => {
  const person = await makePerson(database);
  const ids = await makeDeadLetters(
    database,
    queue,
    ["1", "2", "3", "4"].map((key) => ({ key })),
  );
  const replay = async (state: string, items: readonly (readonly [string, string])[]) => {
    const [row] = await database.query<{ id: string }>(
      `INSERT INTO replay (id, namespace_id, queue_id, target_path, state, selection, plan_hash, preflight, rate, burst,
         message_id_policy, doubt_policy, reason, total, created_by)
       VALUES (gen_random_uuid(), $1, $2, 'orders', $3, '{}', '', '{}', 1, 1, 'new', 'hold', 'why', 1, $4) RETURNING id`,
      [queue.namespaceId, queue.id, state, person.id],
    );
    for (const [n, [deadLetter, itemState]] of items.entries()) {
      await database.query(
        `INSERT INTO replay_item (id, replay_id, ordinal, dead_letter_id, key, position, enqueued_at, content_hash, state, intent_at, sent_hash)
         SELECT gen_random_uuid(), $1, $2, id, key, position, enqueued_at, content_hash, $4, now(), content_hash FROM dead_letter WHERE id = $3`,
        [row?.id, n, deadLetter, itemState],
      );
    }
  };
  const [a = "", b = "", c = "", d = ""] = ids;
  await replay("running", [
    [a, "planned"],
    [b, "settled"],
  ]);
  await replay("cancelled", [
    [c, "uncertain"],
    [d, "settled"],
  ]);
  const states = await series("dlq_replay_items");
  expect(states['{state="planned"}']).toBe(1);
  expect(states['{state="settled"}']).toBe(1);
  expect(states['{state="uncertain"}']).toBe(1);
  expect(states['{state="failed"}']).toBe(0);
});

test("workers whose lease is running", async () => {
  await database.query(
    `INSERT INTO worker (id, host, pid, lease_until, ended_at) VALUES
       (gen_random_uuid(), 'a', 1, now() + interval '1 minute', NULL),
       (gen_random_uuid(), 'b', 2, now() - interval '1 second', NULL),
       (gen_random_uuid(), 'c', 3, now() + interval '1 minute', now())`,
  );
  expect(only(await series("dlq_workers_live"))).toBe(1);
});
