import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { deadLetterFilter } from "@/lib/contracts/dead-letters";
import { comparison } from "@/lib/contracts/search";
import { makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { indexAll, makeSearchable } from "@/lib/testing/searchable-messages";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { listDeadLetters } from "../dead-letters/list-dead-letters";
import { compareMessages } from "./compare-messages";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database);
const text = (name: string, value: string) => ({ name, type: "string", value });

async function compare(queue: number, given: Record<string, unknown>, mayReadPayloads = true) {
  const answer = await compareMessages({ store, actor, mayReadPayloads }, deadLetterFilter.parse({ queue, ...given }));
  return comparison.parse(answer);
}

/** 30 messages that failed and 70 others: what the 30 share is said by few of the others. */
async function twoSides() {
  const queue = await makeQueue(database, { namespace: `ns-${randomUUID()}` });
  await makeSearchable(
    database,
    queue,
    Array.from({ length: 100 }, (_, n) => {
      const failed = n < 30;
      return {
        key: String(n),
        reason: failed ? "Failed" : "Other",
        ...(n % 4 === 0 ? { correlationId: `c-${n}` } : {}),
        contentType: "application/json",
        properties: [
          text("tenant", failed ? "acme" : (["globex", "initech"][n % 2] ?? "")),
          text("unique", `u-${n}`),
          ...(failed && n < 15 ? [text("traceparent", `00-${"a".repeat(32)}-${"b".repeat(16)}-01`)] : []),
        ],
        body: JSON.stringify({
          id: n,
          country: failed || n < 40 ? "JP" : "DE",
          version: 2,
          customer: failed ? {} : { email: `${n}@mail.example` },
          ...(n === 5 ? { lines: [] } : { lines: [{ sku: "x" }] }),
        }),
      };
    }),
  );
  await indexAll(store);
  return queue;
}

describe("what messages have in common", () => {
  it("names values by their share here and elsewhere, counted over all, each as a filter that finds exactly them", async () => {
    const queue = await twoSides();
    const { payloads } = await compare(queue.id, { reason: "Failed" });
    expect(payloads).toMatchObject({ inside: 30, outside: 70, jsonInside: 30, jsonOutside: 70 });
    const facets = (payloads?.facets ?? []).map(({ name, value, inside, outside }) => [name, value, inside, outside]);
    expect(facets.slice(0, 2)).toEqual([
      ["tenant", "acme", 30, 0],
      ["country", "JP", 30, 10],
    ]);
    expect(facets.map(([name]) => name)).not.toContain("version");
    expect(facets.map(([name]) => name)).not.toContain("unique");
    for (const facet of payloads?.facets ?? []) {
      const page = await listDeadLetters(
        { store, mayReadPayloads: true },
        { queue: queue.id, q: facet.filter, sort: "oldest", limit: 100 },
      );
      expect(page.total).toBe(facet.inside + facet.outside);
    }
  });

  it("the schema shows the field that is missing here, empty objects and arrays included", async () => {
    const queue = await twoSides();
    const { payloads } = await compare(queue.id, { q: 'property.tenant = "acme"' });
    const at = (path: string) => payloads?.schema.find((entry) => entry.path === path);
    expect(at("customer.email")).toMatchObject({ inside: 0, outside: 70, types: [{ type: "string" }] });
    expect(at("customer")).toMatchObject({ inside: 30, outside: 70, types: [{ type: "object" }] });
    expect(at("lines")).toMatchObject({ inside: 30, types: [{ type: "array" }] });
    expect(at("lines[].sku")).toMatchObject({ inside: 29, outside: 70 });
    expect(at("")).toMatchObject({ inside: 30, types: [{ type: "object" }] });
  });

  it("puts a message of which it is not known whether it fits on neither side", async () => {
    const queue = await makeQueue(database, { namespace: `ns-${randomUUID()}` });
    await makeSearchable(database, queue, [
      { key: "1", body: '{"a": 1}' },
      { key: "2", body: '{"b": 1}' },
      { key: "3", notKept: true },
    ]);
    await indexAll(store);
    expect((await compare(queue.id, { q: "json.a exists" })).payloads).toMatchObject({ inside: 1, outside: 1 });
    expect((await compare(queue.id, { q: "json.a missing" })).payloads).toMatchObject({ inside: 1, outside: 1 });
  });

  it("says what all share where there is nothing to compare with", async () => {
    const queue = await makeQueue(database, { namespace: `ns-${randomUUID()}` });
    await makeSearchable(
      database,
      queue,
      [1, 2, 3].map((n) => ({ key: String(n), properties: [text("tenant", "acme"), text("n", String(n))] })),
    );
    await indexAll(store);
    const { payloads } = await compare(queue.id, {});
    expect(payloads?.facets.map(({ name, inside, outside }) => [name, inside, outside])).toEqual([["tenant", 3, 0]]);
  });

  it("counts who carries a correlation id or a trace", async () => {
    const queue = await twoSides();
    expect((await compare(queue.id, { reason: "Failed" })).correlation).toEqual({
      total: 30,
      withCorrelationId: 8,
      withTrace: 15,
    });
  });

  it("hides values from roles without payloads; every look at them is recorded, without what was seen", async () => {
    const queue = await twoSides();
    const events = () =>
      database.query<{ detail: unknown }>(
        "SELECT detail FROM audit_event WHERE action = 'payload.compared' AND queue_id = $1",
        [queue.id],
      );
    const hidden = await compare(queue.id, { reason: "Failed" }, false);
    expect(hidden.payloads).toBeNull();
    expect(hidden.correlation.total).toBe(30);
    expect(await events()).toEqual([]);
    await expect(compare(queue.id, { q: "acme" }, false)).rejects.toMatchObject({ code: "forbidden" });
    await compare(queue.id, { q: "acme" });
    expect(await events()).toEqual([{ detail: { messages: 30, others: 70, cause: null } }]);
  });
});
