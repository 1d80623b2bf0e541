import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { causeDetail, overview, queueDetail } from "@/lib/contracts/queues";
import { AGE_CLOCKS, firstSeenFilter } from "@/lib/domain/age";
import { makeDeadLetters, makeQueue } from "@/lib/testing/dead-letter-factory";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { getCause } from "../causes/get-cause";
import { listDeadLetters } from "../dead-letters/list-dead-letters";
import { getOverview } from "./get-overview";
import { getQueue } from "./get-queue";

const database = await testDatabase();
const store = testStore(database);
const context = { store, mayReadPayloads: true };
const HOUR = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR);

let namespace: string;
beforeEach(async () => {
  await database.query("UPDATE namespace SET configured = false");
  namespace = `ns-${randomUUID()}`;
});

const letters = (from: number, hours: readonly number[], reason = "Failed") =>
  hours.map((hour, n) => ({ key: String(from + n), enqueuedAt: ago(hour), reason }));

describe("the overview", () => {
  it("counts what is there by age and reason, worst DLQ first, and sums to its heatmap", async () => {
    const young = await makeQueue(database, { namespace, entityPath: "young" });
    const old = await makeQueue(database, { namespace, entityPath: "old" });
    await makeQueue(database, { namespace, entityPath: "empty" });
    await makeDeadLetters(database, young, letters(1, [0.1, 0.2, 2]));
    const [left] = await makeDeadLetters(database, old, letters(1, [300, 200, 100, 30, 7], "Failed"));
    await makeDeadLetters(database, old, letters(10, [0.5, 7, 400], "Expired"));
    await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = $1", [left]);
    const answer = overview.parse(await getOverview({ store }));
    expect(answer.queues.map((queue) => [queue.entityPath, queue.indexed, queue.causes])).toEqual([
      ["old", 7, 2],
      ["young", 3, 1],
      ["empty", 0, 0],
    ]);
    expect(answer.queues[0]?.ages).toEqual({ "1h": 1, "6h": 0, "24h": 2, "3d": 1, "7d": 1, older: 2 });
    expect(answer.queues[1]?.ages).toEqual({ "1h": 2, "6h": 1, "24h": 0, "3d": 0, "7d": 0, older: 0 });
    expect(answer.queues[0]?.topReasons).toEqual([
      { reason: "Failed", count: 4 },
      { reason: "Expired", count: 3 },
    ]);
    expect(new Set(answer.heatmap.map((cell) => `${cell.reason} ${cell.age} ${cell.count}`))).toEqual(
      new Set([
        "Failed 1h 2",
        "Failed 6h 1",
        "Failed 24h 1",
        "Failed 3d 1",
        "Failed 7d 1",
        "Failed older 1",
        "Expired 1h 1",
        "Expired 24h 1",
        "Expired older 1",
      ]),
    );
    // First seen just now, all of them: also the one that has left.
    expect(answer.queues[0]?.arrivals).toEqual([...new Array(23).fill(0), 8]);
  });

  it("shows what is unknown as null, never as zero", async () => {
    await makeQueue(database, { namespace });
    const [queue] = (await getOverview({ store })).queues;
    expect(queue).toMatchObject({
      brokerCount: null,
      brokerCountAt: null,
      oldestEnqueuedAt: null,
      oldestReadAt: null,
      oldestRootEnqueuedAt: null,
      scan: { scannedAt: null, walkedAt: null, walking: false, error: null },
    });
  });

  it("knows an older message from the peek before it is indexed", async () => {
    const queue = await makeQueue(database, { namespace });
    await makeDeadLetters(database, queue, letters(1, [2]));
    const peeked = ago(9);
    await database.query("UPDATE queue SET oldest_enqueued_at = $1, oldest_read_at = now() WHERE id = $2", [
      peeked,
      queue.id,
    ]);
    const [summary] = (await getOverview({ store })).queues;
    expect(summary?.oldestRootEnqueuedAt).toBe(peeked.toISOString());
  });

  it("lists a vanished DLQ last while it holds messages, and counts it into no total", async () => {
    const here = await makeQueue(database, { namespace, entityPath: "here" });
    const gone = await makeQueue(database, { namespace, entityPath: "gone" });
    const goneAndEmpty = await makeQueue(database, { namespace, entityPath: "gone-and-empty" });
    await makeDeadLetters(database, here, letters(1, [2]));
    await makeDeadLetters(database, gone, letters(1, [200], "Lost"));
    await database.query("UPDATE queue SET vanished_at = now() WHERE id = ANY($1)", [[gone.id, goneAndEmpty.id]]);
    const answer = await getOverview({ store });
    expect(answer.queues.map((queue) => queue.entityPath)).toEqual(["here", "gone"]);
    expect(answer.heatmap.map((cell) => cell.reason)).toEqual(["Failed"]);
  });

  it("counts the workers whose lease is running", async () => {
    const worker =
      "INSERT INTO worker (id, host, pid, lease_until, ended_at) VALUES ($1, 'h', 1, now() + $2::interval, $3)";
    await database.query(worker, [randomUUID(), "10 s", null]);
    await database.query(worker, [randomUUID(), "-1 s", null]);
    await database.query(worker, [randomUUID(), "10 s", new Date()]);
    expect((await getOverview({ store })).liveWorkers).toBe(1);
  });
});

describe("a queue and its causes", () => {
  it("lists causes that have messages, with ages, trend and times; a cause by id also without", async () => {
    const made = await makeQueue(database, { namespace });
    await makeDeadLetters(database, made, letters(1, [0.5, 1.5, 47.5, 60], "Failed"));
    // An hour's messages come to be known in parts: some are folded into the hour already, some are not.
    await store.transaction((tx) => tx.rollups.fold(0));
    await makeDeadLetters(database, made, letters(20, [1.5, 1.5], "Failed"));
    const [only] = await makeDeadLetters(database, made, letters(10, [3], "Gone"));
    await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = $1", [only]);
    const answer = queueDetail.parse(await getQueue(context, { id: made.id }));
    expect(answer.causes.map((cause) => [cause.reason, cause.count])).toEqual([["Failed", 6]]);
    const [cause] = answer.causes;
    expect(cause?.ages).toEqual({ "1h": 1, "6h": 3, "24h": 0, "3d": 2, "7d": 0, older: 0 });
    // Hours of the clock: the newest one is under way.
    const hour = (time: number) => Math.floor(time / HOUR);
    const since = hour(Date.parse(answer.at)) - 47;
    const trend = new Array<number>(48).fill(0);
    for (const hours of [0.5, 1.5, 1.5, 1.5, 47.5]) {
      const place = hour(ago(hours).getTime()) - since;
      if (place >= 0) trend[place] = (trend[place] ?? 0) + 1;
    }
    expect(cause?.trend).toEqual(trend);
    const [{ id } = { id: "" }] = await database.query<{ id: string }>(
      "SELECT id FROM cause WHERE queue_id = $1 AND reason = 'Gone'",
      [made.id],
    );
    const empty = causeDetail.parse(await getCause(context, { id }));
    expect(empty.cause).toMatchObject({ count: 0, oldestEnqueuedAt: null, reason: "Gone" });
    expect(empty.queue.id).toBe(made.id);
  });

  it("counts ages from the first sight where that is asked, as does the list that a cell leads to; over all, too", async () => {
    const made = await makeQueue(database, { namespace });
    const ids = await makeDeadLetters(database, made, [
      ...letters(1, [0.5, 30, 300]),
      ...letters(10, [300, 300], "Expired"),
    ]);
    await database.query(
      `UPDATE dead_letter d SET first_seen_at = now() - x.hours * interval '1 h'
       FROM unnest($1::bigint[], $2::float8[]) AS x(id, hours) WHERE d.id = x.id`,
      [ids, [0.2, 3, 200, 200, 50]],
    );
    const cells = (of: readonly { reason: string; age: string; count: number }[]) =>
      of.map(({ reason, age, count }) => `${reason} ${age} ${count}`).sort();
    const expected = {
      enqueued: ["Expired older 2", "Failed 1h 1", "Failed 3d 1", "Failed older 1"],
      "first-seen": ["Expired 3d 1", "Expired older 1", "Failed 1h 1", "Failed 6h 1", "Failed older 1"],
    };
    for (const clock of AGE_CLOCKS) {
      const one = queueDetail.parse(await getQueue(context, { id: made.id, clock }));
      const all = overview.parse(await getOverview({ store }, clock));
      expect([one.agesBy, cells(one.heatmap)]).toEqual([clock, expected[clock]]);
      expect([all.agesBy, cells(all.heatmap)]).toEqual([clock, expected[clock]]);
    }
    const { causes, heatmap } = await getQueue(context, { id: made.id, clock: "first-seen" });
    expect(causes.find(({ reason }) => reason === "Expired")?.ages).toMatchObject({ "3d": 1, older: 1 });
    for (const { reason, age, count } of heatmap) {
      const list = await listDeadLetters(context, {
        queue: made.id,
        reason,
        q: firstSeenFilter(age),
        sort: "oldest",
        limit: 10,
      });
      expect([reason, age, list.total, list.items.length]).toEqual([reason, age, count, count]);
    }
  });

  it("leaves the examples out for those who may not see payloads", async () => {
    const made = await makeQueue(database, { namespace });
    await makeDeadLetters(database, made, letters(1, [1]));
    await database.query("UPDATE cause SET example = 'customer 4711' WHERE queue_id = $1", [made.id]);
    const { causes } = await getQueue(context, { id: made.id });
    expect(causes[0]?.example).toBe("customer 4711");
    const id = causes[0]?.id as string;
    const masked = { store, mayReadPayloads: false };
    expect((await getQueue(masked, { id: made.id })).causes[0]?.example).toBeNull();
    expect((await getCause(masked, { id })).cause.example).toBeNull();
  });

  it("says that there is none", async () => {
    await expect(getQueue(context, { id: 2_147_483_647 })).rejects.toMatchObject({ code: "not-found" });
    await expect(getCause(context, { id: "9223372036854775807" })).rejects.toMatchObject({ code: "not-found" });
  });
});
