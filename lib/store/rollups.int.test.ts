import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { AGE_CLOCKS, ageBucketOf } from "@/lib/domain/age";
import { type MadeQueue, makeDeadLetters, makeQueue } from "@/lib/testing/dead-letter-factory";
import { testDatabase, testStore } from "@/lib/testing/test-database";

const database = await testDatabase();
const store = testStore(database, 10);
const MINUTE = 60_000;

let queue: MadeQueue;
beforeEach(async () => {
  await database.query("UPDATE namespace SET configured = false");
  queue = await makeQueue(database, { namespace: `ns-${randomUUID()}` });
});

const fold = () => store.transaction((tx) => tx.rollups.fold(0));

async function foldAll(): Promise<void> {
  for (let more = true; more; ) {
    const outcome = await fold();
    more = outcome.kind === "busy" || outcome.more;
  }
}

/** Messages enqueued so many minutes ago, of one reason; their ids. */
const arrive = (keys: number, minutes: readonly number[], reason = "Failed") =>
  makeDeadLetters(
    database,
    queue,
    minutes.map((ago, n) => ({ key: String(keys + n), reason, enqueuedAt: new Date(Date.now() - ago * MINUTE) })),
  );

/** Minutes on both sides of every age limit. */
const SPREAD = [0, 30, 59, 60, 61, 62, 359, 361, 1_400, 1_439, 1_441, 4_319, 4_321, 10_079, 10_081, 100_000];

describe("rollups", () => {
  it("are the rows in every snapshot, folded or not, whatever is done to the rows", async () => {
    const ids = await arrive(1, SPREAD);
    expect(await store.rollups.differences()).toEqual([]);
    await foldAll();
    expect(await store.rollups.differences()).toEqual([]);

    await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = ANY($1)", [
      ids.slice(0, 9),
    ]);
    await database.query("UPDATE dead_letter SET left_at = NULL, left_how = NULL WHERE id = $1", [ids[3]]);
    await arrive(100, SPREAD, "Other");
    expect(await store.rollups.differences()).toEqual([]);
    await foldAll();
    await database.query(
      "UPDATE dead_letter SET returned_from = $2, root_enqueued_at = now() - interval '9 d' WHERE id = $1",
      [ids[12], randomUUID()],
    );
    await database.query("DELETE FROM dead_letter WHERE id = ANY($1)", [ids.slice(0, 6)]);
    await database.query(
      "UPDATE dead_letter SET cause_id = (SELECT id FROM cause WHERE queue_id = $1 AND reason = 'Other') WHERE id = ANY($2)",
      [queue.id, ids.slice(10)],
    );
    expect(await store.rollups.differences()).toEqual([]);
    await foldAll();
    expect(await store.rollups.differences()).toEqual([]);
  });

  it("write nothing for a change that they do not count", async () => {
    await arrive(1, [1]);
    await foldAll();
    await database.query("UPDATE dead_letter SET delivery_count = delivery_count + 1 WHERE queue_id = $1", [queue.id]);
    expect(await database.query("SELECT * FROM cause_delta")).toEqual([]);
  });

  it("tell what differs, and are counted anew from the rows", async () => {
    await arrive(1, SPREAD);
    await foldAll();
    await arrive(100, [5]);
    await database.query("UPDATE cause_rollup SET present = present + 7, older_24h = 0, seen_older_3d = 5");
    await database.query("DELETE FROM cause_hour");
    await database.query("UPDATE queue_hour SET seen = seen + 1");
    const figures = (await store.rollups.differences()).map((difference) => difference.figure);
    expect(figures).toEqual(
      expect.arrayContaining([
        "present",
        "older_24h",
        "seen_older_3d",
        expect.stringMatching(/^seen 20..-..-..T..:00:00.000Z$/),
      ]),
    );
    await store.transaction((tx) => tx.rollups.recount());
    expect(await store.rollups.differences()).toEqual([]);
  });

  it("are folded by one worker at a time, and no sooner than asked", async () => {
    await arrive(1, [1, 2]);
    const outcomes = await Promise.all([fold(), fold(), fold(), fold()]);
    expect(outcomes.filter((outcome) => outcome.kind === "folded" && outcome.deltas > 0)).toHaveLength(1);
    expect(await store.transaction((tx) => tx.rollups.fold(60))).toEqual({ kind: "busy" });
  });

  it("stay the rows while writers and folders run beside each other", async () => {
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let round = 0; round < 6; round++) {
        const ids = await arrive(1_000 * (writer + 1) + 100 * round, SPREAD, `Reason ${(writer + round) % 3}`);
        await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = ANY($1)", [
          ids.filter((_id, n) => (n + round) % 3 === 0),
        ]);
      }
    });
    let writing = true;
    const folder = (async () => {
      while (writing) await fold();
    })();
    await Promise.all(writers);
    writing = false;
    await folder;
    expect(await store.rollups.differences()).toEqual([]);
    await foldAll();
    expect(await store.rollups.differences()).toEqual([]);
  });
});

describe("figures of the pages", () => {
  /** Ages counted by the rule itself, at the time of the answer, by both clocks. */
  async function expectExactAges(): Promise<void> {
    const rows = await database.query<{ enqueued: Date; "first-seen": Date }>(
      'SELECT enqueued_at AS enqueued, first_seen_at AS "first-seen" FROM dead_letter WHERE queue_id = $1 AND left_at IS NULL',
      [queue.id],
    );
    for (const clock of AGE_CLOCKS) {
      const answer = await store.queues.overview(clock);
      const expected: Record<string, number> = { "1h": 0, "6h": 0, "24h": 0, "3d": 0, "7d": 0, older: 0 };
      for (const row of rows) {
        const bucket = ageBucketOf(row[clock], new Date(answer.at));
        expected[bucket] = (expected[bucket] ?? 0) + 1;
      }
      expect(answer.agesBy).toBe(clock);
      expect(answer.queues.find(({ id }) => id === queue.id)?.ages).toEqual(expected);
      expect((await store.queues.detail(queue.id, clock))?.queue.ages).toEqual(expected);
    }
  }

  /** As if this console had known them for so many minutes. */
  const see = (ids: readonly string[], minutes: readonly number[]) =>
    database.query(
      `UPDATE dead_letter d SET first_seen_at = now() - make_interval(mins => x.minutes)
       FROM unnest($1::bigint[], $2::int[]) AS x(id, minutes) WHERE d.id = x.id`,
      [ids, minutes],
    );

  it("count ages to the millisecond, also of messages that grew older since the rollups were folded", async () => {
    const ids = await arrive(1, SPREAD);
    await see(ids, SPREAD.toReversed());
    await expectExactAges();
    await foldAll();
    await expectExactAges();
    // As if nobody had folded for a day, and then somebody did.
    await database.query(`UPDATE rollup_clock SET before_1h = before_1h - interval '1 d', before_6h = before_6h - interval '1 d',
      before_24h = before_24h - interval '1 d', before_3d = before_3d - interval '1 d', before_7d = before_7d - interval '1 d'`);
    await store.transaction((tx) => tx.rollups.recount());
    await expectExactAges();
    await see(await arrive(100, SPREAD), SPREAD);
    await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = ANY($1)", [
      ids.slice(4, 8),
    ]);
    await expectExactAges();
    await foldAll();
    await expectExactAges();
    expect(await store.rollups.differences()).toEqual([]);
  });

  it("count arrivals by the hour of the first sight, over the turn of an hour too", async () => {
    const seen = (hours: number, ids: readonly string[]) =>
      database.query("UPDATE dead_letter SET first_seen_at = now() - make_interval(hours => $1) WHERE id = ANY($2)", [
        hours,
        ids,
      ]);
    const ids = await arrive(1, [0, 0, 0, 0, 0]);
    await seen(2, ids.slice(0, 2));
    await seen(30, ids.slice(2, 3));
    const arrivals = async () => (await store.queues.overview()).queues.find(({ id }) => id === queue.id)?.arrivals;
    const expected = [...new Array(21).fill(0), 2, 0, 2];
    expect(await arrivals()).toEqual(expected);
    await foldAll();
    expect(await arrivals()).toEqual(expected);
    // As folded three hours ago: the newest hours are empty until what came in them is added.
    await database.query(`UPDATE rollup_clock SET hour = hour - interval '3 h'`);
    await database.query("UPDATE queue_arrivals SET hours = hours[22:24] || hours[1:21] WHERE queue_id = $1", [
      queue.id,
    ]);
    await foldAll();
    expect(await arrivals()).toEqual(expected);
  });
});
