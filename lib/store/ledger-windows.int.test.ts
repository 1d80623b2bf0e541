import { createHash, randomUUID } from "node:crypto";
import pg from "pg";
import { expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { planDiscard as planDiscardBody, planReplay as planReplayBody } from "@/lib/contracts/replays";
import { REFUSAL_TEXTS } from "@/lib/domain/refusals";
import { entityScope, namespaceScope, replayScope } from "@/lib/domain/throttle";
import { type MadeQueue, makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig } from "@/lib/testing/made-config";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { planDiscard } from "@/lib/usecases/replays/plan-discard";
import { planReplay } from "@/lib/usecases/replays/plan-replay";
import { startReplay } from "@/lib/usecases/replays/start-replay";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database);
const config = madeConfig();
const workerId = randomUUID();

/** A running replay of one message with the id into the topic, ids kept; answers what asks for its permit and commits its intent. */
async function ready(queue: MadeQueue, key: string, messageId: string) {
  const ids = await makeDeadLetters(database, queue, [{ key, messageId }]);
  const body = planReplayBody.parse({
    selection: { kind: "dead-letters", queue: queue.id, ids },
    rate: 50,
    messageIdPolicy: "preserve",
  });
  const { id, planHash, preflight } = await planReplay({ store, actor, config, codecFor }, body);
  expect(preflight.willSend).toBe(1);
  await startReplay({ store, actor, config }, { id, planHash, reason: "the fix is out", ticket: null });
  const [item] = await database.query<{ id: string }>("SELECT id FROM replay_item WHERE replay_id = $1", [id]);
  const scopes = [namespaceScope(queue.namespaceId), entityScope(queue.namespaceId, "events"), replayScope(id)];
  await store.throttle.ensure(scopes.map((scope) => ({ scope, rate: 1000, burst: 10 })));
  const intend = () =>
    store.windows.intend({
      workerId,
      replayId: id,
      scopes,
      intents: [
        {
          id: item?.id ?? "",
          attempt: 1,
          messageId,
          hash: createHash("sha256").update(key).digest(),
          expiresAt: null,
        },
      ],
      sendTimeoutMs: 1_000,
    });
  return { id, intend };
}

it("R10: of two copies with one id for one target, of two replays and at the same moment, one is sent and the other refused", async () => {
  await store.workers.register({ id: workerId, host: "here", pid: 1, leaseMs: 600_000 });
  const detection = { duplicateDetection: { enabled: true, windowSeconds: 600 } };
  const subscription = (name: string) =>
    makeQueue(database, {
      entityPath: `events/subscriptions/${name}`,
      originPath: "events",
      entityKind: "subscription",
      settings: detection,
      rules: [{ name: "all", filter: "1=1" }],
    });
  const sides = await Promise.all([
    ready(await subscription("billing"), "1", "order-1"),
    ready(await subscription("shipping"), "2", "order-1"),
  ]);
  // Both statements have begun, and have seen no intent of the other, before either is given its permit.
  const other = new pg.Client(database.url);
  await other.connect();
  await other.query("BEGIN");
  await other.query("SELECT 1 FROM throttle_scope FOR UPDATE");
  const asked = sides.map(({ intend }) => intend());
  await expect
    .poll(async () => {
      const [row] = await database.query<{ waiting: number }>(
        "SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return row?.waiting;
    })
    .toBe(2);
  await other.query("COMMIT");
  await other.end();
  const answers = await Promise.all(asked);
  expect(answers.map(({ ids }) => ids.length).toSorted()).toEqual([0, 1]);

  const late = sides[answers.findIndex(({ ids }) => ids.length === 0)];
  expect(await late?.intend()).toMatchObject({ ids: [], dropped: [expect.any(String)] });
  expect(await database.query("SELECT state, error FROM replay_item WHERE replay_id = $1", [late?.id])).toEqual([
    { state: "refused", error: REFUSAL_TEXTS["id-in-window"] },
  ]);
});

it("R13: a claimed message gets no intent while one before it in its session has not gone: that one may have been given back since", async () => {
  const queue = await makeQueue(database, { entityPath: "sessions" });
  const ids = await makeDeadLetters(database, queue, [
    { key: "11", sessionId: "s" },
    { key: "12", sessionId: "s" },
  ]);
  const body = planReplayBody.parse({ selection: { kind: "dead-letters", queue: queue.id, ids }, rate: 50 });
  const { id, planHash } = await planReplay({ store, actor, config, codecFor }, body);
  await startReplay({ store, actor, config }, { id, planHash, reason: "the fix is out", ticket: null });
  const scopes = [replayScope(id)];
  await store.throttle.ensure(scopes.map((scope) => ({ scope, rate: 1000, burst: 10 })));
  const holder = randomUUID();
  await store.workers.register({ id: holder, host: "here", pid: 1, leaseMs: 600_000 });
  await database.query("UPDATE replay SET ordered = true WHERE id = $1", [id]);
  const [first, second] = (
    await database.query<{ id: string; ordinal: number }>(
      "UPDATE replay_item SET state = 'claimed', worker_id = $2 WHERE replay_id = $1 RETURNING id::text, ordinal",
      [id, holder],
    )
  ).toSorted((a, b) => a.ordinal - b.ordinal);
  const intend = (item: { id: string } | undefined) =>
    store.windows.intend({
      workerId: holder,
      replayId: id,
      scopes,
      intents: [{ id: item?.id ?? "", attempt: 1, messageId: null, hash: Buffer.alloc(32), expiresAt: null }],
      sendTimeoutMs: 1_000,
    });
  await store.ledger.release(holder, [first?.id ?? ""]);
  expect(await intend(second)).toMatchObject({ allowed: true, ids: [], dropped: [second?.id] });
  await database.query("UPDATE replay_item SET state = 'claimed', worker_id = $2 WHERE id = $1", [first?.id, holder]);
  expect(await intend(second)).toMatchObject({ ids: [], dropped: [second?.id] });
  expect(await intend(first)).toMatchObject({ ids: [first?.id] });
  expect(await intend(second)).toMatchObject({ ids: [] });
  await store.windows.recordSent(holder, [first?.id ?? ""]);
  expect(await intend(second)).toMatchObject({ ids: [second?.id] });
});

/** A running restore of one message, which a discard has archived; the number is free again. */
async function restored(queue: MadeQueue, key: string, contentHash: Uint8Array): Promise<string> {
  const ids = await makeDeadLetters(database, queue, [{ key, contentHash }]);
  const body = planDiscardBody.parse({ selection: { kind: "dead-letters", queue: queue.id, ids }, rate: 50 });
  const discard = (await planDiscard({ store, actor, config, codecFor }, body)).id;
  await database.query("UPDATE replay SET state = 'completed' WHERE id = $1", [discard]);
  await database.query(
    `WITH items AS (
       UPDATE replay_item SET state = 'settled', sent_hash = content_hash, intent_at = now(), sent_at = now() WHERE replay_id = $1
       RETURNING id, dead_letter_id, content_hash
     ), archived AS (
       INSERT INTO archive (dead_letter_id, item_id, replay_id, hash) SELECT dead_letter_id, id, $1, content_hash FROM items
     )
     UPDATE dead_letter d SET left_at = now(), left_how = 'discarded' FROM items i WHERE d.id = i.dead_letter_id`,
    [discard],
  );
  const restore = planReplayBody.parse({ selection: { kind: "archive", queue: queue.id, discard }, rate: 50 });
  const { id, planHash } = await planReplay({ store, actor, config, codecFor }, restore);
  await startReplay({ store, actor, config }, { id, planHash, reason: "they are wanted after all", ticket: null });
  await database.query("INSERT INTO dead_letter_content (dead_letter_id, encoded) VALUES ($1, '\\x00')", [ids[0]]);
  return id;
}

it("R9: messages of the archive that have one number, from before and after their queue was made anew, are told apart by their item", async () => {
  const queue = await makeQueue(database, { entityPath: "anew" });
  const holder = randomUUID();
  await store.workers.register({ id: holder, host: "here", pid: 1, leaseMs: 600_000 });
  const restores = [await restored(queue, "7", Buffer.alloc(32, 1)), await restored(queue, "7", Buffer.alloc(32, 2))];
  for (const id of restores) {
    const locked = await store.ledger.archived(id, [], 10, 1_000_000);
    expect(locked).toHaveLength(1);
    const claims = await store.windows.claim({
      workerId: holder,
      queueId: queue.id,
      locked,
      mayOrder: true,
      from: "archive",
    });
    expect(claims.changed).toBe(0);
    expect(claims.claimed).toMatchObject([{ id: locked[0]?.itemId, replayId: id, key: "7" }]);
  }
});

it("R10: what has no SessionId is refused once its queue is known to want sessions; a topic is not asked here", async () => {
  for (const [kind, requiresSession, sent] of [
    ["queue", null, true],
    ["topic", true, true],
    ["queue", true, false],
  ] as const) {
    const entityPath = `turned-${kind}-${requiresSession}`;
    const queue = await makeQueue(database, { entityPath });
    const { id, intend } = await ready(queue, "1", `of ${entityPath}`);
    await database.query(
      "INSERT INTO target (namespace_id, path, kind, settings, read_at) VALUES ($1, $2, $3, $4::jsonb, now())",
      [
        queue.namespaceId,
        entityPath,
        kind,
        JSON.stringify({ duplicateDetection: { enabled: false }, requiresSession }),
      ],
    );
    expect((await intend()).ids, entityPath).toHaveLength(sent ? 1 : 0);
    const items = await database.query("SELECT state, error FROM replay_item WHERE replay_id = $1", [id]);
    expect(items, entityPath).toEqual([
      sent ? { state: "sending", error: null } : { state: "refused", error: REFUSAL_TEXTS["no-session"] },
    ]);
  }
});
