import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { mostSends } from "@/lib/domain/throttle";
import { applyMigrations } from "@/lib/store/migrate";
import { openStore } from "@/lib/store/store";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { rateExcess } from "@/lib/testing/rate-excess";
import { configFor, emulatorConfig, queueOf, ReplayBench, SHORT } from "@/lib/testing/replay-bench";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { type RunningBroker, startBroker } from "../embedded/broker/start-broker";
import { type RunningPostgres, startPostgres } from "../embedded/postgres/start-postgres";

const dedup = { RequiresDuplicateDetection: true, DuplicateDetectionHistoryTimeWindow: "PT10M" };
const config = emulatorConfig({
  queues: ["shared", "stopped", "no-database", "no-broker"].map((name) =>
    queueOf(name, { LockDuration: "PT5S", ...dedup }),
  ),
});

let folder: string;
let postgres: RunningPostgres;
let broker: RunningBroker;
let bench: ReplayBench;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dlq-console-faults-"));
  postgres = await startPostgres({ dataDir: join(folder, "postgres"), durable: false });
  broker = await startBroker({ config, controlPort: 0, dataDir: join(folder, "broker") });
  await applyMigrations(postgres.url, join(process.cwd(), "prisma", "migrations"), () => {});
  const pool = new pg.Pool({ connectionString: postgres.url, max: 1 });
  const query = async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
    (await pool.query<Row>(sql, [...values])).rows;
  const actor = await makePerson({ url: postgres.url, query });
  await pool.end();
  const store = openStore({ url: postgres.url, poolSize: 5, applicationName: "test" });
  bench = new ReplayBench({ broker, config: configFor(broker, postgres.url), store, actor });
});

afterAll(async () => {
  for (const worker of workers) worker.kill();
  await bench.close();
  await bench.store.close();
  await broker.close();
  await postgres.stop();
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

  it("R5: one that is stopped beyond lease and lock and continued writes nothing more, and ends", async () => {
    await bench.seed("stopped", letters(200));
    await bench.index();
    for (const worker of workers.splice(0)) worker.kill();
    const sleeper = aWorker();
    await sleeper.ready;
    const id = await bench.start("stopped", { rate: 40, burst: 5, messageIdPolicy: "new" });
    await eventually("the first copies", async () => (await accepted("stopped")).length > 20, 20_000);
    sleeper.kill("SIGSTOP");
    aWorker();
    await eventually("another to take over", async () => (await accepted("stopped")).length > 100, 30_000);
    sleeper.kill("SIGCONT");
    expect(await sleeper.ended).toMatchObject({ code: 1 });
    expect(sleeper.lines.some((line) => line.includes("another worker has taken over"))).toBe(true);
    await completed(id);
    await arrivedOnce("stopped", 200);
  }, 90_000);

  it("PostgreSQL away in the middle of a replay: no worker dies, no send without its committed intent, the replay ends right", async () => {
    await bench.seed("no-database", letters(150));
    await bench.index();
    const id = await bench.start("no-database", { rate: 40, burst: 5, messageIdPolicy: "new" });
    await eventually("the first copies", async () => (await accepted("no-database")).length > 20, 20_000);
    const { port } = postgres;
    await postgres.stop();
    const stopped = Date.now();
    await delay(6_000);
    const before = await accepted("no-database");
    expect(before.every(({ at }) => at < stopped + 1_500)).toBe(true);
    postgres = await startPostgres({ dataDir: join(folder, "postgres"), durable: false, port });
    await completed(id);
    await arrivedOnce("no-database", 150);
    expect(workers.at(-1)?.child.exitCode).toBeNull();
  }, 90_000);

  it("the broker away in the middle of a replay: it waits in words, goes on, and loses nothing", async () => {
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
