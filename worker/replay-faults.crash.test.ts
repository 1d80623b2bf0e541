import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { mostSends } from "@/lib/domain/throttle";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { rateExcess } from "@/lib/testing/rate-excess";
import { configFor, emulatorConfig, queueOf, ReplayBench, SHORT } from "@/lib/testing/replay-bench";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { type RunningBroker, startBroker } from "../embedded/broker/start-broker";

const dedup = { RequiresDuplicateDetection: true, DuplicateDetectionHistoryTimeWindow: "PT10M" };
const config = emulatorConfig({
  queues: [
    ...["shared", "no-broker"].map((name) => queueOf(name, { LockDuration: "PT5S", ...dedup })),
    // A copy has five seconds to die.
    queueOf("careful", { LockDuration: "PT5S", MaxDeliveryCount: 1, ...dedup }),
  ],
});

const database = await testDatabase();
const store = testStore(database);
let folder: string;
let broker: RunningBroker;
let bench: ReplayBench;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dlq-console-faults-"));
  broker = await startBroker({ config, controlPort: 0, dataDir: join(folder, "broker") });
  bench = new ReplayBench({
    broker,
    config: configFor(broker, database.url),
    store,
    actor: await makePerson(database),
  });
});

afterAll(async () => {
  for (const worker of workers) worker.kill();
  await bench.close();
  await broker.close();
  await rm(folder, { recursive: true, force: true });
});

function aWorker(): WorkerProcess {
  const worker = new WorkerProcess({ config: bench.config, timing: SHORT, scans: false });
  workers.push(worker);
  return worker;
}

function letters(count: number) {
  return Array.from({ length: count }, (_, n) => ({
    properties: messageProperties({ messageId: amqpString(`m-${n}`) }),
    body: [dataBody(`{"n": ${n}}`)],
  }));
}

const accepted = async (entity: string) => (await bench.record(entity)).filter(({ event }) => event === "accepted");

async function completed(id: string, timeoutMs = 40_000) {
  return eventually(
    "the replay to complete",
    async () => {
      const { replay } = await bench.detail(id);
      return replay.state === "completed" ? replay : null;
    },
    timeoutMs,
  ).catch(async (error) => {
    const lines = workers.flatMap((worker) => worker.lines.slice(-8)).join("\n");
    throw new Error(`${error.message} ${JSON.stringify((await bench.detail(id)).replay)}\n${lines}`);
  });
}

/** Every message arrived once, and its original is gone. */
async function arrivedOnce(entity: string, count: number): Promise<void> {
  const ids = (await accepted(entity)).map(({ messageId }) => messageId);
  expect([ids.length, new Set(ids).size]).toEqual([count, count]);
  expect(await bench.broker.peek({ entityPath: entity, subQueue: "dead-letter" }, 0n, 1)).toEqual([]);
}

describe("workers", () => {
  it("R6, R4: two on one replay, one of them killed and started again, stay under the rate and send nothing twice", async () => {
    await bench.seed("shared", letters(400));
    await bench.index();
    const two = [aWorker(), aWorker()];
    await Promise.all(two.map(({ ready }) => ready));
    const id = await bench.start("shared", { rate: 50, burst: 5, messageIdPolicy: "new" });
    await eventually("a third of it", async () => (await accepted("shared")).length > 130, 20_000);
    two[0]?.kill();
    aWorker();
    await completed(id);
    await arrivedOnce("shared", 400);
    const times = (await accepted("shared")).map(({ at }) => at);
    expect(rateExcess(times, 50)).toBeLessThanOrEqual(mostSends(50, 5, 0, 0.5));
    const senders = new Set(workers.filter(({ lines }) => lines.some((line) => line.includes('"claimed":'))));
    expect(senders.size).toBeGreaterThan(1);
  }, 60_000);

  it("R11: killed while a canary is sent, while it is waited for, before it is looked at and in the steps: nothing else goes before the look", async () => {
    const replaced = async () => {
      for (const worker of workers) worker.kill();
      const worker = aWorker();
      await worker.ready;
      return worker;
    };
    await bench.seed("careful", letters(40));
    await bench.index();
    const first = await replaced();
    first.strike({ step: "on-the-wire", ids: null, signal: "SIGKILL", token: null });
    const ramp = { canary: { count: 5, waitSeconds: null }, steps: [{ rate: 5, seconds: 4 }] };
    const id = await bench.start("careful", { rate: 100, burst: 1, messageIdPolicy: "new", ramp });
    expect((await first.ended).signal, "it was killed as it sent the canary").toBe("SIGKILL");
    expect((await accepted("careful")).length).toBeLessThan(5);
    await replaced();
    const until = await eventually(
      "the canary to be sent by another",
      async () => {
        const { canary } = await bench.detail(id);
        return canary?.left === 0 ? Date.parse(canary.until as string) : null;
      },
      30_000,
    );
    await replaced();
    await eventually("the wait to be over", async () => (await store.now()).getTime() > until, 20_000);
    await replaced();
    const atWork = (await store.now()).getTime();
    await eventually(
      "a worker to have been at work for three seconds",
      async () => {
        const [row] = await database.query<{ lease: Date }>("SELECT max(lease_until) AS lease FROM worker");
        return (row?.lease.getTime() ?? 0) > atWork + SHORT.leaseMs + 3_000;
      },
      20_000,
    );
    expect((await accepted("careful")).length, "the dead-letter queue has not been read since").toBe(5);
    expect((await bench.detail(id)).canary).toMatchObject({ sent: 5, left: 0, passedAt: null });
    await bench.index();
    await eventually("the steps to begin", async () => (await accepted("careful")).length > 5, 20_000);
    await replaced();
    await completed(id);
    await arrivedOnce("careful", 40);
    const times = (await accepted("careful")).map(({ at }) => at).toSorted((a, b) => a - b);
    expect((times[5] ?? 0) - (times[4] ?? 0), "copies have five seconds to die").toBeGreaterThanOrEqual(5_000);
    const passedAt = Date.parse((await bench.detail(id)).canary?.passedAt as string);
    const inStep = times.filter((at) => at >= passedAt && at < passedAt + 4_000).length;
    expect(inStep, "the step holds after the takeover, too").toBeLessThanOrEqual(mostSends(5, 1, 4, 0.5));
  }, 120_000);

  it("R3, R5: the broker away in the middle of a replay: it goes on when it is back, and loses nothing", async () => {
    await bench.seed("no-broker", letters(150));
    await bench.index();
    const id = await bench.start("no-broker", { rate: 40, burst: 5, messageIdPolicy: "new" });
    await eventually("the first copies", async () => (await accepted("no-broker")).length > 20, 20_000);
    const { amqpPort, adminPort, controlPort } = broker;
    const before = (await accepted("no-broker")).length;
    await broker.close();
    await delay(3_000);
    broker = await startBroker({ config, amqpPort, adminPort, controlPort, dataDir: join(folder, "broker") });
    const { items } = await completed(id, 60_000);
    expect(items.settled).toBe(150);
    // The record is the process's own: what was taken before the stop is counted apart. Detection makes a second copy of a doubtful send harmless.
    const after = (await accepted("no-broker")).length;
    expect(before + after).toBeLessThanOrEqual(150);
    expect(await bench.broker.peek({ entityPath: "no-broker", subQueue: "dead-letter" }, 0n, 1)).toEqual([]);
  }, 120_000);
});
