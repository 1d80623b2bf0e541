import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { deadLetterQuery } from "@/lib/contracts/dead-letters";
import { makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { type GivenSearchable, indexAll, makeSearchable } from "@/lib/testing/searchable-messages";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { listDeadLetters } from "../dead-letters/list-dead-letters";

const database = await testDatabase();
const store = testStore(database);
const newQueue = (entityPath = "orders") => makeQueue(database, { namespace: `ns-${randomUUID()}`, entityPath });
const HOUR = 3_600_000;

async function find(queue: number | undefined, q: string, mayReadPayloads = true) {
  return listDeadLetters({ store, mayReadPayloads }, deadLetterQuery.parse({ queue, q }));
}

async function keys(queue: number | undefined, q: string): Promise<string[]> {
  const page = await find(queue, q);
  expect(page.total).toBe(page.items.length);
  return page.items.map((row) => row.key).toSorted();
}

const text = (name: string, value: string) => ({ name, type: "string", value });
const MESSAGES: readonly GivenSearchable[] = [
  {
    key: "1",
    reason: "ValidationFailed",
    description: "Order ORD-4711/x was refused: Payment declined by issuer",
    body: '{"order":{"total":12.50,"id":12345678901234567890,"note":"Gr\\u00fc\\u00dfe aus Köln"},"items":[{"sku":"A-1"},{"sku":"B-2"}],"ok":true}',
    contentType: "application/json",
    properties: [text("tenant", "acme"), { name: "n", type: "long", value: "9007199254740993" }],
    subject: "orders/1",
    correlationId: "c-1",
    deliveryCount: 3,
    size: 500,
    enqueuedAt: new Date(Date.now() - 2 * HOUR),
  },
  {
    key: "2",
    reason: "ValidationFailed",
    description: "Order ORD-4712/x was refused: declined Payment",
    body: '{"order":{"total":100,"id":"12345678901234567890","email":null},"items":[],"ok":false}',
    contentType: "application/json",
    properties: [text("tenant", "globex"), { name: "n", type: "int", value: "5" }],
    size: 30_000,
    bodySize: 29_000,
    sessionId: "Customer-7",
    enqueuedAt: new Date(Date.now() - 50 * HOUR),
  },
  { key: "3", reason: "Poison", description: "Boom", body: "<a>plain payment</a>", contentType: "application/xml" },
  {
    key: "4",
    reason: "Poison",
    body: gzipSync('{"zipped":"treasure"}'),
    contentEncoding: "gzip",
    sessionId: "customer-8",
  },
  { key: "5", reason: "Poison", body: Uint8Array.of(0, 1, 2, 255), properties: [text("odd.name", "x y")] },
  { key: "6", reason: "Large", description: "kept elsewhere", notKept: true },
];
const shared = await newQueue();
await makeSearchable(database, shared, MESSAGES);
await indexAll(store);

describe("what a filter finds", () => {
  it.each([
    // Words
    ["payment", ["1", "2", "3"]],
    ['"payment declined"', ["1"]],
    ["text ~ PAYMENT", ["1", "2", "3"]],
    ["description ~ payment", ["1", "2"]],
    ["body ~ payment", ["3"]],
    ["ORD-4711/x", ["1"]],
    ["ord-47*", ["1", "2"]],
    ["Grüße", ["1"]],
    ['"aus köln"', ["1"]],
    ["treasure", ["4"]],
    ["acme", ["1"]],
    ["12345678901234567890", ["1", "2"]],
    ['"refused acme"', []],
    // Fields of the message
    ["reason = ValidationFailed", ["1", "2"]],
    ["reason ~ valid", ["1", "2"]],
    ["subject = orders/1", ["1"]],
    ["correlation = c-1", ["1"]],
    ["correlation != c-1", ["2", "3", "4", "5", "6"]],
    ["type ~ json", ["1", "2"]],
    ["key = 3", ["3"]],
    ["id = message-4", ["4"]],
    ["size > 20kB", ["2"]],
    ["body-size > 20kB", ["2"]],
    ["body-size = 29000", ["2"]],
    ["body-size < 29000", ["1", "3", "4", "5", "6"]],
    ["body-size >= 29001", []],
    ["session = Customer-7", ["2"]],
    ["session = customer-7", []],
    ["session != Customer-7", ["1", "3", "4", "5", "6"]],
    ["session ~ customer", ["2", "4"]],
    ["deliveries = 3", ["1"]],
    ["age < 3h", ["1"]],
    ["age > 2d", ["2"]],
    ["enqueued >= 3h ago", ["1"]],
    ["enqueued < 2001-01-01", []],
    ["first-seen >= 1h ago", ["1", "2", "3", "4", "5", "6"]],
    ["replay = none", ["1", "2", "3", "4", "5", "6"]],
    ["replay = live", []],
    ["edited = yes", []],
    ["edited = no", ["1", "2", "3", "4", "5", "6"]],
    // Properties, typed and exact
    ['property.tenant = "acme"', ["1"]],
    ["property.tenant exists", ["1", "2"]],
    ["property.tenant missing", ["3", "4", "5", "6"]],
    ["property.tenant != acme", ["2"]],
    ["property.n = 9007199254740993", ["1"]],
    ["property.n = 9007199254740992", []],
    ["property.n > 9007199254740992", ["1"]],
    ["property.n <= 5.0", ["2"]],
    ["property.tenant ~ LOB", ["2"]],
    ['property."odd.name" = "x y"', ["5"]],
    ['property.odd.name = "x y"', ["5"]],
    // JSON paths, typed and exact
    ["json.order.total > 12.4999999999999999999", ["1", "2"]],
    ["json.order.total > 12.5", ["2"]],
    ["json.order.total = 12.5", ["1"]],
    ["json.order.total >= 1e2", ["2"]],
    ["json.order.id = 12345678901234567890", ["1", "2"]],
    ['json.order.id = "12345678901234567890"', ["2"]],
    ["json.order.id = 12345678901234567891", []],
    ["json.order.id > 12345678901234567889", ["1"]],
    ["json.order.id is string", ["2"]],
    ["json.order.email = null", ["2"]],
    ["json.order.email exists", ["2"]],
    ["json.order.email missing", ["1", "4"]],
    ["not json.order.email exists", ["1", "3", "4", "5"]],
    ["not json.order.email missing", ["2", "3", "5"]],
    ['json.items[].sku = "B-2"', ["1"]],
    ["json.items is array", ["1", "2"]],
    ["json.items[] exists", ["1"]],
    ["json.ok = true", ["1"]],
    ["json.order.note ~ köln", ["1"]],
    ["json.zipped exists", ["4"]],
    // Combined
    ["payment not treasure reason = Poison", ["3"]],
    ["payment and (size > 20kB or json.ok = true)", ["1", "2"]],
    ["treasure or acme", ["1", "4"]],
    ["not (treasure or acme)", ["2", "3", "5"]],
  ])("%s", async (q, expected) => {
    expect(await keys(shared.id, q)).toEqual(expected);
  });

  it("what is not indexed, or not wholly, fits neither a condition nor its opposite; coverage counts it", async () => {
    const queue = await newQueue();
    await makeSearchable(database, queue, [
      { key: "1", description: "one", body: "alpha" },
      { key: "2", description: "two", notKept: true },
    ]);
    expect(await keys(queue.id, "body ~ alpha")).toEqual([]);
    expect(await keys(queue.id, "not body ~ alpha")).toEqual([]);
    expect((await find(queue.id, "alpha")).coverage).toEqual({ present: 2, pending: 2, gaps: 0 });
    await indexAll(store);
    expect(await keys(queue.id, "body ~ alpha")).toEqual(["1"]);
    expect(await keys(queue.id, "not body ~ alpha")).toEqual([]);
    expect(await keys(queue.id, "not body ~ beta")).toEqual(["1"]);
    expect(await keys(queue.id, "not description ~ one")).toEqual(["2"]);
    expect((await find(queue.id, "alpha")).coverage).toEqual({ present: 2, pending: 0, gaps: 1 });
  });

  it("says what is not indexed yet also of ids, which are looked up in the index where messages are many", async () => {
    const queue = await newQueue();
    await makeSearchable(database, queue, [{ key: "1" }, { key: "2", notKept: true }]);
    for (const q of ["id = message-1", 'correlation = "c"', "subject = s", "session = s", "property.a = 1"]) {
      expect((await find(queue.id, q)).coverage, q).toMatchObject({ present: 2, pending: 2 });
    }
    expect((await find(queue.id, "id ~ message")).coverage).toBeNull();
    await indexAll(store);
    expect((await find(queue.id, "id = message-1")).coverage).toMatchObject({ pending: 0, gaps: 0 });
  });

  it("what left its queue leaves the index, and comes back with it", async () => {
    const queue = await newQueue();
    const [id] = await makeSearchable(database, queue, [{ key: "1", body: "wanderer" }]);
    await indexAll(store);
    const entries = () => database.query("SELECT 1 FROM message_search WHERE dead_letter_id = $1", [id]);
    await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = $1", [id]);
    expect(await keys(queue.id, "wanderer")).toEqual([]);
    await indexAll(store);
    expect(await entries()).toEqual([]);
    await database.query("UPDATE dead_letter SET left_at = NULL, left_how = NULL WHERE id = $1", [id]);
    await indexAll(store);
    expect(await keys(queue.id, "wanderer")).toEqual(["1"]);
  });

  it("leaves Base64 in JSON alone: it is found as it stands, and what it would decode to is not", async () => {
    const queue = await newQueue();
    const packed = gzipSync("submarine").toString("base64");
    const [plain, quoted] = [Buffer.from("periscope").toString("base64"), Buffer.from('{"deep":1}').toString("base64")];
    await makeSearchable(database, queue, [
      { key: "1", body: JSON.stringify({ plain, packed }), contentType: "application/json" },
      { key: "2", body: JSON.stringify(quoted), contentType: "application/json" },
    ]);
    await indexAll(store);
    expect(await keys(queue.id, `json.plain = "${plain}"`)).toEqual(["1"]);
    expect(await keys(queue.id, `json.packed = "${packed}"`)).toEqual(["1"]);
    expect(await keys(queue.id, plain)).toEqual(["1"]);
    for (const q of ["periscope", "submarine", "json.deep exists"]) expect(await keys(queue.id, q), q).toEqual([]);
  });

  it("goes through all queues where none is named, and says where each message lies", async () => {
    const queue = await newQueue();
    await makeSearchable(database, queue, [{ key: "1", body: "everywhere-unique" }]);
    await indexAll(store);
    const page = await find(undefined, "everywhere-unique");
    expect(page.items.map((row) => row.queue.id)).toEqual([queue.id]);
  });
});

describe("what a filter knows of replays, corrections and queues", async () => {
  const [path, beside] = ["handled", "beside"] as const;
  const queue = await newQueue(path);
  const other = await newQueue(beside);
  const states = [
    null,
    "planned",
    "claimed",
    "sending",
    "sent",
    "uncertain",
    "settled",
    "refused",
    "failed",
    "cancelled",
    "gone",
    "changed",
  ];
  // Key 1 was in no replay, and the last one came back from one.
  const given = [...states, null].map((_, n) => ({ key: String(n + 1) }));
  const ids = await makeSearchable(database, queue, given);
  const idOf = (key: number) => ids[key - 1] as string;
  await makeSearchable(database, other, [{ key: "90" }]);
  const author = await makePerson(database);

  async function replay(items: readonly { key: number; state: string }[]): Promise<string[]> {
    const id = randomUUID();
    await database.query(
      `INSERT INTO replay (id, namespace_id, queue_id, target_path, state, selection, plan_hash, preflight, rate, burst, message_id_policy,
         doubt_policy, reason, total, created_by)
       VALUES ($1, $2, $3, 'orders', 'running', '{}', '', '{}', 1, 1, 'new', 'hold', 'a test', $4, $5)`,
      [id, queue.namespaceId, queue.id, items.length, author.id],
    );
    const made = await database.query<{ id: string }>(
      `INSERT INTO replay_item (id, replay_id, ordinal, dead_letter_id, key, position, enqueued_at, content_hash, state, intent_at, sent_hash)
       SELECT gen_random_uuid(), $1, g.ordinal, d.id, d.key, d.position, d.enqueued_at, d.content_hash, g.state, now(), '\\x00'
       FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS g(id, state, ordinal) JOIN dead_letter d ON d.id = g.id
       ORDER BY g.ordinal RETURNING id`,
      [id, items.map(({ key }) => idOf(key)), items.map(({ state }) => state)],
    );
    return made.map((row) => row.id);
  }

  const tried = states.flatMap((state, n) => (state === null ? [] : [{ key: n + 1, state }]));
  const items = await replay(tried);
  // The one that failed is tried again: both are so.
  await replay([{ key: 9, state: "planned" }]);
  await database.query("UPDATE dead_letter SET returned_from = $2 WHERE id = $1", [idOf(13), items[0]]);
  await database.query(
    `INSERT INTO edit (id, dead_letter_id, version, properties, created_by, ended_at) VALUES
       (gen_random_uuid(), $1, 1, '[]', $3, now()), (gen_random_uuid(), $1, 2, '[]', $3, NULL), (gen_random_uuid(), $2, 1, '[]', $3, now())`,
    [idOf(2), idOf(3), author.id],
  );

  it.each([
    ["replay = none", ["1", "13"]],
    ["replay = live", ["2", "3", "4", "5", "6", "9"]],
    ["replay = uncertain", ["6"]],
    ["replay = refused", ["8"]],
    ["replay = failed", ["9"]],
    ["replay = cancelled", ["10"]],
    ["replay = returned", ["13"]],
    ["not replay = live", ["1", "7", "8", "10", "11", "12", "13"]],
    ["replay = failed replay = live", ["9"]],
    // A correction that was taken back is none.
    ["edited = yes", ["2"]],
    ["edited = no replay = live", ["3", "4", "5", "6", "9"]],
    [`queue = ${path} replay = none`, ["1", "13"]],
    [`queue = ${beside}`, []],
    [`queue != ${path}`, []],
  ])("%s", async (q, expected) => {
    expect(await keys(queue.id, q)).toEqual(expected.toSorted());
  });

  it("a queue is named in a search over all of them", async () => {
    expect(await keys(undefined, `queue = ${beside}`)).toEqual(["90"]);
    expect(await keys(undefined, `queue ~ ${beside.toUpperCase()}`)).toEqual(["90"]);
    expect(await keys(undefined, `(queue = ${beside} or queue = ${path}) replay = none`)).toEqual(["1", "13", "90"]);
    expect(await keys(undefined, `queue = ${beside}x`)).toEqual([]);
  });
});

describe("roles that may not see payloads", () => {
  it.each([
    "payment",
    "description ~ x",
    "body ~ x",
    "property.tenant = acme",
    "json.a exists",
    "size > 1 or json.a missing",
  ])("cannot ask %s: the hits would answer", async (q) => {
    await expect(find(shared.id, q, false)).rejects.toMatchObject({ code: "forbidden" });
  });

  it("ask everything else", async () => {
    expect((await find(shared.id, "size > 20kB or reason = Poison", false)).total).toBe(4);
  });
});
