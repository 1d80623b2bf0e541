import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { J_MS } from "@/lib/domain/throttle";
import { applyMigrations } from "@/lib/store/migrate";
import { openStore } from "@/lib/store/store";
import { HISTORY_SETTINGS, keepItemHistory, type Query } from "@/lib/testing/chaos/item-history";
import { type Stack, untilCompleted } from "@/lib/testing/chaos/judge-held";
import {
  bothDetections,
  fillLane,
  judgeLane,
  type Lane,
  laneEntities,
  type PlannedLane,
  planLane,
  SESSIONS,
} from "@/lib/testing/chaos/lanes";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { eventually } from "@/lib/testing/eventually";
import { configFor, ReplayBench, SHORT } from "@/lib/testing/replay-bench";
import { TcpProxy } from "@/lib/testing/tcp-proxy";
import { type Strike, WorkerProcess } from "@/lib/testing/worker-process";
import { TIMING } from "@/lib/usecases/replays/engine/context";
import { type RunningBroker, startBroker } from "../embedded/broker/start-broker";
import { type RunningPostgres, startPostgres } from "../embedded/postgres/start-postgres";

/** Four leases: what a minute is to a worker in production. */
const AWAY_MS = 4 * SHORT.leaseMs;
const NAMES = ["stopped", "terminated", "refused", "silent", "full", "no-records", "no-notices", "both"] as const;
const MINUTE_MS = 60_000;
/** Locks that production's own timing fits into, and that end within the minute. */
const MINUTE_LOCK_SECONDS = 30;

/** Two queues, and one with sessions, whose items are claimed and go one by one. */
function lanesOf(name: string): Lane[] {
  const lanes = [...bothDetections(name), sessionLane(name)];
  return name === "minute" ? lanes.map((lane) => ({ ...lane, lockSeconds: MINUTE_LOCK_SECONDS })) : lanes;
}

function sessionLane(name: string): Lane {
  return { name: `${name}-session`, shape: "session", detectionSeconds: null, doubtPolicy: "hold" };
}

let folder: string;
let postgres: RunningPostgres;
let broker: RunningBroker;
let wire: TcpProxy;
let brokerWire: TcpProxy;
let pool: pg.Pool;
let stack: Stack;
let query: Query;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dlq-console-faults-"));
  // As in production it waits for the disk: what was committed is there after an immediate stop.
  postgres = await startPostgres({ dataDir: join(folder, "postgres"), durable: true, settings: HISTORY_SETTINGS });
  broker = await startBroker({ config: laneEntities([...NAMES, "minute"].flatMap(lanesOf)), controlPort: 0 });
  await applyMigrations(postgres.url, join(process.cwd(), "prisma", "migrations"), () => {});
  pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
  pool.on("error", () => {});
  query = async (sql, values = []) => (await pool.query(sql, [...values])).rows;
  await keepItemHistory(query);
  await prepareFullDisk();
  wire = await TcpProxy.start({ host: "127.0.0.1", port: postgres.port });
  brokerWire = await TcpProxy.start({ host: "127.0.0.1", port: broker.amqpPort });
  const store = openStore({ url: postgres.url, poolSize: 5, applicationName: "test" });
  const actor = await makePerson({ url: postgres.url, query });
  stack = { query, bench: new ReplayBench({ broker, config: configFor(broker, postgres.url), store, actor }) };
});

afterAll(async () => {
  for (const worker of workers) worker.kill();
  await stack.bench.close();
  await stack.bench.store.close();
  await pool.end();
  await Promise.all([wire.close(), brokerWire.close()]);
  await broker.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What PostgreSQL says when it finds no room for a row: to every write of a worker, or to records of sends or to notices alone. */
async function prepareFullDisk(): Promise<void> {
  await query("CREATE TABLE disk_full (what text)");
  await query(`CREATE FUNCTION refuse_when_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM disk_full WHERE what = TG_ARGV[0]) THEN
      RAISE EXCEPTION 'could not extend file "base/16384/16397": No space left on device' USING ERRCODE = '53100';
    END IF; RETURN NEW; END $$`);
  for (const table of ["replay_item", "worker", "replay", "audit_event", "throttle_scope", "replay_second"]) {
    await query(`CREATE TRIGGER refuse_when_full BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW
      EXECUTE FUNCTION refuse_when_full('everything')`);
  }
  await query(`CREATE TRIGGER refuse_records BEFORE UPDATE ON replay_item FOR EACH ROW WHEN (NEW.state = 'sent')
    EXECUTE FUNCTION refuse_when_full('records')`);
  await query(`CREATE TRIGGER refuse_notices BEFORE UPDATE OF notice ON replay FOR EACH ROW
    WHEN (NEW.notice IS NOT NULL) EXECUTE FUNCTION refuse_when_full('notices')`);
}

async function startWorker(
  databaseUrl = postgres.url,
  connectionString = broker.connectionString,
  strikes: readonly Strike[] = [],
  timing = SHORT,
): Promise<WorkerProcess> {
  const config = configFor({ ...broker, connectionString }, databaseUrl);
  const worker = new WorkerProcess({ config, timing, scans: false, strikes });
  workers.push(worker);
  await worker.ready;
  return worker;
}

function overTheWire(): string {
  const url = new URL(postgres.url);
  url.port = String(wire.port);
  return url.href;
}

function overBrokerWire(): string {
  return broker.connectionString.replace(`:${broker.amqpPort};`, `:${brokerWire.port};`);
}

/** Replays that are under way. */
async function underWay(name: string): Promise<PlannedLane[]> {
  const replays: PlannedLane[] = [];
  for (const lane of lanesOf(name)) {
    await fillLane(stack.bench, lane, 80, "1");
    await stack.bench.index();
    replays.push(await planLane(stack.bench, lane, { rate: 20, burst: 5 }));
  }
  await Promise.all(replays.map(({ start }) => start()));
  await eventually("the first copies", async () => (await sends(name)).length > 20, 20_000);
  return replays;
}

async function sends(name: string): Promise<number[]> {
  const entries = await Promise.all(lanesOf(name).map((lane) => stack.bench.record(lane.name)));
  return entries.flat().map(({ at }) => at);
}

/** All completed, and no rule broken. */
async function endRight(replays: readonly PlannedLane[], { sendTimeoutMs } = SHORT): Promise<void> {
  await untilCompleted(stack, replays, 60_000);
  const judged = await Promise.all(replays.map((replay) => judgeLane(stack, replay, sendTimeoutMs)));
  expect(judged.flatMap(({ found }) => found)).toEqual([]);
}

describe("the database", () => {
  it("R2, R3, R5: stopped at once and started again: the worker lives, nothing goes without a committed intent, the replays end right", async () => {
    const worker = await startWorker();
    const replays = await underWay("stopped");
    const { port, pid, ended } = postgres;
    // What pg_ctl's immediate stop sends: no checkpoint, no goodbye.
    process.kill(pid, "SIGQUIT");
    await ended;
    const stoppedAt = Date.now();
    await delay(AWAY_MS);
    // Permits and sends that were under way, and then nothing.
    expect((await sends("stopped")).filter((at) => at > stoppedAt + 250 + SHORT.sendTimeoutMs)).toEqual([]);
    postgres = await startPostgres({
      dataDir: join(folder, "postgres"),
      durable: true,
      settings: HISTORY_SETTINGS,
      port,
    });
    await endRight(replays);
    worker.kill("SIGTERM");
    expect(await worker.ended).toMatchObject({ code: 0 });
  }, 120_000);

  it("R2, R3, R5: stopped in order for a minute, with the timing of production: nothing goes meanwhile, and the same worker ends the replays right", async () => {
    const worker = await startWorker(postgres.url, broker.connectionString, [], TIMING);
    const replays = await underWay("minute");
    for (const { lane } of replays)
      await eventually(`copies of ${lane.name}`, async () => (await stack.bench.record(lane.name)).length > 0, 20_000);
    const { port } = postgres;
    await postgres.stop();
    const stoppedAt = Date.now();
    await delay(MINUTE_MS);
    expect((await sends("minute")).filter((at) => at > stoppedAt + J_MS + TIMING.sendTimeoutMs)).toEqual([]);
    expect(worker.isAlive).toBe(true);
    postgres = await startPostgres({
      dataDir: join(folder, "postgres"),
      durable: true,
      settings: HISTORY_SETTINGS,
      port,
    });
    await endRight(replays, TIMING);
    // Nobody took over from it, so it had no reason to end: its lease ran out, and was renewed.
    expect(worker.lines.some((line) => line.includes("the lease had run out, and is renewed"))).toBe(true);
    worker.kill("SIGTERM");
    expect(await worker.ended).toMatchObject({ code: 0 });
  }, 240_000);

  it("R2, R3, R5: every session ended, again and again: the replays end right", async () => {
    const worker = await startWorker();
    const replays = await underWay("terminated");
    for (let n = 0; n < 8; n++) {
      await query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dlq-console worker' AND pid <> pg_backend_pid()",
      );
      await delay(100 + Math.random() * 400);
    }
    await endRight(replays);
    worker.kill("SIGTERM");
    expect(await worker.ended).toMatchObject({ code: 0 });
  }, 90_000);

  it("R2, R5: refused connections, nobody else at work: the worker goes on where it was", async () => {
    const worker = await startWorker(overTheWire());
    const replays = await underWay("refused");
    wire.cut(true);
    await delay(AWAY_MS);
    wire.accept();
    await endRight(replays);
    worker.kill("SIGTERM");
    expect(await worker.ended).toMatchObject({ code: 0 });
  }, 90_000);

  it("R5: no room for a notice while the broker's answers are lost: every copy that may have arrived is in doubt all the same", async () => {
    const lane = sessionLane("no-notices");
    await fillLane(stack.bench, lane, 60, "1");
    await stack.bench.index();
    const replay = await planLane(stack.bench, lane, { rate: 20, burst: 20 });
    // Its first block has a copy of every session, and each of these goes by itself.
    const token = join(folder, "stopped-at-its-first-block");
    const strike = { step: "intended", ids: null, signal: "SIGSTOP", token } as const;
    const worker = await startWorker(postgres.url, overBrokerWire(), [strike]);
    await replay.start();
    await eventually("the first block", () => existsSync(token), 20_000);
    await query("INSERT INTO disk_full VALUES ('notices')");
    brokerWire.hold("down");
    await eventually(
      "a notice without room",
      () => {
        // Again and again: the file is there a moment before the worker stops.
        worker.kill("SIGCONT");
        return worker.lines.some((line) => line.includes("No space left"));
      },
      20_000,
    );
    await query("DELETE FROM disk_full");
    brokerWire.cut();
    brokerWire.release();
    await endRight([replay]);
    const [shown] = await query(
      "SELECT sum((detail ->> 'items')::int)::int AS items FROM audit_event WHERE replay_id = $1 AND action = 'replay.item-uncertain'",
      [replay.id],
    );
    expect(shown).toEqual({ items: SESSIONS });
    worker.kill("SIGTERM");
    expect(await worker.ended).toMatchObject({ code: 0 });
  }, 120_000);

  it("R2 to R5: refused together with the broker, again and again: what was under way is in doubt and says so, nothing stands still", async () => {
    const worker = await startWorker(overTheWire(), overBrokerWire());
    const replays = await underWay("both");
    for (let n = 0; n < 5; n++) {
      wire.cut(true);
      brokerWire.cut(true);
      await delay(200 + Math.random() * 800);
      brokerWire.accept();
      await delay(Math.random() * 500);
      wire.accept();
      await delay(1_500);
    }
    await endRight(replays);
    worker.kill("SIGTERM");
    expect(await worker.ended).toMatchObject({ code: 0 });
  }, 120_000);

  it("R5: silence while another takes over: what the first had under way to the database counts no more, and it ends", async () => {
    const cutOff = await startWorker(overTheWire());
    const replays = await underWay("silent");
    wire.hold("up");
    wire.hold("down");
    const other = await startWorker();
    await delay(AWAY_MS);
    // Statements that had been sent arrive now.
    wire.release();
    expect(await cutOff.ended).toMatchObject({ code: 1 });
    await endRight(replays);
    other.kill("SIGTERM");
    expect(await other.ended).toMatchObject({ code: 0 });
  }, 90_000);

  it.each([
    ["full", "everything", AWAY_MS],
    ["no-records", "records", 1_500],
  ] as const)(
    "R2, R3, R5: a full disk (%s: 53100 to %s): nothing goes without a committed intent, the replays end right",
    async (name, what, ms) => {
      const worker = await startWorker();
      const replays = await underWay(name);
      await query("INSERT INTO disk_full VALUES ($1)", [what]);
      const fullAt = Date.now();
      await delay(ms);
      if (what === "everything")
        expect((await sends(name)).filter((at) => at > fullAt + 250 + SHORT.sendTimeoutMs)).toEqual([]);
      await query("DELETE FROM disk_full");
      await endRight(replays);
      expect(worker.lines.some((line) => line.includes("No space left"))).toBe(true);
      worker.kill("SIGTERM");
      expect(await worker.ended).toMatchObject({ code: 0 });
    },
    90_000,
  );
});
