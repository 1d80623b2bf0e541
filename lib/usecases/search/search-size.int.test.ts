import { describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { type DeadLetterSort, deadLetterQuery } from "@/lib/contracts/dead-letters";
import { jsonType, propertyThere } from "@/lib/domain/search/facts";
import { makeQueue } from "@/lib/testing/dead-letter-factory";
import { makeSearchable } from "@/lib/testing/searchable-messages";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { listDeadLetters } from "../dead-letters/list-dead-letters";
import { indexPending } from "./index-pending";

const database = await testDatabase();
const store = testStore(database);
const COUNT = 16_000;
/** Those whose body has no amount and that have no property tenant; then one of which a part is not indexed, and one whose body is no JSON. */
const LACKING = [4_000, 8_000, 12_000, 16_000];
const PARTLY = 4_001;
const NO_JSON = 4_002;
/** The first ones have a reason of their own. */
const EARLY = 6_000;

/** So many messages that a filter is answered by another way for rare and for frequent words: each way must find the same. */
async function manyMessages(): Promise<number> {
  const queue = await makeQueue(database, { namespace: "many" });
  await database.query(
    `WITH c AS (INSERT INTO cause (queue_id, reason, signature, signature_version, fingerprint) VALUES ($1, 'R', 's', 1, 'f'), ($1, 'Early', 's', 1, 'g') RETURNING id, reason),
     made AS (
       INSERT INTO dead_letter (queue_id, cause_id, key, position, enqueued_at, seen_in_walk, reason, delivery_count, size, body_size, properties,
         content_hash, root_enqueued_at)
       SELECT $1, c.id, g::text, g, '2026-01-01'::timestamptz + g * interval '1 second', 1, c.reason, g % 7, 100 + g % 50, 10,
         CASE WHEN g = ANY ($2) THEN '[]'::jsonb ELSE '[{"name":"tenant","type":"string","value":"acme"}]' END, ''::bytea, now()
       FROM generate_series(1, ${COUNT}) g JOIN c ON c.reason = CASE WHEN g <= ${EARLY} THEN 'Early' ELSE 'R' END RETURNING id, key)
     INSERT INTO message_search (dead_letter_id, queue_id, words, facts, body, gap, traced)
     SELECT m.id, $1, concat_ws(' ', 'all:1B', CASE WHEN m.key::int % 2 = 0 THEN 'half:2B' END, CASE WHEN m.key::int % 100 = 0 THEN 'percent:3B' END,
       CASE WHEN m.key::int IN (5, 9999) THEN 'rare:4B' END)::tsvector,
       CASE WHEN m.key::int = ANY ($2) THEN '{}' WHEN m.key::int IN ($3, $4) THEN ARRAY[$6::bigint] ELSE ARRAY[$5::bigint, $6] END,
       CASE WHEN m.key::int = $4 THEN 'text' ELSE 'json' END, CASE WHEN m.key::int = $3 THEN 'a part' END, false FROM made m`,
    [queue.id, LACKING, PARTLY, NO_JSON, jsonType("order.amount", "number"), propertyThere("tenant")].map((value) =>
      typeof value === "bigint" ? String(value) : value,
    ),
  );
  await database.query("TRUNCATE search_pending");
  await database.query("ANALYZE message_search, dead_letter");
  return queue.id;
}

const queue = await manyMessages();
const keysWhere = (fits: (key: number) => boolean) => Array.from({ length: COUNT }, (_, n) => n + 1).filter(fits);

type Asked = { limit?: number; reason?: string; queue?: undefined };

async function pages(q: string, sort: DeadLetterSort, most: number, other: Asked = {}) {
  const keys: number[] = [];
  let cursor: string | null = null;
  let total: { n: number; is: string } | null = null;
  do {
    const query = { queue, q, sort, limit: 200, ...other, ...(cursor === null ? {} : { cursor }) };
    const page = await listDeadLetters({ store, mayReadPayloads: true }, deadLetterQuery.parse(query));
    keys.push(...page.items.map((row) => Number(row.key)));
    total ??= { n: page.total, is: page.totalIs };
    cursor = page.nextCursor;
  } while (cursor !== null && keys.length < most);
  return { keys, total };
}

describe("every way to the hits finds the same, in order, each once", () => {
  it("rare words are looked up, and counted", async () => {
    expect(await pages("rare", "oldest", 500)).toEqual({ keys: [5, 9_999], total: { n: 2, is: "exact" } });
    expect((await pages("rare", "newest", 500)).keys).toEqual([9_999, 5]);
    const hundredths = keysWhere((key) => key % 100 === 0);
    expect(await pages("percent", "oldest", 500)).toEqual({ keys: hundredths, total: { n: 160, is: "exact" } });
    expect((await pages("percent not half", "oldest", 500)).total).toEqual({ n: 0, is: "exact" });
  });

  it("frequent words are met on the way through the list, whose total is an estimate", async () => {
    const { keys, total } = await pages("half", "newest", 1_000);
    expect(keys).toEqual(
      keysWhere((key) => key % 2 === 0)
        .toReversed()
        .slice(0, 1_000),
    );
    expect(total?.is).toBe("estimate");
    expect(Math.abs((total?.n ?? 0) - COUNT / 2)).toBeLessThan(COUNT / 10);
  });

  it.each([
    "largest",
    "most-deliveries",
  ] as const)("frequent words are met in the list of all queues too: %s", async (sort) => {
    const value = (key: number) => (sort === "largest" ? key % 50 : key % 7);
    const { keys, total } = await pages("half", sort, 1_000, { queue: undefined });
    const hits = keysWhere((key) => key % 2 === 0).toSorted((a, b) => value(b) - value(a));
    expect(keys.map(value)).toEqual(hits.slice(0, 1_000).map(value));
    expect(new Set(keys).size).toBe(1_000);
    expect(keys.filter((key) => key % 2 !== 0)).toEqual([]);
    expect(total?.is).toBe("estimate");
  });

  it("what few messages lack is read through the index, in every order, and counted", async () => {
    const total = { n: LACKING.length, is: "exact" };
    expect(await pages("json.order.amount missing", "oldest", 500)).toEqual({ keys: LACKING, total });
    // A body that is no JSON has no paths to miss, and none that exists.
    const without = [...LACKING, NO_JSON].toSorted((a, b) => a - b);
    const negated = await pages("not json.order.amount exists and not body ~ nothing", "oldest", 500);
    expect(negated).toEqual({ keys: without, total: { n: without.length, is: "exact" } });
    for (const q of ["json.order.amount missing", "property.tenant missing"]) {
      expect(await pages(q, "newest", 500, { limit: 3 }), q).toEqual({ keys: LACKING.toReversed(), total });
      const byDeliveries = LACKING.toSorted((a, b) => (b % 7) - (a % 7));
      expect(await pages(q, "most-deliveries", 500, { limit: 1 }), q).toEqual({ keys: byDeliveries, total });
      const early = { keys: LACKING.filter((key) => key <= EARLY), total: { n: 1, is: "exact" } };
      expect(await pages(q, "oldest", 500, { reason: "Early" }), q).toEqual(early);
    }
  });

  it("what few messages lack, with what the index does not know of them", async () => {
    const some = LACKING.filter((key) => key % 7 > 2);
    expect(some.length % LACKING.length).not.toBe(0);
    for (const q of [
      "json.order.amount missing",
      "property.tenant missing",
      "json.order.amount missing json.x missing",
    ]) {
      const total = { n: some.length, is: "exact" };
      expect(await pages(`${q} deliveries > 2`, "oldest", 500), q).toEqual({ keys: some, total });
    }
    const either = { keys: [12, ...LACKING], total: { n: 5, is: "exact" } };
    expect(await pages("json.order.amount missing or key = 12", "oldest", 500)).toEqual(either);
  });

  it("a property that is missing in a message that is not indexed yet is missing all the same", async ({
    onTestFinished,
  }) => {
    onTestFinished(async () => {
      await database.query("TRUNCATE search_pending");
    });
    const key = 77;
    const [late] = await database.query<{ id: string }>(
      "UPDATE dead_letter SET properties = '[]' WHERE queue_id = $1 AND key = $2 RETURNING id::text",
      [queue, String(key)],
    );
    const kept = await database.query<object>("DELETE FROM message_search WHERE dead_letter_id = $1 RETURNING *", [
      late?.id,
    ]);
    expect(kept).toHaveLength(1);
    await database.query("INSERT INTO search_pending (dead_letter_id, queue_id) VALUES ($1, $2)", [late?.id, queue]);
    const { keys, total } = await pages("property.tenant missing", "oldest", 500);
    expect({ keys, total }).toEqual({ keys: [key, ...LACKING], total: { n: 5, is: "exact" } });
    expect((await pages("json.order.amount missing", "oldest", 500)).keys).toEqual(LACKING);
  });

  it("what no index answers is walked to the end", async () => {
    const { keys, total } = await pages("not all or key = 12", "oldest", 500);
    expect({ keys, total }).toEqual({ keys: [12], total: { n: 1, is: "exact" } });
    expect((await pages("half deliveries = 3 size > 148", "oldest", 10_000)).keys).toEqual(
      keysWhere((key) => key % 2 === 0 && key % 7 === 3 && key % 50 === 49),
    );
  });
});

describe("indexing", () => {
  const context = { store, codecFor };
  const entries = async () =>
    (
      await database.query<{ n: number }>("SELECT count(*)::int AS n FROM message_search WHERE queue_id <> $1", [queue])
    )[0]?.n;
  const pending = async () =>
    (await database.query<{ n: number }>("SELECT count(*)::int AS n FROM search_pending"))[0]?.n;

  it("a batch that is broken off leaves its messages pending; workers share them, each once", async () => {
    const other = await makeQueue(database, { namespace: "other" });
    await makeSearchable(
      database,
      other,
      Array.from({ length: 40 }, (_, n) => ({ key: String(n), body: `body ${n}` })),
    );
    const dies = () => {
      throw new Error("the worker dies");
    };
    await expect(indexPending({ store, codecFor: dies }, { limit: 10 })).rejects.toThrow("the worker dies");
    expect({ pending: await pending(), entries: await entries() }).toEqual({ pending: 40, entries: 0 });
    const worker = async () => {
      let done = 0;
      for (let n = -1; n !== 0; done += n) n = await indexPending(context, { limit: 7 });
      return done;
    };
    const shares = await Promise.all([worker(), worker()]);
    expect(shares[0] + shares[1]).toBe(40);
    expect({ pending: await pending(), entries: await entries() }).toEqual({ pending: 0, entries: 40 });
  });

  it("a hostile body is bounded in what it adds, and named as a gap", async () => {
    const other = await makeQueue(database, { namespace: "hostile" });
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`key${n}`, `value${n}`])));
    const deep = `${"[".repeat(3_000)}1${"]".repeat(3_000)}`;
    await makeSearchable(database, other, [
      { key: "1", body: wide, contentType: "application/json" },
      { key: "2", body: deep, contentType: "application/json" },
      { key: "3", body: '{"n": 1e999999, "s": "\\u0000\\ud800 end"}', contentType: "application/json" },
      { key: "5", body: Array.from({ length: 10_000 }, (_, n) => `\ufdfa\ufdfa\ufdfa${n}`).join(" ") },
      { key: "4", body: `${"'\\".repeat(1_000)} it's quoted` },
    ]);
    while ((await indexPending(context, { limit: 10 })) > 0);
    const rows = await database.query<{ facts: number; gap: string | null }>(
      `SELECT cardinality(s.facts) AS facts, s.gap FROM message_search s JOIN dead_letter d ON d.id = s.dead_letter_id
       WHERE d.queue_id = $1 ORDER BY d.position`,
      [other.id],
    );
    expect(rows).toHaveLength(5);
    expect(Math.max(...rows.map(({ facts }) => facts))).toBeLessThanOrEqual(402);
    expect(rows[0]?.gap).toContain("places of its body");
    expect(rows[1]?.gap).toContain("deeper than 32");
    expect(rows[3]?.gap).toBeNull();
    expect(rows[4]?.gap).toContain("words of its body");
    const found = async (q: string) =>
      (
        await listDeadLetters({ store, mayReadPayloads: true }, deadLetterQuery.parse({ queue: other.id, q }))
      ).items.map(({ key }) => key);
    expect(await found("key4999")).toEqual(["1"]);
    expect(await found("json.s ~ end")).toEqual(["3"]);
    expect(await found('"it s quoted"')).toEqual(["4"]);
  });
});
