import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { planReplay as planBody } from "@/lib/contracts/replays";
import { DEFAULT_POLICY } from "@/lib/domain/queue-policy";
import type { Store } from "@/lib/store/ports";
import { type MadeQueue, makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig } from "@/lib/testing/made-config";
import { type TestDatabase, testDatabase, testStore } from "@/lib/testing/test-database";
import { judgeItems } from "./judge-items";
import { planReplay } from "./plan-replay";
import { startReplay } from "./start-replay";

const config = madeConfig();
let database: TestDatabase;
let store: Store;
let actor: { kind: "person"; id: string; name: string };
let queue: MadeQueue;
const workerId = randomUUID();

beforeAll(async () => {
  database = await testDatabase();
  store = testStore(database);
  actor = await makePerson(database);
  queue = await makeQueue(database);
  await store.workers.register({ id: workerId, host: "here", pid: 1, leaseMs: 60_000 });
});

afterEach(() => database.query("DELETE FROM queue_policy"));

/** A running replay of two messages, both in doubt; `ago`: seconds since they may be judged. */
async function inDoubt(ago: number) {
  await makeDeadLetters(database, queue, [
    { key: String(Math.floor(Math.random() * 1e9)) },
    { key: String(Math.floor(Math.random() * 1e9)) },
  ]);
  const body = planBody.parse({ selection: { kind: "filter", filter: { queue: queue.id }, first: 2 }, rate: 20 });
  const { id, planHash } = await planReplay({ store, actor, config, codecFor }, body);
  await startReplay({ store, actor, config }, { id, planHash, reason: "the fix is out", ticket: null });
  const rows = await database.query<{ id: string }>(
    `UPDATE replay_item SET state = 'uncertain', attempt = 1, doubt = true, intent_at = now(), first_intent_at = now(), sent_hash = 'x',
       sent_message_id = 'm', judge_after = now() - make_interval(secs => $2) WHERE replay_id = $1 RETURNING id`,
    [id, ago],
  );
  return { id, items: rows.map((row) => row.id) };
}
const states = (id: string) =>
  database.query("SELECT state, doubt, judged FROM replay_item WHERE replay_id = $1", [id]);
/** Said of the attempt that `inDoubt` made. */
const judge = (id: string, items: string[], judgement: "arrived" | "send-again" | "leave", by = actor) =>
  judgeItems(
    { store, actor: by },
    { id, items: items.map((item) => ({ id: item, attempt: 1 })), judgement, reason: "seen in the consumer's log" },
  );
const protect = ({ id }: MadeQueue) => store.policies.save(id, { ...DEFAULT_POLICY, protected: true }, actor.id);
const judgements = async (id: string) =>
  (await store.audit.list({ replay: id, action: "replay.item-judged", limit: 10 })).items;

it.each([
  ["arrived", { state: "sent", doubt: false, judged: false }],
  ["send-again", { state: "planned", doubt: true, judged: true }],
  ["leave", { state: "failed", doubt: true, judged: false }],
] as const)("R5: %s is a person's recorded judgement", async (judgement, expected) => {
  const { id, items } = await inDoubt(1);
  expect(await judge(id, items, judgement)).toEqual({ judged: 2, overtaken: [] });
  expect(await states(id)).toEqual([expected, expected]);
  expect(await judgements(id)).toMatchObject([
    { actorName: "Olga Operator", reason: "seen in the consumer's log", detail: { judgement } },
  ]);
});

it("R5: of a protected queue, or into one, administrators alone have a message sent again; the other judgements send nothing", async () => {
  const elsewhere = await makeQueue(database, { entityPath: "billing" });
  const admin = await makePerson(database, "Ada Admin");
  await database.query("UPDATE person SET roles = '{admin}' WHERE id = $1", [admin.id]);
  for (const [where, words] of [
    [queue, "This queue is protected"],
    [elsewhere, "billing is protected, and would get copies"],
  ] as const) {
    const { id, items } = await inDoubt(1);
    if (where === elsewhere) await database.query("UPDATE replay SET target_path = 'billing' WHERE id = $1", [id]);
    // Protected while it runs: nobody has asked since.
    await protect(where);
    await expect(judge(id, items, "send-again")).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining(words),
    });
    expect(await states(id)).toMatchObject([{ state: "uncertain" }, { state: "uncertain" }]);
    expect(await judgements(id)).toEqual([]);
    const [one, other] = items as [string, string];
    expect(await judge(id, [one], "send-again", admin)).toEqual({ judged: 1, overtaken: [] });
    expect(await judge(id, [other], "arrived")).toEqual({ judged: 1, overtaken: [] });
    await database.query("DELETE FROM queue_policy");
  }
});

it("R5: nobody judges while the sender may still be at work; then all of the items are refused, and nothing is recorded", async () => {
  const { id, items } = await inDoubt(-60);
  await database.query("UPDATE replay_item SET judge_after = now() WHERE id = $1", [items[0]]);
  await expect(judge(id, items, "send-again")).rejects.toMatchObject({ code: "state-changed" });
  expect(await states(id)).toMatchObject([{ state: "uncertain" }, { state: "uncertain" }]);
  expect(await judgements(id)).toEqual([]);
});

it.each([
  "arrived",
  "send-again",
  "leave",
] as const)("R5: %s is said of the attempt that was shown: a later doubt stays, and the answer names it", async (word) => {
  const { id, items } = await inDoubt(1);
  const [seen, overtaken] = items as [string, string];
  await database.query("UPDATE replay_item SET attempt = 2 WHERE id = $1", [overtaken]);
  expect(await judge(id, items, word)).toEqual({ judged: 1, overtaken: [overtaken] });
  expect(await database.query("SELECT state FROM replay_item WHERE id = $1", [overtaken])).toEqual([
    { state: "uncertain" },
  ]);
  expect(await judgements(id)).toMatchObject([{ detail: { judgement: word, items: [seen], attempts: [1] } }]);
});

it("R5: of a judgement that came too late for all of its items nothing is recorded, whatever became of them", async () => {
  const { id, items } = await inDoubt(1);
  await database.query("UPDATE replay_item SET attempt = 2 WHERE replay_id = $1", [id]);
  await database.query("UPDATE replay_item SET state = 'sent', doubt = false WHERE id = $1", [items[0]]);
  const { judged, overtaken } = await judge(id, items, "leave");
  expect(judged).toBe(0);
  expect(overtaken.toSorted()).toEqual(items.toSorted());
  expect(await judgements(id)).toEqual([]);
  expect((await states(id)).map(({ state }) => state).toSorted()).toEqual(["sent", "uncertain"]);
});

it("R5: doubt without evidence stays with a person; with detection, or by policy, it is sent again", async () => {
  const held = await inDoubt(1);
  expect((await store.ledger.settleDoubt(workerId, 1_000)).filter(({ replayId }) => replayId === held.id)).toEqual([]);
  expect((await store.ledger.stuckInDoubt(100)).map(({ id }) => id)).toContain(held.id);
  await database.query("UPDATE replay SET doubt_policy = 'send-again' WHERE id = $1", [held.id]);
  const mine = async () =>
    (await store.ledger.settleDoubt(workerId, 1_000)).filter(({ replayId }) => replayId === held.id);
  expect(await mine(), "evidence is looked for first").toEqual([]);
  await database.query(
    `UPDATE replay_item SET evidence = '{"found": false, "words": "not found"}' WHERE replay_id = $1`,
    [held.id],
  );
  expect(await store.ledger.settleDoubt(workerId, 1_000)).toMatchObject([
    { replayId: held.id, byPolicy: 2, sentAgain: 0 },
  ]);

  const covered = await inDoubt(1);
  await database.query(
    `UPDATE queue SET settings = jsonb_set(settings, '{duplicateDetection}', '{"enabled": true, "windowSeconds": 60}')`,
  );
  await database.query("UPDATE replay_item SET first_intent_at = now() - interval '59.5 seconds' WHERE id = $1", [
    covered.items[0],
  ]);
  const settled = await store.ledger.settleDoubt(workerId, 1_000);
  expect(settled.filter(({ replayId }) => replayId === covered.id)).toMatchObject([{ sentAgain: 1, byPolicy: 0 }]);
});

it("R5: detection is known of a target that nobody watches, too: what it covers is sent again, what it does not waits", async () => {
  const settings = (windowSeconds: number, enabled = true) => ({
    duplicateDetection: { enabled, windowSeconds },
    requiresSession: false,
    maxMessageBytes: null,
    partitioned: null,
    disabled: false,
    forwardTo: null,
    defaultTimeToLiveSeconds: null,
  });
  const listed = (given: ReturnType<typeof settings> | null) =>
    store.targets.record("test", [{ path: "Archive", kind: "queue", settings: given, subscriptions: null }]);
  const { id } = await inDoubt(1);
  await database.query("UPDATE replay SET target_path = 'archive' WHERE id = $1", [id]);
  const settled = async () =>
    (await store.ledger.settleDoubt(workerId, 1_000)).filter(({ replayId }) => replayId === id);
  await listed(null);
  expect(await settled(), "not read: off").toEqual([]);
  await listed(settings(600, false));
  expect(await settled()).toEqual([]);
  await listed(settings(600));
  await database.query("UPDATE replay_item SET first_intent_at = now() - interval '10 min' WHERE replay_id = $1", [id]);
  expect(await settled(), "the window is over").toEqual([]);
  await database.query("UPDATE replay_item SET first_intent_at = now() WHERE replay_id = $1", [id]);
  expect(await settled()).toEqual([{ replayId: id, queueId: queue.id, arrived: 0, sentAgain: 2, byPolicy: 0 }]);
});
