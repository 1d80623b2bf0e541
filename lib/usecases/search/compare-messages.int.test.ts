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

  it("names what as many say in one order, whoever counts", async () => {
    const queue = await makeQueue(database, { namespace: `ns-${randomUUID()}` });
    await makeSearchable(
      database,
      queue,
      Array.from({ length: 24 }, (_, n) => ({
        key: String(n),
        reason: "Failed",
        properties: ["e", "b", "d", "a", "c"].map((name) => text(name, n % 2 === 0 ? "south" : "north")),
      })),
    );
    await indexAll(store);
    const { payloads } = await compare(queue.id, { reason: "Failed" });
    const named = (payloads?.facets ?? []).map(({ name, value }) => `${name} ${value}`);
    expect(named).toEqual(["a", "b", "c", "d", "e"].flatMap((name) => [`${name} north`, `${name} south`]));
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

describe("a long queue, whose messages are counted behind the index", () => {
  const SIZES = { longQueue: 60, stretch: 30 };
  /** Everything that is due, step by step; a worker dies in every other one. */
  async function countAll(): Promise<string[]> {
    while ((await store.transaction((tx) => tx.rollups.fold(0))).kind === "busy");
    const steps: string[] = [];
    for (let dies = true; steps.at(-1) !== "idle"; dies = !dies) {
      const step = store.transaction(async (tx) => {
        const done = await tx.search.countNextFacts(SIZES);
        if (dies) throw new Error("the worker died");
        return done;
      });
      if (dies) await expect(step).rejects.toThrow("the worker died");
      else steps.push(await step);
    }
    return steps;
  }
  async function causesOf(queue: number): Promise<Record<string, string>> {
    const rows = await database.query<{ id: string; reason: string }>(
      "SELECT id::text AS id, reason FROM cause WHERE queue_id = $1",
      [queue],
    );
    return Object.fromEntries(rows.map(({ id, reason }) => [reason, id]));
  }
  async function counted() {
    const queue = await twoSides();
    const causes = await causesOf(queue.id);
    const filters = [{}, { cause: causes.Failed }, { cause: causes.Other }];
    const now = await Promise.all(filters.map((filter) => compare(queue.id, filter)));
    return { queue, causes, filters, now, steps: await countAll() };
  }

  it("is counted however many different things its messages say, and whatever the planner takes them for", async () => {
    // What other tests have left: the next count is this queue's.
    await countAll();
    const queue = await twoSides();
    const { Other } = await causesOf(queue.id);
    const now = await compare(queue.id, { cause: Other });
    await database.query(
      `UPDATE message_search s SET facts = s.facts || (SELECT array_agg(s.dead_letter_id * 10000 + n) FROM generate_series(1, 3000) n)
       FROM dead_letter d WHERE d.id = s.dead_letter_id AND d.cause_id = $1`,
      [Other],
    );
    while ((await store.transaction((tx) => tx.rollups.fold(0))).kind === "busy");
    for (let step = ""; step !== "counted"; ) {
      step = await store.transaction((tx) => tx.search.countNextFacts(SIZES));
      expect(step).not.toBe("idle");
      // As the server does by itself: few rows, each of which says tens of thousands of things.
      await database.query("ANALYZE fact_part");
    }
    const kept = await compare(queue.id, { cause: Other });
    expect(kept.payloads).toEqual(now.payloads);
    // As of when it was counted, not of now.
    expect((await compare(queue.id, { cause: Other })).at).toEqual(kept.at);
    await countAll();
  }, 60_000);

  it("is compared by the count that is kept: the same figures, as of the time that it names", async () => {
    const { queue, causes, filters, now, steps } = await counted();
    expect(steps.filter((step) => step === "stretch").length).toBeGreaterThanOrEqual(4);
    expect(steps).toContain("counted");
    const kept = await Promise.all(filters.map((filter) => compare(queue.id, filter)));
    expect(kept.map(({ payloads, correlation }) => ({ payloads, correlation }))).toEqual(
      now.map(({ payloads, correlation }) => ({ payloads, correlation })),
    );
    const [countedAt] = new Set(kept.map(({ at }) => at));
    expect(kept.every(({ at }) => at === countedAt)).toBe(true);
    // What came since is not in it, and it does not say that it was.
    await makeSearchable(database, queue, [{ key: "1000", reason: "Failed", properties: [text("tenant", "late")] }]);
    await indexAll(store);
    const later = await compare(queue.id, { cause: causes.Failed });
    expect([later.at, later.payloads?.inside]).toEqual([countedAt, 30]);
    // Whatever else is asked is counted when it is asked.
    const asked = await compare(queue.id, { reason: "Failed" });
    expect([asked.at > later.at, asked.payloads?.inside]).toEqual([true, 31]);
    expect((await compare(queue.id, { cause: causes.Failed }, false)).correlation).toEqual(kept[1]?.correlation);
  });

  it("says of what most others have how many of the cause have it, though fewer than a fiftieth do", async () => {
    const queue = await makeQueue(database, { namespace: `ns-${randomUUID()}` });
    await makeSearchable(
      database,
      queue,
      Array.from({ length: 100 }, (_, n) => ({
        key: String(n),
        reason: n < 60 ? "Failed" : "Other",
        contentType: "application/json",
        body: JSON.stringify({ id: n, ...(n < 59 ? {} : { region: "north" }) }),
      })),
    );
    await indexAll(store);
    const filter = { cause: (await causesOf(queue.id)).Failed };
    const now = await compare(queue.id, filter);
    expect(now.payloads?.schema.find(({ path }) => path === "region")).toMatchObject({ inside: 1, outside: 40 });
    expect(await countAll()).toContain("counted");
    const kept = await compare(queue.id, filter);
    expect((await compare(queue.id, filter)).at).toBe(kept.at);
    expect(kept.payloads).toEqual(now.payloads);
  });

  it("is counted again when enough has changed, and not before", async () => {
    const { queue, causes } = await counted();
    expect(await countAll()).toEqual(["idle"]);
    await database.query("UPDATE queue_facts SET next_at = now() WHERE queue_id = $1", [queue.id]);
    expect(await countAll()).toEqual(["idle"]);
    await database.query(
      "UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = (SELECT min(id) FROM dead_letter WHERE queue_id = $1 AND reason = 'Other')",
      [queue.id],
    );
    await indexAll(store);
    expect(await countAll()).toContain("counted");
    expect((await compare(queue.id, { cause: causes.Failed })).payloads).toMatchObject({ inside: 30, outside: 69 });
  });

  it("that is long no more is not shown as it was", async () => {
    const { queue, causes } = await counted();
    await database.query(
      "UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE queue_id = $1 AND position >= 40",
      [queue.id],
    );
    await indexAll(store);
    await store.transaction((tx) => tx.rollups.fold(0));
    const left = { inside: 30, outside: 10 };
    expect((await compare(queue.id, { cause: causes.Failed })).payloads).toMatchObject(left);
    await database.query("UPDATE queue_facts SET next_at = now() WHERE queue_id = $1", [queue.id]);
    expect(await countAll()).toContain("counted");
    const kept = await compare(queue.id, { cause: causes.Failed });
    expect([kept.payloads, (await compare(queue.id, { cause: causes.Failed })).at]).toMatchObject([left, kept.at]);
    expect(await countAll()).toEqual(["idle"]);
  });

  it("is counted when it is asked where the count cannot answer: causes merged since, or examples gone", async () => {
    const { queue, causes, now } = await counted();
    const [at, failed] = [now[0]?.at as string, causes.Failed as string];
    await store.causes.merge(causes.Other as string, failed);
    const merged = await compare(queue.id, { cause: failed });
    expect([merged.at > at, merged.payloads?.inside, merged.payloads?.outside]).toEqual([true, 100, 0]);
    await database.query("UPDATE queue_facts SET next_at = now() WHERE queue_id = $1", [queue.id]);
    expect(await countAll()).toContain("counted");
    const recounted = await compare(queue.id, { cause: failed });
    expect([recounted.at === merged.at, recounted.payloads]).toEqual([false, merged.payloads]);
    expect((await compare(queue.id, { cause: failed })).at).toBe(recounted.at);
    await database.query(
      "UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE queue_id = $1 AND position > (SELECT max(position) - 40 FROM dead_letter WHERE queue_id = $1)",
      [queue.id],
    );
    await indexAll(store);
    const gone = await compare(queue.id, { cause: failed });
    expect([gone.at > recounted.at, gone.payloads?.inside]).toEqual([true, 60]);
  });
});
