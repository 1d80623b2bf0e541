import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  DEAD_LETTER_SORTS,
  type DeadLetterRow,
  type DeadLetterSort,
  deadLetterDetail,
  deadLetterPage,
  deadLetterQuery,
} from "@/lib/contracts/dead-letters";
import { makeDeadLetters, makeQueue } from "@/lib/testing/dead-letter-factory";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { getDeadLetter } from "./get-dead-letter";
import { listDeadLetters } from "./list-dead-letters";

const database = await testDatabase();
const store = testStore(database);
const context = { store, mayReadPayloads: true, config: { tracing: { links: [] } } };
const HOUR = 3_600_000;
const newQueue = () => makeQueue(database, { namespace: `ns-${randomUUID()}` });

function list(queue: number, given: Record<string, unknown> = {}) {
  return listDeadLetters(context, deadLetterQuery.parse({ queue, ...given }));
}

async function listAll(queue: number, given: Record<string, unknown>) {
  const rows: DeadLetterRow[] = [];
  let cursor: string | null = null;
  do {
    const page = deadLetterPage.parse(await list(queue, { ...given, ...(cursor === null ? {} : { cursor }) }));
    rows.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return rows;
}

const VALUE: Readonly<Record<DeadLetterSort, (row: DeadLetterRow) => number>> = {
  oldest: (row) => Date.parse(row.enqueuedAt),
  newest: (row) => -Date.parse(row.enqueuedAt),
  largest: (row) => -row.size,
  "most-deliveries": (row) => -row.deliveryCount,
};

describe("a list of dead letters", () => {
  it.each(DEAD_LETTER_SORTS)("pages through all of them once, in order, with ties: %s", async (sort) => {
    const queue = await newQueue();
    const now = Date.now();
    await makeDeadLetters(
      database,
      queue,
      Array.from({ length: 57 }, (_, n) => ({
        key: String(n),
        enqueuedAt: new Date(now - (n % 5) * HOUR),
        size: 100 + (n % 3),
      })),
    );
    const rows = await listAll(queue.id, { sort, limit: 10 });
    expect(new Set(rows.map((row) => row.id)).size).toBe(57);
    const values = rows.map(VALUE[sort]);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect((await list(queue.id, { sort, limit: 10 })).total).toBe(57);
  });

  it.each(DEAD_LETTER_SORTS)("pages through those of all queues once, in order, with ties: %s", async (sort) => {
    // Of unlike lengths: a page holds rows of many queues, or of one alone.
    const made = await Promise.all(
      [40, 3, 9, 1, 1, 1, 1, 1].map(async (count, place) => {
        const queue = await newQueue();
        await makeDeadLetters(
          database,
          queue,
          Array.from({ length: count }, (_, n) => ({
            key: String(n),
            enqueuedAt: new Date(Date.now() - (n % 5) * HOUR),
            size: 100 + ((n + place) % 4),
          })),
        );
        return queue;
      }),
    );
    const [gone] = await makeDeadLetters(database, made[0] as (typeof made)[number], [{ key: "9999", size: 9_999 }]);
    await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = $1", [gone]);
    const [there] = await database.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM dead_letter WHERE left_at IS NULL",
    );
    const rows: DeadLetterRow[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await listDeadLetters(
        context,
        deadLetterQuery.parse({ sort, limit: 4, ...(cursor ? { cursor } : {}) }),
      );
      expect([page.total, page.totalIs]).toEqual([there?.n, "exact"]);
      rows.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(new Set(rows.map((row) => row.id)).size).toBe(there?.n);
    expect(rows.length).toBe(there?.n);
    const values = rows.map(VALUE[sort]);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  });

  it.each(
    DEAD_LETTER_SORTS,
  )("pages through those of a reason and of a cause with merged ones, whose orders are put together: %s", async (sort) => {
    const queue = await newQueue();
    const other = await newQueue();
    const now = Date.now();
    const given = Array.from({ length: 60 }, (_, n) => ({
      key: String(n),
      // One cause has few messages, and those at one end of the list.
      reason: n < 3 ? "few" : `reason ${n % 3}`,
      enqueuedAt: new Date(now - (n % 7) * HOUR),
      size: 100 + (n % 4),
    }));
    await makeDeadLetters(database, queue, given);
    await makeDeadLetters(database, other, given);
    const causes = await database.query<{ id: string; reason: string }>(
      "SELECT id::text AS id, reason FROM cause WHERE queue_id = $1 ORDER BY reason",
      [queue.id],
    );
    const [few, zero, one] = causes.map(({ id }) => id) as [string, string, string];
    // Two causes of one reason.
    await database.query("UPDATE cause SET reason = 'reason 0' WHERE id = $1", [few]);
    await database.query("UPDATE cause SET merged_into = $1 WHERE id = $2", [zero, one]);
    const whole = await listAll(queue.id, { sort, limit: 100 });
    expect(whole).toHaveLength(60);
    const of = (keys: (n: number) => boolean) => whole.filter(({ key }) => keys(Number(key))).map(({ id }) => id);
    const ids = async (filter: Record<string, unknown>) =>
      (await listAll(queue.id, { sort, limit: 7, ...filter })).map(({ id }) => id);
    expect(await ids({ reason: "reason 0" })).toEqual(of((n) => n < 3 || n % 3 === 0));
    expect(await ids({ cause: zero })).toEqual(of((n) => n >= 3 && n % 3 < 2));
    expect(await ids({ cause: one, reason: "reason 1" })).toEqual(of((n) => n >= 3 && n % 3 === 1));
    expect((await listAll(other.id, { sort, cause: zero })).length).toBe(0);
    expect((await list(other.id, { sort, cause: zero })).total).toBe(0);
  });

  it("shows and counts what is there, by cause, reason, age and return, folded into the figures or not", async () => {
    const queue = await newQueue();
    const old = new Date(Date.now() - 30 * HOUR);
    const [a, b, c] = await makeDeadLetters(database, queue, [
      { key: "1", reason: "A" },
      { key: "2", reason: "B", enqueuedAt: old },
      { key: "3", reason: "B", enqueuedAt: new Date() },
      { key: "4", reason: "B" },
    ]);
    await database.query(
      "UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE queue_id = $1 AND key = '4'",
      [queue.id],
    );
    await database.query("UPDATE dead_letter SET returned_from = $1 WHERE id = $2", [randomUUID(), a]);
    const ids = async (given: Record<string, unknown>) => {
      const { items, total, totalIs } = await list(queue.id, given);
      expect([total, totalIs]).toEqual([items.length, "exact"]);
      return items.map((row) => row.id).toSorted();
    };
    const [cause] = await database.query<{ id: string }>("SELECT id FROM cause WHERE queue_id = $1 AND reason = 'B'", [
      queue.id,
    ]);
    const seen = async () => {
      expect(await ids({})).toEqual([a, b, c].toSorted());
      expect(await ids({ cause: cause?.id })).toEqual([b, c].toSorted());
      expect(await ids({ reason: "B", age: "3d" })).toEqual([b]);
      expect(await ids({ age: "1h" })).toEqual([c]);
      expect(await ids({ age: "7d" })).toEqual([]);
      expect(await ids({ returned: "yes" })).toEqual([a]);
      expect(await ids({ returned: "no" })).toEqual([b, c].toSorted());
      expect(await ids({ reason: "A", returned: "no" })).toEqual([]);
      expect(await ids({ reason: "'; DROP TABLE dead_letter; --" })).toEqual([]);
    };
    await seen();
    while ((await store.transaction((tx) => tx.rollups.fold(0))).kind === "busy");
    await seen();
  });

  it("counts ages from its first page, so that nothing grows out of the list between two pages", async () => {
    const queue = await newQueue();
    const almost = Date.now() - HOUR + 300;
    await makeDeadLetters(
      database,
      queue,
      [1, 2, 3].map((n) => ({ key: String(n), enqueuedAt: new Date(almost + n) })),
    );
    const first = await list(queue.id, { age: "1h", limit: 1 });
    expect(first.total).toBe(3);
    while (Date.now() < almost + HOUR + 50) await store.now();
    const rest = await list(queue.id, { age: "1h", limit: 10, cursor: first.nextCursor });
    expect(rest.items.length).toBe(2);
    expect(rest.at).toBe(first.at);
    expect((await list(queue.id, { age: "1h" })).total).toBe(0);
  });

  it.each([
    "",
    "x",
    "b2xkZXN0",
    Buffer.from("oldest 2026-11-21T00:00:00Z 1;DROP 1").toString("base64url"),
  ])("refuses the cursor %j", async (cursor) => {
    const queue = await newQueue();
    await expect(list(queue.id, { cursor })).rejects.toMatchObject({ code: "invalid-input" });
  });

  it("refuses the cursor of another sort", async () => {
    const queue = await newQueue();
    await makeDeadLetters(database, queue, [{ key: "1" }, { key: "2" }]);
    const { nextCursor } = await list(queue.id, { limit: 1 });
    await expect(list(queue.id, { limit: 1, sort: "largest", cursor: nextCursor })).rejects.toMatchObject({
      code: "invalid-input",
    });
  });

  it("leaves descriptions out for those who may not see payloads", async () => {
    const queue = await newQueue();
    const [id] = await makeDeadLetters(database, queue, [{ key: "1" }]);
    await database.query("UPDATE dead_letter SET description = 'customer 4711' WHERE id = $1", [id]);
    const query = deadLetterQuery.parse({ queue: queue.id });
    const masked = { ...context, mayReadPayloads: false };
    expect((await listDeadLetters(context, query)).items[0]?.description).toBe("customer 4711");
    expect((await listDeadLetters(masked, query)).items[0]?.description).toBeNull();
    expect((await getDeadLetter(context, { id: id as string })).row.description).toBe("customer 4711");
    expect((await getDeadLetter(masked, { id: id as string })).row.description).toBeNull();
  });
});

describe("one dead letter", () => {
  it("is found with its queue and cause, also after it left", async () => {
    const queue = await newQueue();
    const [id] = await makeDeadLetters(database, queue, [{ key: "18446744073709551", reason: "A" }]);
    await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = $1", [id]);
    const detail = deadLetterDetail.parse(await getDeadLetter(context, { id: id as string }));
    expect(detail).toMatchObject({
      queue: { id: queue.id, entityPath: "orders", originPath: "orders" },
      row: { key: "18446744073709551", leftHow: "removed", replay: null, returnedFrom: null, edited: false },
      lineage: [],
    });
  });

  it("that does not exist is not found", async () => {
    await expect(getDeadLetter(context, { id: "9223372036854775807" })).rejects.toMatchObject({ code: "not-found" });
  });
});
