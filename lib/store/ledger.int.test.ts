import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { planReplay as planReplayBody } from "@/lib/contracts/replays";
import { makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig } from "@/lib/testing/made-config";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { planReplay } from "@/lib/usecases/replays/plan-replay";
import { startReplay } from "@/lib/usecases/replays/start-replay";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database);
const config = madeConfig();
const workerId = randomUUID();
await store.workers.register({ id: workerId, host: "here", pid: 1, leaseMs: 600_000 });

/** One item of a running replay in this state, at its second attempt. */
async function itemAt(state: string): Promise<string> {
  const queue = await makeQueue(database, { entityPath: `queue-${randomUUID()}` });
  const ids = await makeDeadLetters(database, queue, [{ key: "1" }]);
  const body = planReplayBody.parse({ selection: { kind: "dead-letters", queue: queue.id, ids }, rate: 50 });
  const { id, planHash } = await planReplay({ store, actor, config, codecFor }, body);
  await startReplay({ store, actor, config }, { id, planHash, reason: "the fix is out", ticket: null });
  const [item] = await database.query<{ id: string }>(
    "UPDATE replay_item SET state = $2, worker_id = $3, attempt = 2, intent_at = now(), first_intent_at = now(), sent_hash = '\\x00', judge_after = 'infinity' WHERE replay_id = $1 RETURNING id::text",
    [id, state, state === "planned" ? null : workerId],
  );
  return item?.id ?? "";
}

async function stateOf(id: string): Promise<unknown> {
  const [row] = await database.query<{ state: string; held: boolean; hold_ended: boolean }>(
    "SELECT state, worker_id IS NOT NULL AS held, judge_after <> 'infinity' AS hold_ended FROM replay_item WHERE id = $1",
    [id],
  );
  return row;
}

async function attemptOf(id: string): Promise<number | undefined> {
  const [row] = await database.query<{ attempt: number }>("SELECT attempt FROM replay_item WHERE id = $1", [id]);
  return row?.attempt;
}

const { ledger } = store;
const asks: [string, string, (id: string, attempt: number) => Promise<unknown>, object][] = [
  ["a retraction", "sending", (id, attempt) => ledger.retract(workerId, [{ id, attempt }]), { state: "planned" }],
  ["a taking back", "sending", (id, attempt) => ledger.takeBack(workerId, [{ id, attempt }]), { state: "planned" }],
  [
    "a doubt",
    "sending",
    (id, attempt) => ledger.recordDoubt(workerId, [{ id, attempt }], "cut", 0),
    { state: "uncertain" },
  ],
  [
    "a failure",
    "sending",
    (id, attempt) => ledger.recordFailed(workerId, [{ id, attempt }], "no"),
    { state: "failed" },
  ],
  ["an end of a hold", "uncertain", (id, attempt) => ledger.endHold(workerId, [{ id, attempt }]), { hold_ended: true }],
];

it.each(
  asks,
)("R5: %s that was asked for an earlier attempt and runs late writes nothing to the next one", async (_, state, ask, after) => {
  const id = await itemAt(state);
  const before = await stateOf(id);
  await ask(id, 1);
  expect(await stateOf(id)).toEqual(before);
  await ask(id, 2);
  expect(await stateOf(id)).toMatchObject(after);
});

it("R5: what is given back without an intent leaves an intent that was committed since alone", async () => {
  const sending = await itemAt("sending");
  const claimed = await itemAt("claimed");
  await ledger.release(workerId, [sending, claimed]);
  expect(await stateOf(sending)).toMatchObject({ state: "sending", held: true });
  expect(await stateOf(claimed)).toMatchObject({ state: "planned", held: false });
});

it("fails what waits for the next attempt, and takes back what was claimed and not intended", async () => {
  const planned = await itemAt("planned");
  const claimed = await itemAt("claimed");
  const next = (id: string) => ({ id, attempt: 3 });
  await ledger.recordFailed(workerId, [{ id: planned, attempt: 2 }], "no");
  expect(await stateOf(planned)).toMatchObject({ state: "planned" });
  await ledger.recordFailed(workerId, [next(planned)], "no");
  expect(await stateOf(planned)).toMatchObject({ state: "failed" });
  await ledger.takeBack(workerId, [next(claimed)]);
  expect(await stateOf(claimed)).toMatchObject({ state: "planned", held: false });
});

it("takes back what a retraction whose answer was lost has left claimed, of a replay that was paused since", async () => {
  const id = await itemAt("claimed");
  await ledger.takeBack(workerId, [{ id, attempt: 2 }]);
  expect(await stateOf(id)).toMatchObject({ state: "planned", held: false });
});

it("R5: a taking back of an intent that was never committed uses its number up: run once more, late, it finds nothing", async () => {
  const id = await itemAt("planned");
  await ledger.takeBack(workerId, [{ id, attempt: 3 }]);
  expect(await attemptOf(id)).toBe(3);
  // The next intent is the fourth attempt.
  await database.query("UPDATE replay_item SET state = 'sending', worker_id = $2, attempt = 4 WHERE id = $1", [
    id,
    workerId,
  ]);
  await ledger.takeBack(workerId, [{ id, attempt: 3 }]);
  expect(await stateOf(id)).toMatchObject({ state: "sending", held: true });
  expect(await attemptOf(id)).toBe(4);
});

it("R5: what fails after an earlier copy was in doubt says that one may have arrived", async () => {
  const id = await itemAt("sending");
  await database.query("UPDATE replay_item SET doubt = true WHERE id = $1", [id]);
  await ledger.recordFailed(workerId, [{ id, attempt: 2 }], "the broker refuses it");
  expect(await database.query("SELECT state, error FROM replay_item WHERE id = $1", [id])).toEqual([
    { state: "failed", error: "the broker refuses it; an earlier copy may have arrived" },
  ]);
});

it("answers a retraction whose first answer was lost as it did then", async () => {
  const id = await itemAt("sending");
  const attempts = [{ id, attempt: 2 }];
  expect(await ledger.retract(workerId, attempts)).toEqual([id]);
  expect(await ledger.retract(workerId, attempts)).toEqual([id]);
});

const doubts: [string, (id: string) => Promise<unknown>][] = [
  ["is recorded", (id) => ledger.recordDoubt(workerId, [{ id, attempt: 2 }], "cut", 0)],
  [
    "is found after its worker ended",
    async (id) => {
      const dead = randomUUID();
      await store.workers.register({ id: dead, host: "here", pid: 2, leaseMs: 0 });
      await database.query("UPDATE replay_item SET worker_id = $2 WHERE id = $1", [id, dead]);
      await ledger.recover(workerId, 0);
    },
  ],
];

it.each(
  doubts,
)("R5: a doubt that %s takes back what a person had said of an earlier one, and what had been seen of its copy", async (_, doubt) => {
  const id = await itemAt("sending");
  await database.query(
    `UPDATE replay_item SET doubt = true, judged = true, evidence = '{"words": "not in x"}' WHERE id = $1`,
    [id],
  );
  await doubt(id);
  expect(await database.query("SELECT state, doubt, judged, evidence FROM replay_item WHERE id = $1", [id])).toEqual([
    { state: "uncertain", doubt: true, judged: false, evidence: null },
  ]);
});
