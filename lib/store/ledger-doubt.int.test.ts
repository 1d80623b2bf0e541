import { randomUUID } from "node:crypto";
import pg from "pg";
import { expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { planReplay as planReplayBody } from "@/lib/contracts/replays";
import { replayScope } from "@/lib/domain/throttle";
import { makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { eventually } from "@/lib/testing/eventually";
import { madeConfig } from "@/lib/testing/made-config";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { judgeItems } from "@/lib/usecases/replays/judge-items";
import { planReplay } from "@/lib/usecases/replays/plan-replay";
import { startReplay } from "@/lib/usecases/replays/start-replay";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database);
const config = madeConfig();
const workerId = randomUUID();
await store.workers.register({ id: workerId, host: "here", pid: 1, leaseMs: 600_000 });
const { ledger, guards } = store;

interface Doubtful {
  readonly replayId: string;
  /** By ordinal. */
  readonly ids: readonly [string, ...string[]];
}

/** A running replay of so many messages, none of which has been sent. */
async function replay(
  given: { count?: number; policy?: "hold" | "send-again"; sessionId?: string } = {},
): Promise<Doubtful> {
  const queue = await makeQueue(database, { entityPath: `doubt-${randomUUID()}` });
  const letters = Array.from({ length: given.count ?? 1 }, (_, n) => ({
    key: String(n + 1),
    sessionId: given.sessionId ?? null,
  }));
  const selected = await makeDeadLetters(database, queue, letters);
  const body = planReplayBody.parse({ selection: { kind: "dead-letters", queue: queue.id, ids: selected }, rate: 50 });
  const { id, planHash } = await planReplay({ store, actor, config, codecFor }, body);
  await startReplay({ store, actor, config }, { id, planHash, reason: "the fix is out", ticket: null });
  await store.throttle.ensure([{ scope: replayScope(id), rate: 1_000, burst: 10 }]);
  await database.query("UPDATE replay SET doubt_policy = $2, stamps = false WHERE id = $1", [
    id,
    given.policy ?? "hold",
  ]);
  const rows = await database.query<{ id: string }>(
    "SELECT id::text FROM replay_item WHERE replay_id = $1 ORDER BY ordinal",
    [id],
  );
  return { replayId: id, ids: rows.map((row) => row.id) as [string, ...string[]] };
}

/** Its first attempt is under way, in this worker's hands. */
const beingSent = (id: string) =>
  database.query(
    `UPDATE replay_item SET state = 'sending', worker_id = $2, attempt = 1, sent_message_id = 'm', sent_hash = '\\x00', intent_at = now(),
       first_intent_at = now() WHERE id = $1`,
    [id, workerId],
  );

/** Its first attempt's answer was lost. */
async function inDoubt(id: string): Promise<void> {
  await beingSent(id);
  expect(await ledger.recordDoubt(workerId, [{ id, attempt: 1 }], "cut", 0)).toEqual([id]);
}

const confirmed = (id: string) =>
  database.query("UPDATE replay_item SET outcome = 'confirmed', confirmed_at = now() WHERE id = $1", [id]);
const cameBack = (id: string) =>
  database.query(
    "UPDATE replay_item SET outcome = 'returned', returned_at = now(), returned_as = dead_letter_id WHERE id = $1",
    [id],
  );
const found = (id: string) =>
  guards.recordEvidence(workerId, [id], {
    found: true,
    searched: 5,
    complete: true,
    words: "its copy is in x",
  });

async function rowOf(id: string) {
  const [row] = await database.query<{ state: string; error: string | null }>(
    "SELECT state, error FROM replay_item WHERE id = $1",
    [id],
  );
  return row;
}
const settled = async ({ replayId }: Doubtful) =>
  (await ledger.settleDoubt(workerId, 1_000)).filter((one) => one.replayId === replayId);
const stuck = async ({ replayId }: Doubtful) => (await ledger.stuckInDoubt(0)).some(({ id }) => id === replayId);
const intend = ({ replayId }: Doubtful, id: string, attempt: number) =>
  store.windows.intend({
    workerId,
    replayId,
    scopes: [replayScope(replayId)],
    intents: [{ id, attempt, messageId: "m", hash: Buffer.alloc(32), expiresAt: null }],
    sendTimeoutMs: 1_000,
  });

it("R5: what its consumer confirmed before its answer was lost had arrived", async () => {
  const one = await replay({ policy: "send-again" });
  const [id] = one.ids;
  await beingSent(id);
  await confirmed(id);
  await ledger.recordDoubt(workerId, [{ id, attempt: 1 }], "cut", 0);
  expect(await settled(one)).toMatchObject([{ arrived: 1, sentAgain: 0, byPolicy: 0 }]);
  expect(await rowOf(id)).toMatchObject({ state: "sent" });
});

it("R5: a look that found nothing takes back nothing that became known meanwhile", async () => {
  const one = await replay();
  const [id] = one.ids;
  await inDoubt(id);
  await database.query("UPDATE replay SET stamps = true WHERE id = $1", [one.replayId]);
  expect((await guards.claimDoubtful(workerId, 10)).map(({ itemId }) => itemId)).toEqual([id]);
  await found(id);
  await guards.recordEvidence(workerId, [id], {
    found: false,
    searched: 5,
    complete: true,
    words: "not found",
  });
  const evidence = await database.query(
    "SELECT found_at IS NOT NULL AS found, evidence FROM replay_item WHERE id = $1",
    [id],
  );
  expect(evidence).toMatchObject([{ found: true, evidence: { found: true, words: "its copy is in x" } }]);
  expect(await settled(one)).toMatchObject([{ arrived: 1 }]);
});

it.each([
  ["is confirmed", "policy", confirmed],
  ["comes back dead", "policy", cameBack],
  ["is confirmed", "judgement", confirmed],
  ["comes back dead", "judgement", cameBack],
] as const)("R5: what %s after its %s had settled to send it again is not sent again", async (_, by, evidence) => {
  const one = await replay({ policy: by === "policy" ? "send-again" : "hold" });
  const [id] = one.ids;
  await inDoubt(id);
  if (by === "policy") expect(await settled(one)).toMatchObject([{ byPolicy: 1 }]);
  else await judge(one, id);
  await evidence(id);
  expect(await intend(one, id, 2)).toMatchObject({ allowed: true, ids: [], dropped: [id] });
  expect(await rowOf(id)).toEqual({ state: "uncertain", error: "an earlier copy has arrived" });
  expect(await settled(one)).toMatchObject([{ arrived: 1 }]);
  expect(await rowOf(id)).toMatchObject({ state: "sent" });
});

/** Has it sent again, as the page shows it now. */
async function judge({ replayId }: Doubtful, id: string) {
  const [shown] = await database.query<{ attempt: number }>("SELECT attempt FROM replay_item WHERE id = $1", [id]);
  return judgeItems(
    { store, actor },
    {
      id: replayId,
      items: [{ id, attempt: shown?.attempt ?? 0 }],
      judgement: "send-again",
      reason: "the consumer's log says so",
    },
  );
}

it("R5: what is confirmed while its intent waits for permits is not sent again", async () => {
  const one = await replay({ policy: "send-again" });
  const [id] = one.ids;
  await inDoubt(id);
  expect(await settled(one)).toMatchObject([{ byPolicy: 1 }]);
  const other = new pg.Client(database.url);
  await other.connect();
  await other.query("BEGIN");
  await other.query("SELECT FROM throttle_scope WHERE scope = $1 FOR UPDATE", [replayScope(one.replayId)]);
  const intended = intend(one, id, 2);
  await eventually("the intent to wait", async () => {
    const [waits] = await database.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    return waits?.n === 1;
  });
  await confirmed(id);
  await other.query("COMMIT");
  await other.end();
  expect(await intended).toMatchObject({ ids: [] });
  expect(await intend(one, id, 2)).toMatchObject({ ids: [], dropped: [id] });
});

it("R4, R5: a message is not freed by a refusal of its next copy when an earlier one is known to have arrived", async () => {
  const one = await replay({ policy: "send-again" });
  const [id] = one.ids;
  await inDoubt(id);
  await settled(one);
  expect(await intend(one, id, 2)).toMatchObject({ ids: [id] });
  await confirmed(id);
  await ledger.recordFailed(workerId, [{ id, attempt: 2 }], "too large");
  expect(await rowOf(id)).toEqual({ state: "uncertain", error: "too large; an earlier copy may have arrived" });
  expect(await settled(one)).toMatchObject([{ arrived: 1 }]);
});

it("R3: a confirmation from before its first attempt, of one that was taken back, is no evidence", async () => {
  const one = await replay();
  const [id] = one.ids;
  await database.query("UPDATE replay_item SET confirmed_at = now() - interval '1 minute' WHERE id = $1", [id]);
  await inDoubt(id);
  expect(await settled(one)).toEqual([]);
  expect(await rowOf(id)).toMatchObject({ state: "uncertain" });
});

it("R5: the policy has its turn before the replay pauses for a person, however long the look for the copy takes", async () => {
  const one = await replay({ policy: "send-again" });
  const [id] = one.ids;
  await database.query("UPDATE replay SET stamps = true WHERE id = $1", [one.replayId]);
  await inDoubt(id);
  const judgedFor = (seconds: number) =>
    database.query("UPDATE replay_item SET judge_after = now() - make_interval(secs => $2) WHERE id = $1", [
      id,
      seconds,
    ]);
  await judgedFor(20);
  expect(await settled(one)).toEqual([]);
  expect(await stuck(one)).toBe(false);
  await judgedFor(31);
  expect(await settled(one)).toMatchObject([{ byPolicy: 1 }]);
});

it("R5: a person who asks to send again what is known to have arrived by now is told to look again", async () => {
  const one = await replay();
  const [id] = one.ids;
  await inDoubt(id);
  await confirmed(id);
  await expect(judge(one, id)).rejects.toMatchObject({ code: "state-changed" });
  expect(await settled(one)).toMatchObject([{ arrived: 1 }]);
});

it.each([
  ["the original has left", (id: string) => ledger.recordMissing(workerId, [id])],
  ["it is refused", (id: string) => ledger.recordRefused(workerId, [id], "it has expired")],
] as const)("R5: a doubt is settled by the policy once: when %s instead of being sent, a person judges", async (_, refuse) => {
  const one = await replay({ policy: "send-again" });
  const [id] = one.ids;
  await inDoubt(id);
  expect(await settled(one)).toMatchObject([{ byPolicy: 1 }]);
  // Given back without a send, it is sent at the next turn: nobody is asked for that.
  await ledger.takeBack(workerId, [{ id, attempt: 2 }]);
  expect(await rowOf(id)).toMatchObject({ state: "planned" });
  await refuse(id);
  expect(await rowOf(id)).toMatchObject({ state: "uncertain" });
  expect(await settled(one)).toEqual([]);
  expect(await stuck(one)).toBe(true);
  // What a person says is done, and a doubt about that copy is a new one.
  await judge(one, id);
  expect(await intend(one, id, 3)).toMatchObject({ ids: [id] });
  await ledger.recordDoubt(workerId, [{ id, attempt: 3 }], "cut", 0);
  expect(await settled(one)).toMatchObject([{ byPolicy: 1 }]);
});

it("R5: a doubt that the target's detection covers is settled once as well", async () => {
  const one = await replay();
  const [id] = one.ids;
  await inDoubt(id);
  await database.query(
    `UPDATE queue q SET settings = jsonb_set(q.settings, '{duplicateDetection}', '{"enabled": true, "windowSeconds": 600}')
     FROM replay r WHERE r.id = $1 AND q.id = r.queue_id`,
    [one.replayId],
  );
  expect(await settled(one)).toMatchObject([{ sentAgain: 1 }]);
  await ledger.recordRefused(workerId, [id], "no subscription receives it");
  expect(await settled(one)).toEqual([]);
  expect(await rowOf(id)).toMatchObject({ state: "uncertain", error: "no subscription receives it" });
  expect(await stuck(one)).toBe(true);
});

it("R5: what was settled and then claimed by a worker that ends is planned again and keeps its doubt", async () => {
  const one = await replay({ policy: "send-again" });
  const [id] = one.ids;
  await inDoubt(id);
  expect(await settled(one)).toMatchObject([{ byPolicy: 1 }]);
  const dead = randomUUID();
  await store.workers.register({ id: dead, host: "here", pid: 2, leaseMs: 0 });
  await database.query("UPDATE replay_item SET state = 'claimed', worker_id = $2 WHERE id = $1", [id, dead]);
  await ledger.recover(workerId, 0);
  expect(await rowOf(id)).toMatchObject({ state: "planned" });
  expect(await intend(one, id, 2)).toMatchObject({ ids: [id] });
});

it("R5: a canary that waits for a doubt in its session is stuck, whatever waits behind it; one that is out is not", async () => {
  const one = await replay({ count: 3, sessionId: "s" });
  const [first, second] = one.ids as [string, string, string];
  await database.query(
    `UPDATE replay SET ordered = true, ramp = '{"canary": {"count": 2, "waitSeconds": 600}, "steps": []}', canary_ordinal =
       (SELECT ordinal FROM replay_item WHERE id = $2) WHERE id = $1`,
    [one.replayId, second],
  );
  await database.query("UPDATE replay_item SET session_id = 'other' WHERE replay_id = $1 AND id <> ALL ($2::uuid[])", [
    one.replayId,
    [first, second],
  ]);
  await inDoubt(first);
  expect(await stuck(one)).toBe(true);
  await database.query(
    "UPDATE replay_item SET state = 'settled', sent_hash = '\\x00', intent_at = now() WHERE id = $1",
    [second],
  );
  expect(await stuck(one), "its wait ends by itself").toBe(false);
});

it("R4: what slipped back to planned while its replay was cancelled is freed, however long no worker was there", async () => {
  const one = await replay({ count: 2 });
  const [free, doubtful] = one.ids as [string, string];
  const running = await replay();
  await database.query("UPDATE replay_item SET doubt = true, sent_hash = '\\x00', intent_at = now() WHERE id = $1", [
    doubtful,
  ]);
  await database.query("UPDATE replay SET state = 'cancelled', finished_at = now() - interval '3 days' WHERE id = $1", [
    one.replayId,
  ]);
  await ledger.finish(workerId);
  expect(await rowOf(free)).toMatchObject({ state: "cancelled" });
  expect(await rowOf(doubtful)).toMatchObject({ state: "uncertain" });
  expect(await rowOf(running.ids[0])).toMatchObject({ state: "planned" });
});

it("R2: what a worker's last statement wrote after it was taken over from is found, however late the next worker comes", async () => {
  const one = await replay();
  const [id] = one.ids;
  const dead = randomUUID();
  await store.workers.register({ id: dead, host: "here", pid: 2, leaseMs: 0 });
  // One look was taken a second after its end; its statement committed later, and nobody was there for an hour.
  await database.query(
    "UPDATE worker SET ended_at = now() - interval '1 hour', swept_at = now() - interval '1 hour' + interval '1 second' WHERE id = $1",
    [dead],
  );
  await beingSent(id);
  await database.query("UPDATE replay_item SET worker_id = $2 WHERE id = $1", [id, dead]);
  await ledger.recover(workerId, 0);
  expect(await rowOf(id)).toMatchObject({ state: "uncertain" });
  const [worker] = await database.query(
    "SELECT swept_at > ended_at + interval '35 s' AS done FROM worker WHERE id = $1",
    [dead],
  );
  expect(worker).toEqual({ done: true });
});
