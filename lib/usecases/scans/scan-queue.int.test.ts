import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { BrokerError, type PeekedMessage } from "@/lib/brokers/broker";
import { fingerprintOf } from "@/lib/domain/fingerprint";
import type { MadeUpBroker } from "@/lib/testing/made-up-broker";
import { positions, scanBench } from "@/lib/testing/scan-bench";
import { refreshQueues } from "./refresh-queues";

const { database, store, anew, scan, rows, present, state } = await scanBench();
let broker: MadeUpBroker;
beforeEach(async () => {
  broker = await anew();
});

describe("a scan", () => {
  it("takes a DLQ into the index with its bytes, its oldest age, its count and the time of its walk", async () => {
    broker.put("orders", ...positions(5, 700));
    expect(await scan()).toEqual([{ kind: "scanned", more: false }]);
    expect(await present()).toEqual(positions(5, 700).map((message) => message.position));
    expect((await rows())[0]?.encoded?.toString()).toBe("body of 5");
    const queue = await state();
    expect(queue).toMatchObject({ count: "696", high_water: "700", walk_number: 1, walk_started_at: null });
    expect(queue.oldest_enqueued_at).toEqual(new Date(Date.UTC(2026, 10, 20) + 5_000));
    expect(queue.walked_at).toBeInstanceOf(Date);
  });

  it("tells of pages of new messages, and neither of known ones nor of a few", async () => {
    let intakes = 0;
    const onIntake = () => {
      intakes++;
    };
    broker.put("orders", ...positions(1, 300));
    await scan({ onIntake });
    expect(intakes).toBeGreaterThan(0);
    intakes = 0;
    await scan({ onIntake });
    broker.put("orders", ...positions(301, 399));
    await scan({ onIntake });
    expect(intakes).toBe(0);
    broker.put("orders", ...positions(400, 650));
    await scan({ onIntake });
    expect(intakes).toBeGreaterThan(0);
  });

  it("reads a DLQ for the first time once, not by the walk and by paging what is new", async () => {
    broker.put("orders", ...positions(1, 300));
    await scan();
    const [, ...afterWatch] = broker.peeks.map(([, from]) => from);
    expect(afterWatch).toEqual([...new Set(afterWatch)]);
    await scan({ walkSeconds: 3600 });
    expect(broker.peeks.slice(1 + afterWatch.length).map(([, from]) => from)).toEqual([0n, 301n]);
  });

  it("R11: says up to when a DLQ was read through, which neither a look at its oldest message nor a part of it is", async () => {
    const readThrough = async () => (await state()).read_through_at as Date | null;
    broker.put("orders", ...positions(1, 2_000));
    expect(await scan({ turnMs: 0 })).toEqual([{ kind: "scanned", more: true }]);
    expect((await state()).scanned_at).toBeInstanceOf(Date);
    expect(await readThrough(), "a part of the first walk").toBeNull();
    await scan();
    const first = await readThrough();
    expect(first).toBeInstanceOf(Date);

    broker.put("orders", ...positions(2_001, 4_000));
    const [{ now } = { now: new Date(0) }] = await database.query<{ now: Date }>("SELECT clock_timestamp() AS now");
    expect(await scan({ turnMs: 0, walkSeconds: 3600 })).toEqual([{ kind: "scanned", more: true }]);
    expect(await readThrough(), "what came since is not read").toEqual(first);
    await scan({ walkSeconds: 3600 });
    expect((await present()).length).toBe(4_000);
    expect((await readThrough())?.getTime()).toBeGreaterThanOrEqual(now.getTime());
  });

  it("finds late arrivals below the highest position by the walk, those above it without", async () => {
    broker.put("orders", ...positions(100, 110));
    await scan();
    broker.put("orders", { position: 50 }, { position: 105.0 }, { position: 200 });
    broker.put("orders", { position: 104, enqueuedAt: new Date(Date.UTC(2026, 10, 20) + 104_000) });
    await scan({ walkSeconds: 3600 });
    expect(await present()).toEqual([50, ...positions(100, 110).map((message) => message.position), 200]);
    broker.take("orders", 103);
    broker.put("orders", { position: 99 });
    await scan({ walkSeconds: 3600 });
    expect(await present()).toContain(103);
    await scan();
    expect(await present()).toEqual([50, 99, 100, 101, 102, ...positions(104, 110).map((m) => m.position), 200]);
  });

  it("marks what another tool removed, at the front by the watch alone", async () => {
    broker.put("orders", ...positions(1, 20));
    await scan();
    broker.take("orders", 1, 2, 3, 15);
    await scan({ walkSeconds: 3600 });
    expect((await rows()).filter((row) => row.left_how === "removed").map((row) => row.key)).toEqual(["1", "2", "3"]);
    await scan();
    expect((await rows()).filter((row) => row.left_how === "removed").map((row) => row.key)).toEqual([
      "1",
      "2",
      "3",
      "15",
    ]);
    broker.take("orders", ...positions(1, 20).map((message) => message.position));
    await scan({ walkSeconds: 3600 });
    expect(await present()).toEqual([]);
    expect(await state()).toMatchObject({ oldest_enqueued_at: null, oldest_read_at: expect.any(Date) });
  });

  it("changes nothing when it runs again", async () => {
    broker.put("orders", ...positions(1, 60));
    await scan();
    const before = await rows();
    await scan();
    expect(await rows()).toEqual(before);
  });
});

describe("R9: a queue made anew", () => {
  it("leaves the old row as replaced and takes the new message in, under the same key", async () => {
    broker.put("orders", { position: 1, body: "old" }, { position: 2, body: "old" });
    await scan();
    broker.put("orders", { position: 1, body: "new" });
    broker.put("orders", { position: 2, body: "old", enqueuedAt: new Date("2026-11-21T00:00:00Z") });
    await scan();
    expect((await rows()).map((row) => [row.key, row.left_how, row.encoded?.toString()])).toEqual([
      ["1", "replaced", "old"],
      ["1", null, "new"],
      ["2", "replaced", "old"],
      ["2", null, "old"],
    ]);
  });

  it("keeps the rows of a DLQ that vanished, and scans it from the start when it is back", async () => {
    broker.put("orders", ...positions(10, 12));
    await scan();
    broker.deleteQueue("orders");
    expect(await scan()).toMatchObject([{ kind: "failed", error: { code: "entity-not-found" } }]);
    expect((await state()).scan_error).toContain("orders");
    expect(await refreshQueues({ store, broker })).toMatchObject({ changes: [{ change: "vanished" }] });
    expect(await scan()).toEqual([]);
    expect(await present()).toEqual([10, 11, 12]);

    broker.addQueue("orders");
    broker.put("orders", { position: 1 });
    expect(await refreshQueues({ store, broker })).toMatchObject({ changes: [{ change: "returned" }] });
    expect(await state()).toMatchObject({ vanished_at: null, high_water: "0", scan_error: null });
    await scan();
    expect(await present()).toEqual([1]);
    const events = await database.query(
      "SELECT action, detail->>'again' AS again FROM audit_event WHERE detail->>'namespace' = $1 ORDER BY id",
      [broker.namespace],
    );
    expect(events).toEqual([
      { action: "queue.found", again: "false" },
      { action: "queue.vanished", again: "false" },
      { action: "queue.found", again: "true" },
    ]);
  });
});

describe("a partitioned entity", () => {
  const at = (partition: number, n: number) => (BigInt(partition) << 48n) + BigInt(n);

  it("is watched in every partition: the oldest may lie in any", async () => {
    broker.deleteQueue("orders");
    broker.addQueue("orders", { partitioned: true });
    await refreshQueues({ store, broker });
    const oldest = new Date("2026-11-01T00:00:00Z");
    broker.put("orders", { position: at(0, 5) }, { position: at(3, 7), enqueuedAt: oldest }, { position: at(9, 1) });
    await scan();
    expect((await state()).oldest_enqueued_at).toEqual(oldest);
    // What is new comes in at every partition's own front.
    broker.put("orders", { position: at(0, 6) }, { position: at(3, 8) }, { position: at(9, 2) });
    await scan({ walkSeconds: 3600 });
    expect((await rows()).length).toBe(6);
    broker.take("orders", at(3, 7));
    await scan({ walkSeconds: 3600 });
    expect((await rows()).filter((row) => row.left_how === "removed").map((row) => row.key)).toEqual([
      String(at(3, 7)),
    ]);
  });
});

describe("whatever a message holds", () => {
  it("takes in once what a broker shows twice", async () => {
    broker.put("orders", { position: 1 }, { position: 2 });
    broker.onPeek = (_from, answer) => {
      (answer as PeekedMessage[]).push(...answer.slice(-1));
    };
    expect(await scan()).toMatchObject([{ kind: "scanned" }]);
    expect(await present()).toEqual([1, 2]);
  });

  it("keeps no expiry that the database cannot hold", async () => {
    broker.put(
      "orders",
      { position: 1, expiresAt: new Date(-8_640_000_000_000_000) },
      { position: 2, expiresAt: new Date(8_640_000_000_000_000) },
    );
    expect(await scan()).toMatchObject([{ kind: "scanned" }]);
    expect(await present()).toEqual([1, 2]);
  });

  it("keeps NUL characters, lone surrogates and huge figures without losing the message", async () => {
    broker.put("orders", {
      position: 1,
      messageId: null,
      reason: "a\0b",
      description: "nul \0 and \ud800 lone",
      subject: "\0",
      deliveryCount: 4_294_967_295,
      properties: [{ name: "k\0", type: "string", value: "\0\udfff" }],
      encoded: Buffer.from([0, 255, 0]),
      stamp: { itemId: "not-a-uuid'; --", attempt: 1, originalKey: "x" },
    });
    broker.put("orders", { position: 2, messageId: null, reason: "", description: null });
    expect(await scan()).toEqual([{ kind: "scanned", more: false }]);
    const [first, second] = await rows();
    expect(first).toMatchObject({ description: "nul \ufffd and \ufffd lone", message_id: null });
    expect([...(first?.encoded ?? [])]).toEqual([0, 255, 0]);
    expect(second).toMatchObject({ description: null, left_how: null });
  });

  it("tells messages without description and subject apart by their type, as their rows in the index do", async () => {
    const typed = (position: number, value: string) => ({
      position,
      reason: "Rejected",
      description: position === 1 ? null : "",
      properties: [{ name: "NServiceBus.EnclosedMessageTypes", type: "string", value }],
    });
    broker.put(
      "orders",
      typed(1, "Acme.OrderPlaced, Acme, Version=1.0.0.0"),
      typed(2, "Acme.OrderPaid, Acme, Version=1.0.0.0"),
      typed(3, "Acme.OrderPlaced, Acme, Version=2.0.0.0"),
      typed(4, "Acme.Order\u0000Lost, Acme"),
      { position: 5, reason: "Rejected", description: null },
    );
    await scan();
    const causes = await database.query<{ signature: string; keys: string[] }>(
      `SELECT c.signature, array_agg(d.key ORDER BY d.key) AS keys FROM cause c JOIN dead_letter d ON d.cause_id = c.id
       JOIN queue q ON q.id = d.queue_id JOIN namespace n ON n.id = q.namespace_id
       WHERE n.name = $1 GROUP BY c.id, c.signature ORDER BY min(d.key)`,
      [broker.namespace],
    );
    expect(causes.map(({ signature, keys }) => [signature, keys])).toEqual([
      ["type Acme.OrderPlaced", ["1", "3"]],
      ["type Acme.OrderPaid", ["2"]],
      [expect.stringMatching(/^type Acme\.Order.Lost$/u), ["4"]],
      ["", ["5"]],
    ]);
    const queues = await database.query<{ id: number }>(
      "SELECT q.id FROM queue q JOIN namespace n ON n.id = q.namespace_id WHERE n.name = $1",
      [broker.namespace],
    );
    const kept = await store.causes.newestMessages(queues[0]?.id ?? null, null, 10);
    expect(kept).toHaveLength(5);
    expect(kept.map((message) => fingerprintOf(message).fingerprint)).toEqual(
      kept.map((message) => message.fingerprint),
    );
  });

  it("keeps bodies up to the size that is kept, and only the facts of larger ones", async () => {
    broker.put("orders", ...positions(1, 12).map((m) => ({ ...m, encoded: Buffer.alloc(1024 * 1024, m.position) })));
    broker.put("orders", { position: 13, encoded: Buffer.alloc(1024 * 1024 + 1) });
    expect(await scan({ keepBytes: 1024 * 1024 })).toEqual([{ kind: "scanned", more: false }]);
    const kept = await rows();
    expect(kept.map((row) => row.encoded?.length ?? null)).toEqual([...new Array(12).fill(1024 * 1024), null]);
    expect(kept.slice(0, 12).every((row, i) => row.encoded?.every((byte) => byte === i + 1))).toBe(true);
  });
});

describe("failures", () => {
  it("shows an unknown count as unknown, never as zero", async () => {
    broker.put("orders", { position: 1 });
    broker.counts = false;
    await scan();
    expect(await state()).toMatchObject({ count: null, count_read_at: expect.any(Date) });
  });

  it("records a listing that failed and keeps the queues; the next good one clears it", async () => {
    broker.listError = new BrokerError("unauthorized", "The credentials may not list entities.");
    expect(await refreshQueues({ store, broker })).toMatchObject({ kind: "failed" });
    const namespace = () =>
      database.query("SELECT list_error FROM namespace WHERE name = $1", [broker.namespace]).then((found) => found[0]);
    expect(await namespace()).toEqual({ list_error: "The credentials may not list entities." });
    expect(await state()).toMatchObject({ vanished_at: null });
    broker.listError = null;
    await refreshQueues({ store, broker });
    expect(await namespace()).toEqual({ list_error: null });
  });

  it("lets one worker at a time have a DLQ", async () => {
    const claim = (worker: string) =>
      store.scans.claim({ worker, namespaces: [broker.namespace], busy: [], limit: 5, leaseSeconds: 30 });
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(randomUUID())));
    expect(claims.flat().length).toBe(1);
  });
});
