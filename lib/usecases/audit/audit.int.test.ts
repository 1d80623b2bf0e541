import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditQuery } from "@/lib/contracts/audit";
import type { Actor, NewAuditEvent } from "@/lib/domain/audit";
import { openDatabase } from "@/lib/store/database";
import { makeQueue } from "@/lib/testing/dead-letter-factory";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { listAuditEvents } from "./list-audit-events";

const database = await testDatabase();
const store = testStore(database);
const { client: app, close } = openDatabase({ url: database.url, poolSize: 2, applicationName: "test" });
afterAll(close);
const queue = await makeQueue(database, { entityPath: "orders" });

const OLGA: Actor = { kind: "person", id: "0f1f3a7e-0000-4000-8000-000000000001", name: "Olga 100%_Operator" };
const WORKER: Actor = { kind: "worker", id: "0f1f3a7e-0000-4000-8000-000000000002", name: "worker on host-7" };
const REPLAY = "3f0e9a44-5f0e-4b52-9d7c-6a0a2b1c9d10";

const event = (given: Partial<NewAuditEvent>): NewAuditEvent => ({
  actor: OLGA,
  action: "payload.viewed",
  subject: { kind: "dead-letter", id: "1" },
  detail: {},
  ...given,
});
const list = (query: Record<string, unknown> = {}) => listAuditEvents({ store }, auditQuery.parse(query));
const subjects = async (query: Record<string, unknown>) => (await list(query)).items.map(({ subjectId }) => subjectId);

beforeAll(() =>
  store.audit.append([
    event({ subject: { kind: "dead-letter", id: "11" }, queueId: queue.id, detail: { n: 1, text: "ünïcode" } }),
    event({ action: "edit.saved", subject: { kind: "dead-letter", id: "11" }, queueId: queue.id }),
    event({ actor: WORKER, action: "replay.completed", subject: { kind: "replay", id: REPLAY }, replayId: REPLAY }),
    event({
      action: "replay.started",
      subject: { kind: "replay", id: REPLAY },
      replayId: REPLAY,
      reason: "consumer fixed",
    }),
  ]),
);

describe("R7: the record is append-only, for the application's own connection too", () => {
  test.each([
    ["update", `UPDATE audit_event SET reason = 'another' WHERE id > 0`],
    ["update of nothing that matters", "UPDATE audit_event SET detail = detail"],
    ["delete", `DELETE FROM audit_event WHERE action = 'edit.saved'`],
    ["truncate", "TRUNCATE audit_event"],
    ["truncate with what hangs on it", "TRUNCATE audit_event CASCADE"],
  ])("%s is refused", async (_, sql) => {
    const before = await database.query("SELECT * FROM audit_event ORDER BY id");
    await expect(app.$executeRawUnsafe(sql)).rejects.toThrow(/append-only/);
    expect(await database.query("SELECT * FROM audit_event ORDER BY id")).toEqual(before);
  });

  test("an act that rolls back leaves no event", async () => {
    const before = await database.query("SELECT id FROM audit_event");
    const act = store.transaction(async (tx) => {
      await tx.audit.append([event({ subject: { kind: "dead-letter", id: "never" } })]);
      throw new Error("the act failed");
    });
    await expect(act).rejects.toThrow("the act failed");
    expect(await database.query("SELECT id FROM audit_event")).toEqual(before);
  });
});

describe("listing", () => {
  test("newest first, with who, what, where and why", async () => {
    const { items, nextCursor } = await list();
    expect(items.map(({ action }) => action)).toEqual([
      "replay.started",
      "replay.completed",
      "edit.saved",
      "payload.viewed",
    ]);
    expect(items[0]).toMatchObject({ reason: "consumer fixed", replayId: REPLAY, queue: null, actorKind: "person" });
    expect(items[3]).toMatchObject({
      queue: { id: queue.id, entityPath: "orders" },
      detail: { n: 1, text: "ünïcode" },
      actorName: OLGA.name,
    });
    expect(nextCursor).toBeNull();
  });

  test("times are the database's, in UTC", async () => {
    const at = Date.parse((await list()).items[0]?.at ?? "");
    expect(Math.abs(Date.now() - at)).toBeLessThan(60_000);
  });

  test.each([
    ["action", { action: "edit.saved" }, ["11"]],
    ["actor by id", { actor: WORKER.id }, [REPLAY]],
    ["actor by part of the name, whatever its case", { actor: "OLGA" }, [REPLAY, "11", "11"]],
    ["actor with signs that mean something to SQL", { actor: "100%_" }, [REPLAY, "11", "11"]],
    ["an actor who did nothing", { actor: "100_" }, []],
    ["replay", { replay: REPLAY }, [REPLAY, REPLAY]],
    ["queue", { queue: queue.id }, ["11", "11"]],
    ["dead letter", { deadLetter: "11" }, ["11", "11"]],
    ["dead letter that nobody touched", { deadLetter: "1" }, []],
    ["several at once", { queue: queue.id, action: "payload.viewed", actor: "olga" }, ["11"]],
    ["until before everything", { until: "2001-01-01T00:00:00Z" }, []],
    ["since before everything, in another zone", { since: "2001-01-01T05:30:00+05:30", action: "edit.saved" }, ["11"]],
    ["since tomorrow", { since: new Date(Date.now() + 86_400_000).toISOString() }, []],
  ])("by %s", async (_, query, expected) => {
    expect(await subjects(query)).toEqual(expected);
  });

  test("pages stay put while new events arrive", async () => {
    const first = await list({ limit: 3 });
    expect(first.items).toHaveLength(3);
    await store.audit.append([event({ subject: { kind: "dead-letter", id: "late" } })]);
    const second = await list({ limit: 3, cursor: first.nextCursor });
    expect(second.items.map(({ action }) => action)).toEqual(["payload.viewed"]);
    expect(second.nextCursor).toBeNull();
  });

  test("a cursor that is none of ours is refused in words", async () => {
    await expect(list({ cursor: "1; DROP TABLE" })).rejects.toMatchObject({ code: "invalid-input" });
  });
});
