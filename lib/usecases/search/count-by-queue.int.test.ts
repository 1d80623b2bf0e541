import { describe, expect, it } from "vitest";
import { deadLetterQuery, deadLetterSearch, queueBreakdown } from "@/lib/contracts/dead-letters";
import { jsonType } from "@/lib/domain/search/facts";
import { type MadeQueue, makeQueue } from "@/lib/testing/dead-letter-factory";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { listDeadLetters } from "../dead-letters/list-dead-letters";
import { countByQueue } from "./count-by-queue";

const database = await testDatabase();
const store = testStore(database);
const context = { store, mayReadPayloads: true };

/** So many messages that words and values are answered by every way: counted, told from a sample, read through. */
const LENGTHS = [900, 10_000, 100, 7_000] as const;
const ALL = LENGTHS.reduce((sum, length) => sum + length, 0);
/** Bodies of these messages of each queue have no amount. */
const LACKING = 90;

/** Ages far from the limits between them: a list and a count that are read one after the other agree. */
async function fill(queue: MadeQueue, length: number): Promise<void> {
  await database.query(
    `WITH causes AS (
       INSERT INTO cause (queue_id, reason, signature, signature_version, fingerprint)
       SELECT $1, r, r, 1, r FROM unnest(ARRAY['Odd', 'Even']) r RETURNING id, reason
     ), made AS (
       INSERT INTO dead_letter (queue_id, cause_id, key, position, enqueued_at, seen_in_walk, reason, delivery_count, size, body_size, properties,
         content_hash, root_enqueued_at)
       SELECT $1, c.id, n::text, n, now() - (ARRAY[30, 180, 720, 3000])[1 + (n / 1000 + n / 2) % 4] * interval '1 minute', 1, c.reason, n % 10, 200, 10, '[]', ''::bytea, now()
       FROM generate_series(1, $2::int) n JOIN causes c ON c.reason = CASE n % 2 WHEN 0 THEN 'Even' ELSE 'Odd' END RETURNING id, position
     )
     INSERT INTO message_search (dead_letter_id, queue_id, words, facts, body, traced)
     SELECT id, $1, ('all:1B' || CASE WHEN position % 100 = 7 THEN ' some:2B' ELSE '' END)::tsvector,
       CASE WHEN position = $3 THEN '{}' ELSE ARRAY[$4::bigint] END, 'json', false FROM made`,
    [queue.id, length, LACKING, String(jsonType("amount", "number"))],
  );
}

const queues: MadeQueue[] = [];
for (const length of LENGTHS) {
  const queue = await makeQueue(database, { entityPath: `of-${length}` });
  await fill(queue, length);
  queues.push(queue);
}
await makeQueue(database, { entityPath: "of-none" });
// Messages that have left are not counted, wherever they are asked.
await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE key = '107' OR key = '2'");
await database.query("UPDATE dead_letter SET returned_from = gen_random_uuid() WHERE position % 1000 = 1");
await database.query("TRUNCATE search_pending");
await database.query("ANALYZE message_search, dead_letter");

const breakdown = async (filter: Record<string, unknown>) =>
  queueBreakdown.parse(await countByQueue(context, deadLetterSearch.parse(filter)));
const list = (filter: Record<string, unknown>) =>
  listDeadLetters(context, deadLetterQuery.parse({ limit: 1, ...filter }));

/** How many a list holds, to its end where its total is an estimate. */
async function listed(filter: Record<string, unknown>): Promise<number> {
  const { total, totalIs } = await list(filter);
  if (totalIs === "exact") return total;
  let rows = 0;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await list({ ...filter, limit: 200, ...(cursor ? { cursor } : {}) });
    rows += page.items.length;
    cursor = page.nextCursor;
  }
  return rows;
}

describe("what a filter finds, by queue", () => {
  it.each([
    { name: "everything", filter: {} },
    { name: "an age", filter: { age: "24h" } },
    { name: "a reason", filter: { reason: "Even" } },
    { name: "returned copies", filter: { returned: "yes" } },
    { name: "returned copies of an age", filter: { returned: "yes", age: "24h" } },
    { name: "a word that is looked up", filter: { q: "some" } },
    { name: "a word in a part of the messages", filter: { q: "some", reason: "Odd", age: "6h" } },
    { name: "what few messages lack", filter: { q: "json.amount missing" } },
    { name: "what is frequent where few lie", filter: { q: "all deliveries >= 3", reason: "Odd" } },
    { name: "what no index answers, of few", filter: { q: "key = 12" } },
    { name: "one queue alone", filter: { q: "queue = of-900 key = 12" } },
  ])("is counted as the lists count it, largest first: $name", async ({ filter }) => {
    const { items, ...rest } = await breakdown(filter);
    const expected = await Promise.all(
      queues.map(async ({ id, entityPath }) => {
        return { path: entityPath, messages: await listed({ ...filter, queue: id }) };
      }),
    );
    const found = expected.filter(({ messages }) => messages > 0);
    expect(found.length).toBeGreaterThan(0);
    const named = items.map(({ queue, messages }) => ({ path: queue.entityPath, messages }));
    expect(new Set(named)).toEqual(new Set(found));
    expect(named.map(({ messages }) => messages)).toEqual(
      found.map(({ messages }) => messages).toSorted((a, b) => b - a),
    );
    const messages = found.reduce((sum, one) => sum + one.messages, 0);
    expect(rest).toMatchObject({ queues: found.length, messages, countsAre: "exact" });
    const { total, totalIs } = await list(filter);
    expect(totalIs === "exact" ? total : messages).toBe(messages);
  });

  it("is nothing where nothing fits", async () => {
    expect(await breakdown({ q: "no-such-word" })).toMatchObject({ items: [], queues: 0, messages: 0 });
  });

  it("is an estimate of everything where words or values are frequent, and never more than lies there", async () => {
    const all = await breakdown({ q: "all" });
    expect(all.countsAre).toBe("estimate");
    for (const [n, length] of [10_000, 7_000].entries()) {
      // All of those that were asked fit: what lies there is known.
      expect(all.items[n]).toMatchObject({ queue: { entityPath: `of-${length}` }, messages: length - 2 });
    }
    const some = await breakdown({ q: "deliveries >= 3" });
    expect(some.countsAre).toBe("estimate");
    for (const [n, length] of [10_000, 7_000].entries()) {
      const { messages = 0, queue } = some.items[n] ?? {};
      expect(queue?.entityPath).toBe(`of-${length}`);
      expect(Math.abs(messages - length * 0.7)).toBeLessThan(length * 0.1);
    }
  });

  it("names some queues at most, and says how many there are with how many messages", async () => {
    const at = await store.now();
    const { items, ...rest } = await store.deadLetters.countByQueue({ filter: {}, at, limit: 1 });
    expect(items.map(({ queue }) => queue.entityPath)).toEqual(["of-10000"]);
    expect(rest).toEqual({ queues: 4, messages: ALL - 7, countsAre: "exact" });
  });

  it("is refused to who may not see payloads when the filter asks about them", async () => {
    const masked = { store, mayReadPayloads: false };
    await expect(countByQueue(masked, { q: "some" })).rejects.toMatchObject({ code: "forbidden" });
    expect((await countByQueue(masked, { q: "key = 12" })).queues).toBe(4);
  });
});
