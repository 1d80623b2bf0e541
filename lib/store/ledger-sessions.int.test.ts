import { randomUUID } from "node:crypto";
import pg from "pg";
import { describe, expect, it } from "vitest";
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

const LOST = "an earlier message of its session was not sent: the order of the session would be lost";

interface Session {
  readonly replayId: string;
  readonly queueId: number;
  /** In order: s0 is settled; s1; s2; s3 was in doubt before; o, of another session; n, of none. */
  readonly ids: Readonly<Record<"s0" | "s1" | "s2" | "s3" | "o" | "n", string>>;
}

/** A running replay whose messages are all in this worker's hands, but for the settled one and the last of the session. */
async function held(given: { ordered?: boolean } = {}): Promise<Session> {
  const queue = await makeQueue(database, { entityPath: `sessions-${randomUUID()}` });
  const letters = ["s", "s", "s", "s", "o", null].map((sessionId, n) => ({ key: String(n + 1), sessionId }));
  const selected = await makeDeadLetters(database, queue, letters);
  const body = planReplayBody.parse({ selection: { kind: "dead-letters", queue: queue.id, ids: selected }, rate: 50 });
  const { id, planHash } = await planReplay({ store, actor, config, codecFor }, body);
  await startReplay({ store, actor, config }, { id, planHash, reason: "the fix is out", ticket: null });
  await store.throttle.ensure([{ scope: replayScope(id), rate: 1_000, burst: 10 }]);
  await database.query("UPDATE replay SET ordered = $2 WHERE id = $1", [id, given.ordered ?? true]);
  const rows = await database.query<{ id: string }>(
    `UPDATE replay_item SET worker_id = CASE WHEN key IN ('1', '4') THEN NULL ELSE $2::uuid END, doubt = key = '4',
       attempt = CASE WHEN key IN ('1', '4') THEN 1 ELSE 0 END,
       sent_hash = CASE WHEN key IN ('1', '4') THEN '\\x00'::bytea END, intent_at = CASE WHEN key IN ('1', '4') THEN now() END,
       state = CASE key WHEN '1' THEN 'settled' WHEN '4' THEN 'planned' ELSE 'claimed' END
     WHERE replay_id = $1 RETURNING id::text, key`,
    [id, workerId],
  );
  const byKey = new Map((rows as { id: string; key: string }[]).map((row) => [Number(row.key), row.id]));
  const names = ["s0", "s1", "s2", "s3", "o", "n"] as const;
  const ids = Object.fromEntries(names.map((name, n) => [name, byKey.get(n + 1) ?? ""])) as Session["ids"];
  return { replayId: id, queueId: queue.id, ids };
}

async function statesOf({ ids }: Session): Promise<Record<string, string>> {
  const rows = await database.query<{ id: string; state: string }>(
    "SELECT id::text, state FROM replay_item WHERE id = ANY ($1::uuid[])",
    [Object.values(ids)],
  );
  const byId = new Map(rows.map(({ id, state }) => [id, state]));
  return Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, byId.get(id) ?? ""]));
}

const setState = (id: string, state: string) =>
  database.query(
    "UPDATE replay_item SET state = $2, worker_id = CASE WHEN $2 IN ('claimed', 'sending') THEN worker_id END, judge_after = now(), sent_hash = '\\x00', attempt = 1, intent_at = now() WHERE id = $1",
    [id, state],
  );

const intend = ({ replayId }: Session, id: string) =>
  store.windows.intend({
    workerId,
    replayId,
    scopes: [replayScope(replayId)],
    intents: [{ id, attempt: 1, messageId: null, hash: Buffer.alloc(32), expiresAt: null }],
    sendTimeoutMs: 1_000,
  });

async function claimAnother(session: Session): Promise<void> {
  await setState(session.ids.s1, "planned");
  await database.query("UPDATE replay_item SET attempt = 0 WHERE id = $1", [session.ids.s1]);
  const [item] = await database.query<{ position: string; enqueued_at: Date; message_id: string | null }>(
    "SELECT position, enqueued_at, message_id FROM replay_item WHERE id = $1",
    [session.ids.s1],
  );
  const claims = await store.windows.claim({
    workerId,
    queueId: session.queueId,
    locked: [
      {
        key: "2",
        position: BigInt(item?.position ?? 0),
        enqueuedAt: item?.enqueued_at ?? new Date(0),
        messageId: item?.message_id ?? null,
        contentHash: Buffer.from("another message"),
      },
    ],
    mayOrder: true,
    from: "queue",
  });
  expect(claims.changed).toBe(1);
}

const { ledger } = store;
const ends: [string, string, (session: Session) => Promise<unknown>][] = [
  [
    "fails",
    "failed",
    async ({ ids }) => {
      await setState(ids.s1, "sending");
      await ledger.recordFailed(workerId, [{ id: ids.s1, attempt: 1 }], "the broker refuses it");
    },
  ],
  ["is refused", "refused", ({ ids }) => ledger.recordRefused(workerId, [ids.s1], "it has expired")],
  [
    "is gone",
    "gone",
    async ({ ids }) => {
      await setState(ids.s1, "planned");
      await ledger.recordMissing(workerId, [ids.s1]);
    },
  ],
  ["is another one now", "changed", claimAnother],
  [
    "is left by a person",
    "failed",
    async ({ replayId, ids }) => {
      await setState(ids.s1, "uncertain");
      await judgeItems(
        { store, actor },
        { id: replayId, items: [{ id: ids.s1, attempt: 1 }], judgement: "leave", reason: "not again" },
      );
    },
  ],
];

describe("a message of a session that will not be sent", () => {
  it.each(
    ends,
  )("R13: that %s cancels those behind it in the same transaction, and nothing else", async (_, state, end) => {
    const session = await held();
    await end(session);
    const { ids } = session;
    expect(await statesOf(session)).toEqual({
      s0: "settled",
      s1: state,
      s2: "cancelled",
      s3: "uncertain",
      o: "claimed",
      n: "claimed",
    });
    expect(
      await database.query("SELECT DISTINCT error, worker_id FROM replay_item WHERE id = ANY ($1::uuid[])", [
        [ids.s2, ids.s3],
      ]),
    ).toEqual([{ error: LOST, worker_id: null }]);
    // The worker that has it in hand still gets no intent for it, and gives nothing back.
    expect(await intend(session, ids.s2)).toMatchObject({ allowed: true, ids: [], dropped: [ids.s2] });
    await ledger.release(workerId, [ids.s2]);
    expect(await intend(session, ids.o)).toMatchObject({ ids: [ids.o] });
    expect(await statesOf(session)).toMatchObject({ s2: "cancelled", o: "sending" });
  });

  it("R13: cancels one that is being given back at that moment", async () => {
    const session = await held();
    const { s1, s2 } = session.ids;
    const other = new pg.Client(database.url);
    await other.connect();
    await other.query("BEGIN");
    await other.query("UPDATE replay_item SET state = 'planned', worker_id = NULL WHERE id = $1", [s2]);
    const refused = ledger.recordRefused(workerId, [s1], "it has expired");
    await eventually("the refusal to wait for the row", async () => {
      const [row] = await database.query<{ waiting: number }>(
        "SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return row?.waiting === 1;
    });
    await other.query("COMMIT");
    await other.end();
    await refused;
    expect(await statesOf(session)).toMatchObject({ s1: "refused", s2: "cancelled" });
  });

  it("stops nothing in a replay without order", async () => {
    const session = await held({ ordered: false });
    await ledger.recordRefused(workerId, [session.ids.s1], "it has expired");
    expect(await statesOf(session)).toMatchObject({ s1: "refused", s2: "claimed", s3: "planned" });
  });
});
