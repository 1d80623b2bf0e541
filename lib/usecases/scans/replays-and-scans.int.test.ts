import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { ItemState } from "@/lib/domain/replay-states";
import { MadeUpBroker } from "@/lib/testing/made-up-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { getDeadLetter } from "../dead-letters/get-dead-letter";
import { refreshQueues } from "./refresh-queues";
import { scanQueue } from "./scan-queue";

const database = await testDatabase();
const store = testStore(database);
const workerId = randomUUID();
const personId = randomUUID();
await database.query(
  "INSERT INTO person (id, provider, subject, name, roles) VALUES ($1, 'local', 'olga', 'Olga', '{operator}')",
  [personId],
);

let broker: MadeUpBroker;

beforeEach(async () => {
  broker = new MadeUpBroker(`ns-${randomUUID()}`);
  broker.addQueue("orders");
  await store.scans.syncNamespaces([{ name: broker.namespace, broker: "service-bus" }]);
  await refreshQueues({ store, broker });
});

async function scan() {
  await database.query("UPDATE queue SET walked_at = walked_at - interval '1 hour'");
  const claimed = await store.scans.claim({
    worker: workerId,
    namespaces: [broker.namespace],
    busy: [],
    limit: 10,
    leaseSeconds: 30,
  });
  for (const queue of claimed) {
    const signal = new AbortController().signal;
    const until = performance.now() + 60_000;
    const outcome = await scanQueue(
      { store, broker, workerId, leaseSeconds: 30, keepBytes: 1_000_000, queue, until, signal },
      { watchSeconds: 10, walkSeconds: 60 },
    );
    expect(outcome).toMatchObject({ kind: "scanned", more: false });
    await store.scans.release(queue.id, workerId, { inSeconds: 0, clearError: true });
  }
}

interface Letter {
  id: string;
  queue_id: number;
  key: string;
  left_how: string | null;
  returned_from: string | null;
  root_enqueued_at: Date;
  enqueued_at: Date;
}

async function letter(key: number): Promise<Letter> {
  const rows = await database.query<Letter>(
    `SELECT d.* FROM dead_letter d JOIN queue q ON q.id = d.queue_id JOIN namespace n ON n.id = q.namespace_id
     WHERE n.name = $1 AND d.key = $2 ORDER BY d.id DESC LIMIT 1`,
    [broker.namespace, String(key)],
  );
  return rows[0] as Letter;
}

/** A replay of one dead letter whose item is in a state, its copy sent under `sentMessageId`. */
async function replayOf(key: number, state: ItemState, sentMessageId: string | null) {
  const { id, queue_id } = await letter(key);
  const replayId = randomUUID();
  const itemId = randomUUID();
  await database.query(
    `INSERT INTO replay (id, namespace_id, queue_id, target_path, state, selection, plan_hash, preflight, rate, burst, message_id_policy,
       doubt_policy, reason, total, created_by, started_by)
     SELECT $1, namespace_id, id, 'orders', 'running', '{}', '', '{}', 20, 1, 'new', 'hold', 'a reason', 1, $3, $3 FROM queue WHERE id = $2`,
    [replayId, queue_id, personId],
  );
  await database.query(
    `INSERT INTO replay_item (id, replay_id, ordinal, dead_letter_id, key, position, enqueued_at, message_id, content_hash, state,
       sent_message_id, sent_hash, intent_at, outcome)
     SELECT $1, $2, 1, d.id, d.key, d.position, d.enqueued_at, d.message_id, d.content_hash, $4, $5, '\\x00', now(),
       CASE WHEN $4 IN ('sent', 'settled') THEN 'unknown' END
     FROM dead_letter d WHERE d.id = $3`,
    [itemId, replayId, id, state, sentMessageId],
  );
  return { replayId, itemId };
}

async function item(itemId: string) {
  const rows = await database.query<Record<string, unknown>>("SELECT * FROM replay_item WHERE id = $1", [itemId]);
  return rows[0];
}

const stampOf = (itemId: string) => ({ itemId, attempt: 1, originalKey: "1" });

describe("R4: a message that a replay has at work", () => {
  it.each(["claimed", "sending", "sent", "uncertain"] as const)("is left to the replay while %s", async (state) => {
    broker.put("orders", { position: 1 }, { position: 2 });
    await scan();
    await replayOf(1, state, "copy");
    broker.take("orders", 1, 2);
    await scan();
    expect([(await letter(1)).left_how, (await letter(2)).left_how]).toEqual([null, "removed"]);
  });

  it.each([
    ["planned", "removed"],
    ["gone", "removed"],
    ["settled", "replayed"],
  ] as const)("and is missing has left when %s: %s", async (state, leftHow) => {
    broker.put("orders", { position: 1 });
    await scan();
    await replayOf(1, state, "copy");
    broker.take("orders", 1);
    await scan();
    expect((await letter(1)).left_how).toBe(leftHow);
  });
});

describe("R4: the place of a message that a replay has at work", () => {
  it("is kept while another message lies there, which is taken in once the replay is done with its own", async () => {
    broker.put("orders", { position: 1 }, { position: 2 });
    await scan();
    const { itemId } = await replayOf(1, "uncertain", "copy");
    const before = await letter(1);
    broker.put("orders", { position: 1, body: "made anew" }, { position: 3 });
    await scan();
    expect(await letter(1)).toEqual(before);
    expect((await letter(3)).left_how).toBeNull();
    await database.query("UPDATE replay_item SET state = 'settled' WHERE id = $1", [itemId]);
    await scan();
    const after = await letter(1);
    expect(after.id).not.toBe(before.id);
    expect(after.left_how).toBeNull();
  });
});

describe("R11: a copy that came back dead", () => {
  it("is matched to its item by stamp and message id together, and audited with its page (R7)", async () => {
    broker.put("orders", { position: 1 }, { position: 2 });
    await scan();
    const { itemId, replayId } = await replayOf(1, "settled", "copy-1");
    const other = await replayOf(2, "settled", "copy-2");
    broker.put(
      "orders",
      { position: 10, messageId: "copy-1", stamp: stampOf(itemId) },
      { position: 11, messageId: "another message of the consumer", stamp: stampOf(other.itemId) },
      { position: 12, messageId: "copy-2" },
      { position: 13, messageId: "copy-2", stamp: stampOf(randomUUID()) },
    );
    await scan();
    const returned = await letter(10);
    expect(returned.returned_from).toBe(itemId);
    expect(await item(itemId)).toMatchObject({
      outcome: "returned",
      returned_as: returned.id,
      returned_at: expect.any(Date),
    });
    for (const key of [11, 12, 13]) expect((await letter(key)).returned_from).toBeNull();
    expect(await item(other.itemId)).toMatchObject({ outcome: "unknown", returned_as: null });
    const events = await database.query("SELECT action, queue_id, detail FROM audit_event WHERE replay_id = $1", [
      replayId,
    ]);
    expect(events).toEqual([
      {
        action: "replay.item-returned",
        queue_id: returned.queue_id,
        detail: { count: 1, items: [{ item: itemId, returnedAs: returned.id }] },
      },
    ]);
  });

  it("R12: counts its age from its root, through copies of copies", async () => {
    const first = new Date("2026-11-10T00:00:00Z");
    broker.put("orders", { position: 1, enqueuedAt: first });
    await scan();
    const one = await replayOf(1, "settled", "copy-1");
    broker.take("orders", 1);
    broker.put("orders", { position: 5, messageId: "copy-1", stamp: stampOf(one.itemId) });
    await scan();
    const two = await replayOf(5, "settled", "copy-2");
    broker.take("orders", 5);
    broker.put("orders", { position: 9, messageId: "copy-2", stamp: stampOf(two.itemId) });
    await scan();
    const last = await letter(9);
    expect(last.root_enqueued_at).toEqual(first);
    expect(last.enqueued_at).not.toEqual(first);
    const overview = await store.queues.overview();
    const queue = overview.queues.find((summary) => summary.namespace === broker.namespace);
    expect(queue?.oldestRootEnqueuedAt).toBe(first.toISOString());
    expect(queue?.oldestEnqueuedAt).toBe(last.enqueued_at.toISOString());
    const detail = await getDeadLetter(
      { store, mayReadPayloads: true, config: { tracing: { links: [] } } },
      { id: last.id },
    );
    expect(detail.lineage.map((entry) => [entry.itemId, entry.outcome, entry.startedBy])).toEqual([
      [two.itemId, "returned", "Olga"],
      [one.itemId, "returned", "Olga"],
    ]);
    expect(detail.row.returnedFrom).toEqual({ replayId: two.replayId, itemId: two.itemId });
  });

  it("R5: is evidence for an item that is uncertain or still sending, whose state stays the replay's to judge", async () => {
    for (const [key, state] of [
      [1, "uncertain"],
      [2, "sending"],
    ] as const) {
      broker.put("orders", { position: key });
      await scan();
      const { itemId } = await replayOf(key, state, `copy-${key}`);
      broker.put("orders", { position: key + 10, messageId: `copy-${key}`, stamp: stampOf(itemId) });
      await scan();
      expect(await item(itemId)).toMatchObject({
        state,
        outcome: "returned",
        returned_as: (await letter(key + 10)).id,
      });
    }
  });

  it("keeps the first return when copies die in several places, and a confirmed outcome", async () => {
    broker.put("orders", { position: 1 }, { position: 2 });
    await scan();
    const { itemId } = await replayOf(1, "settled", "copy-1");
    const confirmed = await replayOf(2, "settled", "copy-2");
    await database.query("UPDATE replay_item SET outcome = 'confirmed' WHERE id = $1", [confirmed.itemId]);
    broker.put("orders", { position: 10, messageId: "copy-1", stamp: stampOf(itemId) });
    await scan();
    const first = await item(itemId);
    broker.put("orders", { position: 11, messageId: "copy-1", stamp: stampOf(itemId) });
    broker.put("orders", { position: 12, messageId: "copy-2", stamp: stampOf(confirmed.itemId) });
    await scan();
    expect(await item(itemId)).toEqual(first);
    expect((await letter(11)).returned_from).toBe(itemId);
    expect(await item(confirmed.itemId)).toMatchObject({ outcome: "confirmed", returned_as: (await letter(12)).id });
  });
});
