import { beforeEach, describe, expect, it } from "vitest";
import { type MadeQueue, makeQueue } from "@/lib/testing/dead-letter-factory";
import { planBench } from "@/lib/testing/plan-bench";
import { cancelReplay } from "./cancel-replay";
import { changeRate } from "./change-rate";
import { judgeCanary } from "./judge-canary";
import { pauseReplay } from "./pause-replay";
import { resumeReplay } from "./resume-replay";

const { database, store, actor, config, newQueue, plan, start, started, detailOf, shift } = await planBench();
const worker = { kind: "worker", id: "w", name: "worker" } as const;

let queue: MadeQueue;
beforeEach(async () => {
  queue = await newQueue();
});

/** What has come back of a running replay, as the circuit breaker counts it. */
const returnsOf = async (id: string) => (await store.guards.returns()).find((found) => found.id === id);
const canary = (count: number, waitSeconds: number | null = null, steps: { rate: number; seconds: number }[] = []) => ({
  ramp: { canary: { count, waitSeconds }, steps },
});
const paceOf = async (id: string) => (await detailOf(id)).replay.pace;

/** The first so many of the set were sent `ago` seconds ago, and so many of them came back. */
const sent = (id: string, count: number, ago: number, returned = 0) =>
  database.query(
    `UPDATE replay_item SET state = 'settled', sent_hash = '\\x00', intent_at = now() - make_interval(secs => $3),
       sent_at = now() - make_interval(secs => $3), outcome = CASE WHEN ordinal <= $4 THEN 'returned' ELSE 'unknown' END,
       returned_at = CASE WHEN ordinal <= $4 THEN now() END
     WHERE replay_id = $1 AND ordinal <= $2`,
    [id, count, ago, returned],
  );
/** An entity that can be sent to, and that no scan reads. */
const listTarget = (path: string, forwardTo: string | null) =>
  database.query(
    "INSERT INTO target (namespace_id, path, kind, settings) VALUES ($1, $2, 'queue', jsonb_build_object('forwardTo', $3::text, 'requiresSession', false))",
    [queue.namespaceId, path, forwardTo],
  );
const scanned = (ago: number) =>
  database.query(
    "UPDATE queue SET scanned_at = now(), read_through_at = now() - make_interval(secs => $2) WHERE id = $1",
    [queue.id, ago],
  );
const reaches = async (id: string) =>
  (
    await database.query<{ ordinal: number }>(
      "SELECT i.ordinal FROM replay r JOIN replay_item i ON i.replay_id = r.id WHERE r.id = $1 AND replay_reaches(r, i.ordinal) ORDER BY 1",
      [id],
    )
  ).map(({ ordinal }) => ordinal);
const ripe = async (id: string) => (await store.replays.ripeCanaries()).find((found) => found.id === id);
async function look(id: string) {
  const found = await ripe(id);
  if (found === undefined) throw new Error("the canary is not ripe");
  return judgeCanary({ store, actor: worker }, found);
}

describe("R11: the canary", () => {
  it("lets its messages go alone, and waits as long as the target takes to dead-letter a copy", async () => {
    const id = await started(canary(5));
    expect((await detailOf(id)).ramp).toEqual({ canary: { count: 5, waitSeconds: 30 }, steps: [] });
    expect(await reaches(id)).toEqual([1, 2, 3, 4, 5]);
    expect((await detailOf(id)).replay.hold, "while they are being sent nothing holds it").toBeNull();
    await sent(id, 4, 100);
    await scanned(0);
    expect(await ripe(id), "one is still to be sent").toBeUndefined();
    await sent(id, 5, 29);
    const detail = await detailOf(id);
    expect(detail.canary).toMatchObject({ count: 5, sent: 5, left: 0, returned: 0, passedAt: null });
    expect(Date.parse(detail.canary?.until ?? "") - Date.parse(detail.at)).toBeGreaterThan(0);
    expect(detail.replay.hold).toEqual({ kind: "canary", until: detail.canary?.until });
    expect(await ripe(id), "the wait is not over").toBeUndefined();
    await sent(id, 5, 31);
    await scanned(2);
    expect(await ripe(id), "the dead-letter queue was last read before the wait was over").toBeUndefined();
    await scanned(0.5);
    expect(await look(id)).toBeNull();
    expect(await reaches(id)).toHaveLength(20);
    expect((await detailOf(id)).replay.hold).toBeNull();
    expect(await ripe(id)).toBeUndefined();
  });

  it("that comes back pauses the replay in words; whoever resumes lets the rest go", async () => {
    const id = await started(canary(4));
    await sent(id, 4, 31, 2);
    await scanned(0);
    expect(await look(id)).toBe("2 of the 4 copies sent first came back dead: is the consumer fixed?");
    expect((await detailOf(id)).replay).toMatchObject({
      state: "paused",
      pauseReason: expect.stringContaining("2 of the 4"),
    });
    expect(await reaches(id)).toEqual([1, 2, 3, 4]);
    await resumeReplay({ store, actor }, { id });
    expect(await reaches(id)).toHaveLength(20);
    const events = await database.query<{ action: string; detail: object }>(
      "SELECT action, detail FROM audit_event WHERE replay_id = $1 AND action IN ('replay.paused', 'replay.resumed') ORDER BY id",
      [id],
    );
    expect(events).toEqual([
      { action: "replay.paused", detail: { sent: 4, returned: 2 } },
      { action: "replay.resumed", detail: { canary: "gone on with although it had not passed" } },
    ]);
  });

  it("that one consumer lets die stops the replay, also when another one confirms it", async () => {
    const id = await started(canary(4));
    await sent(id, 4, 31, 2);
    await database.query(
      "UPDATE replay_item SET outcome = 'confirmed', confirmed_at = now() WHERE replay_id = $1 AND ordinal <= 4",
      [id],
    );
    await scanned(0);
    expect(await look(id)).toContain("2 of the 4");
  });

  it("of copies that the target keeps back is waited for from their delivery on", async () => {
    const deliverAt = new Date(Date.now() + 3_600_000);
    const id = await started({ ...canary(5), deliverAt: deliverAt.toISOString() });
    await sent(id, 5, 100);
    await scanned(0);
    expect(await ripe(id), "nobody has had them yet").toBeUndefined();
    expect((await detailOf(id)).replay.hold).toEqual({
      kind: "canary",
      until: new Date(deliverAt.getTime() + 30_000).toISOString(),
    });
    await shift(id, "deliver_at", 3_631);
    await scanned(-1);
    expect(await ripe(id)).toMatchObject({ sent: 5 });
  });

  it("that nobody has looked at yet is not passed by a pause and a resume", async () => {
    const id = await started(canary(4));
    await sent(id, 4, 31, 4);
    await pauseReplay({ store, actor }, { id });
    await resumeReplay({ store, actor }, { id });
    expect(await reaches(id)).toEqual([1, 2, 3, 4]);
    await scanned(0);
    expect(await look(id)).toContain("4 of the 4");
  });

  it("into what nobody watches waits its time, and pauses in true words; whoever resumes lets the rest go", async () => {
    const path = `unwatched-${queue.id}`;
    await listTarget(path, null);
    const planned = await plan({ ...canary(4), targetPath: path });
    expect(planned.preflight.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["unwatched", "blind-canary"]),
    );
    await start(planned);
    await sent(planned.id, 4, 599);
    await scanned(0);
    expect(await ripe(planned.id), "the wait is not over").toBeUndefined();
    expect((await detailOf(planned.id)).canary).toMatchObject({ seen: false, read: false });
    await sent(planned.id, 4, 601);
    expect(await look(planned.id)).toContain("whether the 4 copies sent first came back dead cannot be seen");
    expect(await reaches(planned.id)).toEqual([1, 2, 3, 4]);
    await resumeReplay({ store, actor }, { id: planned.id });
    expect(await reaches(planned.id)).toHaveLength(20);
  });

  it("whose dead-letter queues are watched no more does not pass unseen", async () => {
    const id = await started(canary(4));
    await sent(id, 4, 31);
    await database.query("UPDATE queue SET vanished_at = now() WHERE id = $1", [queue.id]);
    expect(await look(id)).toContain("cannot be seen");
  });

  it("through an entity that passes it on waits until it can have died at the end of the way, and that was read", async () => {
    const path = `inbox-${queue.id}`;
    await listTarget(path, queue.entityPath);
    const id = await started({ ...canary(4), targetPath: path });
    expect((await detailOf(id)).ramp?.canary?.waitSeconds).toBe(30);
    await sent(id, 4, 31);
    await scanned(2);
    expect(await ripe(id), "where they die was last read before the wait was over").toBeUndefined();
    await scanned(0.5);
    expect(await look(id)).toBeNull();
  });

  it("into an entity whose dead letters are forwarded waits for where they go: its own queue cannot be read", async () => {
    const target = await makeQueue(database, {
      entityPath: `collected-${queue.id}`,
      settings: { maxDeliveryCount: 3, lockSeconds: 10, forwardDeadLettersTo: queue.entityPath },
    });
    const forwarded = await makeQueue(database, { entityPath: queue.entityPath, subQueue: "forwarded" });
    const id = await started({ ...canary(4), targetPath: target.entityPath });
    await sent(id, 4, 31);
    expect(await ripe(id), "where they go was not read").toBeUndefined();
    await database.query("UPDATE queue SET read_through_at = now() WHERE id = $1", [forwarded.id]);
    expect(await look(id)).toBeNull();
  });

  it("waits until its dead letters are read to their end: a look at the oldest one, and each page, count as a scan", async () => {
    const id = await started(canary(3));
    await sent(id, 3, 31);
    await scanned(2);
    await database.query("UPDATE queue SET scanned_at = now() WHERE id = $1", [queue.id]);
    expect(await ripe(id)).toBeUndefined();
    expect((await detailOf(id)).canary).toMatchObject({ read: false, seen: true });
  });

  it("whose dead letters are not read for a quarter of an hour pauses the replay: reading may fail for ever", async () => {
    const id = await started(canary(3));
    await sent(id, 3, 30 + 880);
    await scanned(890);
    expect(await ripe(id)).toBeUndefined();
    await sent(id, 3, 30 + 920);
    await scanned(930);
    expect(await look(id)).toMatch(/cannot be seen from here/);
    expect((await detailOf(id)).replay.state).toBe("paused");
  });

  it("and its plan know entities apart whose names differ in one character only", async () => {
    const one = await makeQueue(database, {
      entityPath: `orders_eu_${queue.id}`,
      settings: { maxDeliveryCount: 1, lockSeconds: 10 },
    });
    const other = await makeQueue(database, {
      entityPath: `orders-eu-${queue.id}`,
      settings: { maxDeliveryCount: 9, lockSeconds: 90 },
    });
    for (const { entityPath } of [other, one]) await listTarget(entityPath, null);
    for (const { entityPath } of [one, other]) {
      const id = await started({ ...canary(3), targetPath: entityPath.toUpperCase() });
      const { replay, ramp } = await detailOf(id);
      expect(replay.targetPath).toBe(entityPath);
      expect(ramp?.canary?.waitSeconds).toBe(entityPath === one.entityPath ? 10 : 810);
      await cancelReplay({ store, actor }, { id });
    }
  });

  it("is looked at by one of two workers", async () => {
    const id = await started(canary(3));
    await sent(id, 3, 31);
    await scanned(0);
    const found = await ripe(id);
    if (found === undefined) throw new Error("not ripe");
    const both = await Promise.all([1, 2].map(() => judgeCanary({ store, actor: worker }, found)));
    expect(both.filter((words) => words === null)).toHaveLength(1);
    expect(
      await database.query("SELECT 1 FROM audit_event WHERE replay_id = $1 AND action = 'replay.canary-passed'", [id]),
    ).toHaveLength(1);
  });

  it("of which nothing could be sent stops the replay: there is nothing to see from it", async () => {
    const id = await started(canary(2));
    await database.query("UPDATE replay_item SET state = 'gone' WHERE replay_id = $1 AND ordinal <= 2", [id]);
    expect(await look(id)).toContain("none of the messages");
  });

  it("of more than the set is the set; refused messages are not of it", async () => {
    expect(await reaches(await started(canary(50)))).toHaveLength(20);
    await cancelReplay(
      { store, actor },
      { id: (await store.replays.list({ queue: queue.id, limit: 1 })).items[0]?.id ?? "" },
    );
    await database.query(
      "UPDATE dead_letter SET expires_at = now() - interval '1 day' WHERE queue_id = $1 AND position <= 3",
      [queue.id],
    );
    const id = await started(canary(2));
    expect(Math.max(...(await reaches(id)))).toBe(5);
  });
});

it("R11: copies that are passed on have had their time to fail when they would have died at the end of the way", async () => {
  const path = `inbox-${queue.id}`;
  await listTarget(path, queue.entityPath.toUpperCase());
  const id = await started({ targetPath: path });
  await shift(id, "resumed_at cleared_at", 60);
  await sent(id, 20, 31, 5);
  await database.query(
    "INSERT INTO replay_second (replay_id, second, sent) VALUES ($1, date_trunc('second', now() - interval '32 s'), 20)",
    [id],
  );
  expect(await returnsOf(id)).toMatchObject({ returned: 5, oldReturned: 5, old: 20 });
});

describe("the steps of a ramp", () => {
  const STEPS = [
    { rate: 5, seconds: 60 },
    { rate: 20, seconds: 60 },
  ];

  it("begin with the start, follow one after the other, and end in the full rate", async () => {
    const id = await started({ ramp: { canary: null, steps: STEPS } });
    expect(await paceOf(id)).toBe(5);
    expect((await detailOf(id)).step).toMatchObject({ number: 1, of: 2, rate: 5 });
    await shift(id, "resumed_at cleared_at", 61);
    expect(await paceOf(id)).toBe(20);
    await shift(id, "resumed_at cleared_at", 60);
    expect(await paceOf(id)).toBe(50);
    expect((await detailOf(id)).step).toBeNull();
  });

  it("begin anew after a pause, and after a stop", async () => {
    const id = await started({ ramp: { canary: null, steps: STEPS } });
    await shift(id, "resumed_at cleared_at", 500);
    expect(await paceOf(id)).toBe(50);
    await pauseReplay({ store, actor }, { id });
    await resumeReplay({ store, actor }, { id });
    expect(await paceOf(id)).toBe(5);
    await shift(id, "resumed_at cleared_at", 500);
    const stop = await store.stops.stop({ namespaceId: null, reason: "wait", by: actor.id });
    await store.stops.lift(stop as number, { reason: "go", by: actor.id });
    expect(await paceOf(id)).toBe(5);
  });

  it("wait for the canary, whatever time that takes", async () => {
    const id = await started(canary(3, null, STEPS));
    await shift(id, "resumed_at cleared_at", 5_000);
    expect(await paceOf(id)).toBe(5);
    expect((await detailOf(id)).step).toBeNull();
    await sent(id, 3, 31);
    await scanned(0);
    await look(id);
    expect(await paceOf(id)).toBe(5);
    await shift(id, "canary_passed_at resumed_at cleared_at", 61);
    expect(await paceOf(id)).toBe(20);
  });

  it("R6: a change of the rate is not faster than the step, nor is a step faster than the rate", async () => {
    const id = await started({ ramp: { canary: null, steps: STEPS } });
    await changeRate({ store, actor, config }, { id, rate: 90 });
    expect(await paceOf(id)).toBe(5);
    const scope = () =>
      database.query<{ rate: number }>("SELECT rate FROM throttle_scope WHERE scope = $1", [`replay:${id}`]);
    expect(await scope()).toEqual([{ rate: 5 }]);
    await changeRate({ store, actor, config }, { id, rate: 2 });
    expect(await paceOf(id)).toBe(2);
    expect(await scope()).toEqual([{ rate: 2 }]);
  });
});
