import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { exportQuery } from "@/lib/contracts/exports";
import { makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { indexAll, makeSearchable } from "@/lib/testing/searchable-messages";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { exportMessages } from "./export-messages";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database);

const begin = (query: Record<string, unknown>, mayReadPayloads = true) =>
  exportMessages({ store, actor, mayReadPayloads, codecFor }, exportQuery.parse(query));

async function whole({ pieces }: Awaited<ReturnType<typeof begin>>): Promise<string> {
  let file = "";
  for await (const piece of pieces) file += piece;
  return file;
}

async function records(query: Record<string, unknown>, mayReadPayloads = true): Promise<Record<string, unknown>[]> {
  const file = await whole(await begin(query, mayReadPayloads));
  return file
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function someQueue(entityPath = `orders-${randomUUID().slice(0, 8)}`) {
  const queue = await makeQueue(database, { entityPath });
  await makeSearchable(database, queue, [
    {
      key: "18014398509481985",
      description: "Card 4111 was declined",
      body: '{"amount": 12345678901234567890.10}',
      contentType: "application/json",
      properties: [{ name: "tenant", type: "string", value: "acme" }],
      enqueuedAt: new Date("2026-11-20T00:00:00Z"),
    },
    { key: "2", reason: "=cmd|calc", body: gzipSync("zipped"), contentEncoding: "gzip" },
    { key: "3", body: Uint8Array.of(0, 255, 1) },
    { key: "4", notKept: true },
  ]);
  await indexAll(store);
  return queue;
}

const events = (queueId: number) =>
  database.query<{ detail: Record<string, unknown>; actor_name: string }>(
    "SELECT actor_name, detail FROM audit_event WHERE action = 'messages.exported' AND queue_id = $1 ORDER BY id",
    [queueId],
  );

describe("an export of a filter", () => {
  it("holds every message once, oldest first, with bodies to the last digit and byte", async () => {
    const queue = await someQueue();
    const found = await records({ queue: queue.id, content: "payloads" });
    expect(found.map(({ sequenceNumber }) => sequenceNumber)).toEqual(["18014398509481985", "2", "3", "4"]);
    expect(found[0]).toMatchObject({
      description: "Card 4111 was declined",
      body: '{"amount": 12345678901234567890.10}',
      bodyEncoding: "text",
      bodyNote: null,
      enqueuedAt: "2026-11-20T00:00:00.000Z",
    });
    expect(found[1]).toMatchObject({ body: "zipped", bodyNote: expect.stringContaining("gzip") });
    expect(found[2]).toMatchObject({ body: Buffer.from([0, 255, 1]).toString("base64"), bodyEncoding: "base64" });
    expect(found[3]).toMatchObject({ body: null, bodyNote: expect.stringContaining("keeps no copy") });
  });

  it("is what the filter lets through, and nothing else", async () => {
    const queue = await someQueue();
    const found = await records({ queue: queue.id, q: 'json.amount > 5 and property.tenant = "acme"' });
    expect(found.map(({ sequenceNumber }) => sequenceNumber)).toEqual(["18014398509481985"]);
    expect(await records({ queue: queue.id, reason: "=cmd|calc" })).toHaveLength(1);
    expect(await whole(await begin({ queue: queue.id, q: "nothing-of-that-kind" }))).toBe("");
  });

  it("of facts alone carries nothing of a payload", async () => {
    const queue = await someQueue();
    const file = await whole(await begin({ queue: queue.id }, false));
    expect(file).not.toMatch(/4111|acme|amount|zipped|"body"|"description"/);
  });

  it("is refused with payloads, or by them, to whoever may not see them: no event, no file", async () => {
    const queue = await someQueue();
    await expect(begin({ queue: queue.id, content: "payloads" }, false)).rejects.toMatchObject({ code: "forbidden" });
    await expect(begin({ queue: queue.id, q: "body ~ 4111" }, false)).rejects.toMatchObject({ code: "forbidden" });
    expect(await events(queue.id)).toEqual([]);
  });

  it("R7: is an event before its first byte, with the number of messages and without a value of the filter", async () => {
    const queue = await someQueue();
    const { messages } = await begin({ queue: queue.id, q: 'property.tenant = "acme"', content: "payloads" });
    expect(messages).toBe(1);
    const [event] = await events(queue.id);
    expect(event).toMatchObject({
      actor_name: "Olga Operator",
      detail: { messages: 1, content: "payloads", format: "ndjson", filtered: true, asked: ["property.tenant"] },
    });
    expect(JSON.stringify(event)).not.toContain("acme");
    await database.query("ALTER TABLE audit_event ADD CONSTRAINT none CHECK (action <> 'messages.exported') NOT VALID");
    await expect(begin({ queue: queue.id })).rejects.toThrow(/none/);
    await database.query("ALTER TABLE audit_event DROP CONSTRAINT none");
  });

  it("says in the audit how many were not asked, since they are not indexed yet or not wholly", async () => {
    const queue = await someQueue();
    await makeSearchable(database, queue, [{ key: "5", body: '{"amount": 7}' }]);
    await begin({ queue: queue.id, q: "json.amount > 5" });
    await begin({ queue: queue.id });
    const [asked, whole] = await events(queue.id);
    expect(asked?.detail).toMatchObject({ messages: 1, notIndexed: 1, partlyIndexed: 1 });
    expect(whole?.detail).not.toHaveProperty("notIndexed");
  });

  it("keeps what was chosen: a message that leaves meanwhile is in it with the time, one that comes is not", async () => {
    const queue = await someQueue();
    const started = await begin({ queue: queue.id });
    await database.query(
      "UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE queue_id = $1 AND key = '3'",
      [queue.id],
    );
    await makeSearchable(database, queue, [{ key: "5" }]);
    const found = (await whole(started))
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(found.map(({ sequenceNumber, leftAt }) => [sequenceNumber, leftAt === null])).toEqual([
      ["18014398509481985", true],
      ["2", true],
      ["3", false],
      ["4", true],
    ]);
  });

  it("as CSV has a head, a line a message, and no text that a spreadsheet would run", async () => {
    const queue = await someQueue();
    const file = await whole(await begin({ queue: queue.id, format: "csv", content: "payloads" }));
    const lines = file.split("\r\n");
    expect(lines[0]).toMatch(/^\uFEFFid,namespace,queue,.*,body,bodyEncoding,bodyNote$/);
    expect(lines).toHaveLength(6);
    expect(file).toContain("'=cmd|calc");
    expect(file).toContain('"{""amount"": 12345678901234567890.10}"');
  });

  it("reads large messages a few at a time, however many match", async () => {
    const queue = await makeQueue(database, { entityPath: `large-${randomUUID().slice(0, 8)}` });
    const large = Array.from({ length: 12 }, (_, n) => ({
      key: String(n + 1),
      body: "x".repeat(1_000),
      size: 1_500_000,
    }));
    await makeSearchable(database, queue, large);
    const { pieces } = await begin({ queue: queue.id, content: "payloads" });
    const counts: number[] = [];
    for await (const piece of pieces) counts.push(piece.split("\n").length - 1);
    expect(counts).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it("gives bodies out as they are unpacked: compressed ones are small to read and large to hold", async () => {
    const queue = await makeQueue(database, { entityPath: `zipped-${randomUUID().slice(0, 8)}` });
    const zipped = Array.from({ length: 12 }, (_, n) => ({
      key: String(n + 1),
      body: gzipSync("x".repeat(1_500_000)),
      contentEncoding: "gzip",
    }));
    await makeSearchable(database, queue, zipped);
    const { pieces } = await begin({ queue: queue.id, content: "payloads" });
    const counts: number[] = [];
    for await (const piece of pieces) counts.push(piece.split("\n").length - 1);
    expect(counts).toEqual([3, 3, 3, 3]);
  });
});
