import pg from "pg";
import { afterAll, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { planReplay as planReplayBody } from "@/lib/contracts/replays";
import { makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { workerContext } from "@/lib/testing/engine-context";
import { eventually } from "@/lib/testing/eventually";
import { madeConfig } from "@/lib/testing/made-config";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { planReplay } from "../plan-replay";
import { startReplay } from "../start-replay";
import { Strays } from "./strays";

const LONGER_THAN_STATEMENTS_MS = 200_000;

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database);
const config = madeConfig();
const other = new pg.Client(database.url);
await other.connect();
afterAll(() => other.end());

/** A worker with a clock of the test's, and a running replay whose items are on record as the worker's in these states. */
async function workerWith(...states: string[]) {
  let now = 1_000_000;
  const lease = { isValid: () => true, isLost: () => false, lapses: 0 };
  const context = { ...(await workerContext(store)), lease, now: () => now };
  const queue = await makeQueue(database, { entityPath: `queue-${context.workerId}` });
  const ids = await makeDeadLetters(
    database,
    queue,
    states.map((_, n) => ({ key: String(n + 1) })),
  );
  const body = planReplayBody.parse({ selection: { kind: "dead-letters", queue: queue.id, ids }, rate: 50 });
  const { id, planHash } = await planReplay({ store, actor, config, codecFor }, body);
  await startReplay({ store, actor, config }, { id, planHash, reason: "the fix is out", ticket: null });
  const items = await database.query<{ id: string }>(
    `UPDATE replay_item SET state = ($2::text[])[ordinal], worker_id = $3, attempt = 1, intent_at = now(), sent_hash = '\\x00'
     WHERE replay_id = $1 RETURNING id::text`,
    [id, states, context.workerId],
  );
  const read = async () =>
    (
      await database.query<{ state: string; held: boolean }>(
        "SELECT state, worker_id IS NOT NULL AS held FROM replay_item WHERE replay_id = $1 ORDER BY ordinal",
        [id],
      )
    ).map(({ state, held }) => (held ? state : `${state}, nobody's`));
  const pass = (ms: number) => {
    now += ms;
  };
  return { context, lease, queueId: queue.id, ids: items.map((item) => item.id), read, pass };
}

/** The look has come to what the test has locked. */
async function untilItWaits(): Promise<void> {
  await eventually("a statement that waits for a lock", async () => {
    const [row] = await database.query<{ waiting: number }>(
      "SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    return row?.waiting === 1;
  });
}

it("R2, R4: gives back what is on record as this worker's and it does not know of, once an answer was lost", async () => {
  const { context, queueId, ids, read } = await workerWith("claimed", "sending", "sent", "sending");
  const strays = new Strays(context, queueId, () => ids.slice(3));
  await strays.seek();
  expect(await read()).toEqual(["claimed", "sending", "sent", "sending"]);
  expect(strays.areExpected).toBe(false);
  strays.expect();
  expect(strays.areExpected).toBe(true);
  await strays.seek();
  expect(await read()).toEqual(["planned, nobody's", "planned, nobody's", "sent, nobody's", "sending"]);
});

it("R5: of a claim that it does not know of it takes the claim alone: intended by then, its copy is under way", async () => {
  const { context, queueId, ids, read } = await workerWith("claimed");
  const strays = new Strays(context, queueId, () => []);
  strays.expect();
  // Between what is read of the ledger and what is written to it: the row waits, and is intended when it is free.
  await other.query("BEGIN");
  await other.query("UPDATE replay_item SET state = 'sending', attempt = 2 WHERE id = $1", [ids[0]]);
  const sought = strays.seek();
  await untilItWaits();
  await other.query("COMMIT");
  await sought;
  expect(await read()).toEqual(["sending"]);
});

it("R5: what has come to be held while the look was on its way stays: its copy may be under way", async () => {
  const { context, queueId, ids, read } = await workerWith("sending");
  const known: string[] = [];
  const strays = new Strays(context, queueId, () => known);
  strays.expect();
  await other.query("BEGIN");
  await other.query("LOCK TABLE replay_item IN ACCESS EXCLUSIVE MODE");
  const sought = strays.seek();
  await untilItWaits();
  known.push(...ids);
  await other.query("COMMIT");
  await sought;
  expect(await read()).toEqual(["sending"]);
});

it("looks on until a look was made after the last such statement could commit, however long the database is away", async () => {
  const { context, lease, queueId, read, pass } = await workerWith("claimed", "claimed");
  const strays = new Strays(context, queueId, () => []);
  strays.expect();
  // Neither a lease that has run out nor a database that fails makes it forget.
  lease.isValid = () => false;
  await strays.seek();
  pass(LONGER_THAN_STATEMENTS_MS);
  lease.isValid = () => true;
  await other.query("ALTER TABLE replay_item RENAME TO replay_item_away");
  try {
    await expect(strays.seek()).rejects.toThrow();
  } finally {
    await other.query("ALTER TABLE replay_item_away RENAME TO replay_item");
  }
  expect(await read()).toEqual(["claimed", "claimed"]);
  await strays.seek();
  expect(await read()).toEqual(["planned, nobody's", "planned, nobody's"]);
});

it("looks again after a lease that ran out meanwhile, and no more once all must have been seen", async () => {
  const { context, lease, queueId, ids, read, pass } = await workerWith("claimed");
  let isLapsing = true;
  const strays = new Strays(context, queueId, () => {
    if (isLapsing) lease.lapses += 1;
    return isLapsing ? ids : [];
  });
  strays.expect();
  pass(LONGER_THAN_STATEMENTS_MS);
  await strays.seek();
  isLapsing = false;
  await strays.seek();
  expect(await read()).toEqual(["planned, nobody's"]);
  await database.query("UPDATE replay_item SET state = 'claimed', worker_id = $2 WHERE id = $1", [
    ids[0],
    context.workerId,
  ]);
  expect(strays.areExpected).toBe(false);
  pass(LONGER_THAN_STATEMENTS_MS);
  await strays.seek();
  expect(await read()).toEqual(["claimed"]);
});
