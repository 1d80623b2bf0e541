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
  queues: ["shared", "no-broker"].map((name) => queueOf(name, { LockDuration: "PT5S", ...dedup })),
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
