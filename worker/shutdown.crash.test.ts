import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { untilCompleted } from "@/lib/testing/chaos/judge-held";
import { fillLane, judgeLane, type Lane, type PlannedLane, planLane } from "@/lib/testing/chaos/lanes";
import { type ChaosStack, chaosStack } from "@/lib/testing/chaos/test-stack";
import { eventually } from "@/lib/testing/eventually";
import { configFor, type RecordEntry } from "@/lib/testing/replay-bench";
import { TcpProxy } from "@/lib/testing/tcp-proxy";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { TIMING } from "@/lib/usecases/replays/engine/context";

/** As docs/configuration.md says. */
const END_MS = 30_000;
/** Production's own timing fits into it: answers are held back for a second or so here, a fraction of what a send may take. */
const LOCK_SECONDS = 30;
const PACE = { rate: 100, burst: 20 };
/** More than the windows take that are looked at. One worker locks all of the ordered ones: the next waits for all of its locks at once. */
const MESSAGES = { queue: 900, session: 150 } as const;

interface StoppedLane extends Lane {
  readonly shape: keyof typeof MESSAGES;
}

/** No detection: whatever arrives twice shows. */
const lanesOf = (name: string): StoppedLane[] =>
  (["queue", "session"] as const).map((shape) => ({
    name: `${name}-${shape}`,
    shape,
    detectionSeconds: null,
    doubtPolicy: "hold",
    lockSeconds: LOCK_SECONDS,
  }));

interface Ending {
  readonly name: string;
  /** After SIGTERM, with the broker's answers held back: until when. */
  readonly until: (stack: ChaosStack, worker: WorkerProcess, replays: readonly PlannedLane[]) => Promise<void>;
}

const ENDINGS: readonly Ending[] = [
  { name: "at-once", until: async () => {} },
  {
    name: "late-and-twice",
    until: async (stack, worker, replays) => {
      await eventually("what is claimed to be given back, whatever the broker does", async () => {
        const standing = await Promise.all(replays.map((replay) => itemsOf(stack, replay)));
        return standing.every(({ claimed = 0 }) => claimed === 0);
      });
      worker.kill("SIGTERM");
    },
  },
];

const stacks = new Map<string, ChaosStack>();
for (const { name } of ENDINGS) stacks.set(name, await chaosStack(lanesOf(name)));
const workers: WorkerProcess[] = [];
const wires: TcpProxy[] = [];
const gates: pg.Client[] = [];
afterAll(async () => {
  for (const worker of workers) worker.kill();
  await Promise.all([...wires.map((wire) => wire.close()), ...gates.map((gate) => gate.end())]);
});

async function startWorker(stack: ChaosStack, wire: TcpProxy | null): Promise<WorkerProcess> {
  const { broker, bench } = stack;
  const port = wire?.port ?? broker.amqpPort;
  const connectionString = broker.connectionString.replace(`:${broker.amqpPort};`, `:${port};`);
  const config = configFor({ ...broker, connectionString }, bench.config.databaseUrl);
  const worker = new WorkerProcess({ config, timing: TIMING, scans: false });
  workers.push(worker);
  await worker.ready;
  return worker;
}

/** Items of a replay by state. */
async function itemsOf({ query }: ChaosStack, { id }: PlannedLane): Promise<Record<string, number>> {
  const rows = await query<{ state: string; n: number }>(
    "SELECT state, count(*)::int AS n FROM replay_item WHERE replay_id = $1 GROUP BY 1",
    [id],
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

/** A session of the database for whose lock the records of the replays' sends wait. */
async function holdRecords({ query, bench }: ChaosStack, replays: readonly PlannedLane[]): Promise<pg.Client> {
  await query(`CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext(NEW.replay_id::text)); RETURN NEW; END $$`);
  await query(`CREATE TRIGGER wait_for_test BEFORE UPDATE ON replay_item FOR EACH ROW
    WHEN (OLD.state = 'sending' AND NEW.state = 'sent') EXECUTE FUNCTION wait_for_test()`);
  const gate = new pg.Client({ connectionString: bench.config.databaseUrl });
  gates.push(gate);
  await gate.connect();
  for (const { id } of replays) await gate.query("SELECT pg_advisory_lock(hashtext($1))", [id]);
  return gate;
}

/**
 * Holds the broker's answers back at a moment when both replays are in the midst of their windows: some messages locked and waiting, some
 * on their way, some recorded as sent whose originals are being removed, and of the ordered ones some claimed.
 */
async function holdAmidWindows(
  stack: ChaosStack,
  gate: pg.Client,
  wire: TcpProxy,
  replays: readonly PlannedLane[],
): Promise<void> {
  const each = (what: string, is: (items: Record<string, number>, replay: PlannedLane) => boolean) =>
    eventually(
      what,
      async () => {
        const standing = await Promise.all(replays.map((replay) => itemsOf(stack, replay)));
        if (standing.every((items, n) => is(items, replays[n] as PlannedLane))) return true;
        throw new Error(JSON.stringify(standing));
      },
      30_000,
    );
  const recordsWait = () =>
    eventually(
      "records of both that wait: the broker has answered",
      async () => {
        const { rows } = await gate.query(
          `SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
           WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted GROUP BY l.classid, l.objid`,
        );
        return rows.length === replays.length;
      },
      30_000,
    );
  await recordsWait();
  // Those that wait go first: they are recorded, and the next ones wait.
  for (const { id } of replays)
    await gate.query("SELECT pg_advisory_unlock(hashtext($1)), pg_advisory_lock(hashtext($1))", [id]);
  await each("originals that are removed", ({ settled = 0 }) => settled > 0);
  await recordsWait();
  wire.hold("down");
  await gate.end();
  await each("all steps of a window at once", ({ planned = 0, claimed = 0, sending = 0, sent = 0 }, { lane }) => {
    const waiting = lane.shape === "queue" ? planned : claimed;
    return waiting > 0 && sending > 0 && sent > 0;
  });
}

const arrivals = async ({ bench }: ChaosStack, { lane }: PlannedLane): Promise<RecordEntry[]> =>
  (await bench.record(lane.name)).filter(({ event }) => event === "accepted");

/** What holds of a replay whose only worker has ended in order. */
async function expectHandedBack(stack: ChaosStack, replay: PlannedLane): Promise<void> {
  const { query } = stack;
  const items = await query<{ state: string; worker: string | null; id: string | null }>(
    "SELECT state, worker_id::text AS worker, sent_message_id AS id FROM replay_item WHERE replay_id = $1",
    [replay.id],
  );
  expect(items.filter(({ state }) => !["planned", "sent", "settled"].includes(state))).toEqual([]);
  expect(items.filter(({ state, worker }) => state !== "settled" && worker !== null)).toEqual([]);
  // Neither more nor less than the broker has taken is on record as sent.
  const recorded = items.filter(({ state }) => state !== "planned").map(({ id }) => id);
  expect(recorded.toSorted()).toEqual((await arrivals(stack, replay)).map(({ messageId }) => messageId).toSorted());
  // It ended in the midst of it.
  expect(items.some(({ state }) => state === "planned")).toBe(true);
  expect(await query("SELECT state, pause_reason AS why FROM replay WHERE id = $1", [replay.id])).toEqual([
    { state: "running", why: null },
  ]);
}

async function expectNoDoubt({ query }: ChaosStack, replay: PlannedLane): Promise<void> {
  const doubts = "SELECT 1 FROM item_history WHERE replay_id = $1 AND state = 'uncertain'";
  const audited = "SELECT 1 FROM audit_event WHERE replay_id = $1 AND action = 'replay.item-uncertain'";
  expect([...(await query(doubts, [replay.id])), ...(await query(audited, [replay.id]))]).toEqual([]);
}

describe("SIGTERM in the midst of windows", () => {
  it.each(
    ENDINGS,
  )("R1 to R7, R13: $name: the worker finishes what is on its way, gives back the rest and ends; another sends the rest once", async ({
    name,
    until,
  }) => {
    const stack = stacks.get(name) as ChaosStack;
    const replays: (PlannedLane & { readonly lane: StoppedLane })[] = [];
    for (const lane of lanesOf(name)) {
      await fillLane(stack.bench, lane, MESSAGES[lane.shape], "1");
      await stack.bench.index();
      replays.push({ ...(await planLane(stack.bench, lane, PACE)), lane });
    }
    const gate = await holdRecords(stack, replays);
    const wire = await TcpProxy.start({ host: "127.0.0.1", port: stack.broker.amqpPort });
    wires.push(wire);
    const first = await startWorker(stack, wire);
    await Promise.all(replays.map(({ start }) => start()));
    await holdAmidWindows(stack, gate, wire, replays);
    first.kill("SIGTERM");
    const toldAt = performance.now();
    await until(stack, first, replays);
    wire.release();
    expect(await first.ended).toEqual({ code: 0, signal: null });
    const endedAt = Date.now();
    expect(performance.now() - toldAt).toBeLessThan(END_MS);
    for (const replay of replays) {
      await expectHandedBack(stack, replay);
      await expectNoDoubt(stack, replay);
    }
    // Whoever is next need not wait for its lease.
    expect(await stack.query("SELECT 1 FROM worker WHERE ended_at IS NULL")).toEqual([]);

    const second = await startWorker(stack, null);
    await untilCompleted(stack, replays, 90_000);
    const [{ at: startedAt } = { at: 0 }] = await stack.query<{ at: number }>(
      "SELECT (extract(epoch FROM started_at) * 1000)::float8 AS at FROM worker WHERE pid = $1",
      [second.child.pid],
    );
    for (const replay of replays) {
      const taken = await arrivals(stack, replay);
      expect(taken.filter(({ at }) => at > endedAt && at < startedAt)).toEqual([]);
      expect(taken).toHaveLength(MESSAGES[replay.lane.shape]);
      expect(new Set(taken.map(({ messageId }) => messageId)).size).toBe(MESSAGES[replay.lane.shape]);
      expect((await judgeLane(stack, replay, TIMING.sendTimeoutMs)).found).toEqual([]);
      await expectNoDoubt(stack, replay);
    }
    second.kill("SIGTERM");
    expect(await second.ended).toEqual({ code: 0, signal: null });
  }, 240_000);
});
