import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { DEFAULT_POLICY, type QueuePolicy } from "@/lib/domain/queue-policy";
import { mostSends } from "@/lib/domain/throttle";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { rateExcess } from "@/lib/testing/rate-excess";
import { configFor, emulatorConfig, queueOf, ReplayBench, SHORT } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";
import { type TestDatabase, testDatabase, testStore } from "@/lib/testing/test-database";
import { liftStop } from "@/lib/usecases/stops/lift-stop";
import { stopReplays } from "@/lib/usecases/stops/stop-replays";
import { runWorker } from "../../../../worker/run-worker";
import { cancelReplay } from "../cancel-replay";

/** Within so many ms of its commit an act must be seen in the broker's record. */
const ACTS_WITHIN = 2_000;
/** Copies of "canary" are dead after one delivery of five seconds. */
const QUEUES = [
  ...["busy", "busier", "shared", "sharing", "quiet", "later", "stepped"].map((name) => queueOf(name)),
  queueOf("canary", { MaxDeliveryCount: 1, LockDuration: "PT5S" }),
];

let bench: ReplayBench;
let database: TestDatabase;
let startWorker: () => void;
const workers: { stop: AbortController; ended: Promise<number> }[] = [];

beforeAll(async () => {
  const broker = await testBroker(emulatorConfig({ queues: QUEUES }));
  database = await testDatabase();
  const store = testStore(database, 10);
  const config = configFor(broker, database.url);
  bench = new ReplayBench({ broker, config, store, actor: await makePerson(database) });
  startWorker = () => {
    const stop = new AbortController();
    const log = pino({ level: "silent" });
    workers.push({ stop, ended: runWorker({ config, log, signal: stop.signal, timing: SHORT, scans: false }) });
  };
  startWorker();
  startWorker();
});

afterAll(async () => {
  expect(await stopWorkers()).toEqual(expect.arrayContaining([0]));
  await bench.close();
});

/** Ends every worker in order. */
async function stopWorkers(): Promise<number[]> {
  const ending = workers.splice(0);
  for (const { stop } of ending) stop.abort();
  return Promise.all(ending.map(({ ended }) => ended));
}

async function seed(entity: string, count: number): Promise<void> {
  await bench.seed(
    entity,
    Array.from({ length: count }, (_, n) => ({
      properties: messageProperties({ messageId: amqpString(`${entity}-${n}`) }),
      body: [dataBody(`{"n": ${n}}`)],
    })),
  );
}

const acts = () => ({ store: bench.store, actor: bench.actor });
const accepted = async (...entities: string[]) =>
  (await bench.record())
    .filter(({ event, entity }) => event === "accepted" && entities.includes(entity.toLowerCase()))
    .map(({ at }) => at);
const completed = (id: string) =>
  eventually("the replay to end", async () => (await bench.detail(id)).replay.state === "completed", 20_000);
const cancel = (id: string) => cancelReplay(acts(), { id });

async function givePolicy(entity: string, given: Partial<QueuePolicy>): Promise<void> {
  const queueId = await bench.queueId(entity);
  const { version } = await bench.store.policies.read(queueId);
  const policy = { ...DEFAULT_POLICY, ...given, version };
  expect(await bench.store.transaction((tx) => tx.policies.save(queueId, policy, bench.actor.id))).toBe(true);
}

/** Every copy that is accepted from now on, until `ms` after it, seen at the broker. */
async function recordAfter(ms: number, ...entities: string[]): Promise<(since: number) => Promise<number[]>> {
  const from = Date.now();
  await eventually("time to pass", async () => Date.now() > from + ms, ms + 5_000);
  return async (since) => (await accepted(...entities)).filter((at) => at > since);
}

describe("a stop of all replays", () => {
  it("acts within two seconds under load, in every worker; lifted, they go on and end", async () => {
    for (const entity of ["busy", "busier"]) await seed(entity, 400);
    await bench.index();
    const ids = [await bench.start("busy", { rate: 100 }), await bench.start("busier", { rate: 100 })];
    await eventually(
      "both to send",
      async () => (await accepted("busy")).length > 50 && (await accepted("busier")).length > 50,
      20_000,
    );
    const { id } = await stopReplays(acts(), { namespace: null, reason: "the shop burns" });
    const stopped = Date.now();
    const copiesSince = await recordAfter(ACTS_WITHIN + 1_000, "busy", "busier");
    expect(await copiesSince(stopped + ACTS_WITHIN)).toEqual([]);
    for (const replay of ids) {
      const detail = await bench.detail(replay);
      expect(detail.replay).toMatchObject({ state: "running", hold: { kind: "stopped", reason: "the shop burns" } });
      expect(detail.replay.items.planned, "it was stopped before its end").toBeGreaterThan(0);
    }
    await liftStop(acts(), { id, reason: "it is out" });
    const lifted = Date.now();
    await eventually("sends to go on", async () => (await copiesSince(lifted)).length > 0, ACTS_WITHIN);
    await Promise.all(ids.map(completed));
    expect((await accepted("busy", "busier")).length).toBe(800);
  }, 60_000);
});

describe("R11: a canary", () => {
  it("goes alone, is waited for whichever worker is there, and then lets the rest go", async () => {
    await seed("canary", 40);
    await bench.index();
    const ramp = { canary: { count: 4, waitSeconds: null }, steps: [] };
    const id = await bench.start("canary", { rate: 200, burst: 10, ramp });
    await eventually("the canary to be sent", async () => (await accepted("canary")).length === 4);
    await stopWorkers();
    const { canary } = await bench.detail(id);
    expect(canary).toMatchObject({ sent: 4, left: 0, passedAt: null });
    startWorker();
    startWorker();
    const until = Date.parse(canary?.until ?? "");
    await eventually("the wait to be over", async () => (await bench.store.now()).getTime() > until, 10_000);
    expect((await accepted("canary")).length, "the dead-letter queue was not read since").toBe(4);
    await bench.index();
    await completed(id);
    const times = (await accepted("canary")).toSorted((a, b) => a - b);
    expect(times).toHaveLength(40);
    expect((times[4] ?? 0) - (times[3] ?? 0), "copies have five seconds to die").toBeGreaterThanOrEqual(5_000);
  }, 40_000);
});

describe("R6: the pace", () => {
  it("of all replays into an entity is bounded by its policy, and follows a change of it", async () => {
    for (const entity of ["shared", "sharing"]) await seed(entity, 120);
    await bench.index();
    await givePolicy("shared", { maxRate: 20 });
    const ids = [
      await bench.start("shared", { rate: 20, burst: 1 }),
      await bench.start("sharing", { rate: 500, burst: 1, targetPath: "shared" }),
    ];
    await eventually("80 copies", async () => (await accepted("shared")).length >= 80, 20_000);
    expect(rateExcess(await accepted("shared"), 20)).toBeLessThanOrEqual(mostSends(20, 20, 0, 0.3));
    await givePolicy("shared", {});
    await Promise.all(ids.map(completed));
  }, 40_000);

  it("goes up by the steps of the ramp", async () => {
    await seed("stepped", 200);
    await bench.index();
    const ramp = { canary: null, steps: [{ rate: 10, seconds: 3 }] };
    const id = await bench.start("stepped", { rate: 200, burst: 1, ramp });
    await completed(id);
    const times = (await accepted("stepped")).toSorted((a, b) => a - b);
    const since = Date.parse((await bench.detail(id)).replay.startedAt ?? "");
    const slow = times.filter((at) => at < since + 3_000);
    expect(slow.length).toBeGreaterThan(0);
    expect(rateExcess(slow, 10)).toBeLessThanOrEqual(mostSends(10, 1, 0, 0.3));
    expect((times.at(-1) ?? 0) - since, "at the first step's rate it would take 20 s").toBeLessThan(15_000);
  }, 40_000);
});

describe("quiet hours", () => {
  it("end the sends within two seconds and let them go on when they are over", async () => {
    await seed("quiet", 400);
    await bench.index();
    const id = await bench.start("quiet", { rate: 40, burst: 1 });
    await eventually("the first copies", async () => (await accepted("quiet")).length >= 5);
    await givePolicy("quiet", {
      quietHours: {
        timeZone: "Pacific/Kiritimati",
        windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: "00:00", to: "00:00" }],
        rate: null,
      },
    });
    const begun = Date.now();
    const copiesSince = await recordAfter(ACTS_WITHIN + 500, "quiet");
    expect(await copiesSince(begun + ACTS_WITHIN)).toEqual([]);
    expect((await bench.detail(id)).replay.hold).toMatchObject({ kind: "quiet-hours" });
    await givePolicy("quiet", {});
    const over = Date.now();
    await eventually("sends to go on", async () => (await copiesSince(over)).length > 0, ACTS_WITHIN);
    await cancel(id);
  }, 30_000);
});

describe("a scheduled replay", () => {
  it("sends nothing before its time and begins within two seconds of it", async () => {
    await seed("later", 3);
    await bench.index();
    const startsAt = (await bench.store.now()).getTime() + 2_500;
    const id = await bench.start("later", { startsAt: new Date(startsAt).toISOString() });
    expect((await bench.detail(id)).replay.state).toBe("scheduled");
    await completed(id);
    const times = await accepted("later");
    expect(times).toHaveLength(3);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(startsAt);
    const { startedAt } = (await bench.detail(id)).replay;
    expect(Date.parse(startedAt ?? "")).toBeLessThan(startsAt + ACTS_WITHIN);
  }, 20_000);
});
