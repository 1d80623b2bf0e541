import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { codecFor } from "@/lib/brokers/codecs";
import type { ItemState } from "@/lib/domain/replay-states";
import { mostSends } from "@/lib/domain/throttle";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, EVERY_TYPE, encodeMessage, messageProperties, named, valueBody } from "@/lib/testing/messages";
import { rateExcess } from "@/lib/testing/rate-excess";
import { ALL_MESSAGES, queueOf, type ReplayBench } from "@/lib/testing/replay-bench";
import type { TestDatabase } from "@/lib/testing/test-database";
import { type WorkingBench, workingBench } from "@/lib/testing/working-bench";
import { cancelReplay } from "../cancel-replay";
import { changeRate } from "../change-rate";
import { pauseReplay } from "../pause-replay";
import { resumeReplay } from "../resume-replay";

const QUEUES = [
  "plain",
  "typed",
  "edited",
  "held",
  "rated",
  "left",
  "locked",
  "anew",
  "sparse",
  "elsewhere",
  "doomed",
  "huge",
];

let working: WorkingBench;
let bench: ReplayBench;
let database: TestDatabase;
let administrationUrl: string;

beforeAll(async () => {
  const queues = [
    ...QUEUES.map((name) => queueOf(name, name === "sparse" ? { LockDuration: "PT1M" } : {})),
    ...["sessions", "stopped-session"].map((name) => queueOf(name, { RequiresSession: true })),
  ];
  const topics = [
    { Name: "events", Subscriptions: ["billing", "audit"].map((Name) => ({ Name, Rules: [ALL_MESSAGES] })) },
  ];
  working = await workingBench({ queues, topics });
  ({ bench, database, administrationUrl } = working);
});

afterAll(() => working.end());

function letter(n: number, more: { sessionId?: string; expiresAt?: Date } = {}) {
  return {
    properties: messageProperties({
      messageId: amqpString(`m-${n}`),
      contentType: amqpString("application/json"),
      ...(more.sessionId === undefined ? {} : { groupId: amqpString(more.sessionId) }),
      ...(more.expiresAt === undefined
        ? {}
        : { absoluteExpiryTime: { type: "timestamp", value: BigInt(more.expiresAt.getTime()) } }),
    }),
    body: [dataBody(`{"n": ${n}, "price": 1.0, "big": 12345678901234567890}`)],
  };
}
const letters = (count: number) => Array.from({ length: count }, (_, n) => letter(n));

async function until(id: string, state: string, timeoutMs = 15_000) {
  const ended = eventually(
    `replay ${id} to be ${state}`,
    async () => {
      const detail = await bench.detail(id);
      return detail.replay.state === state ? detail.replay : null;
    },
    timeoutMs,
  );
  return ended.catch(async (error) => {
    throw new Error(
      `${error.message}: ${JSON.stringify((await bench.detail(id)).replay)}\n${working.lines.slice(-15).join("")}`,
    );
  });
}

const items = (id: string) =>
  database.query<{
    key: string;
    state: ItemState;
    attempt: number;
    sent_hash: Buffer;
    sent_message_id: string;
    error: string | null;
  }>(
    "SELECT key, state, attempt, sent_hash, sent_message_id, error FROM replay_item WHERE replay_id = $1 ORDER BY ordinal",
    [id],
  );
const accepted = async (entity: string) => (await bench.record(entity)).filter(({ event }) => event === "accepted");
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("a replay", () => {
  it("R3: sends every message of the set once, removes the originals after it, and says so", async () => {
    await bench.seed("plain", letters(300));
    await bench.index();
    const { replay } = { replay: await until(await bench.start("plain"), "completed") };
    expect(replay.items).toMatchObject({ settled: 300, planned: 0 });
    expect(replay.outcomes).toMatchObject({ unknown: 300 });
    expect((await accepted("plain")).map(({ messageId }) => messageId).toSorted()).toEqual(
      letters(300)
        .map((_, n) => `m-${n}`)
        .toSorted(),
    );
    expect(await bench.broker.peek({ entityPath: "plain", subQueue: "dead-letter" }, 0n, 10)).toEqual([]);
    const left = await database.query("SELECT 1 FROM dead_letter WHERE left_how = 'replayed' AND queue_id = $1", [
      await bench.queueId("plain"),
    ]);
    expect(left).toHaveLength(300);
  });

  it("R8: the bytes that the ledger names before the send are those that the broker takes, whatever their types", async () => {
    const odd = [
      {
        properties: messageProperties({ messageId: amqpString("typed") }),
        applicationProperties: named(EVERY_TYPE),
        body: [dataBody('{"n":1.0}')],
      },
      { body: [valueBody({ type: "ulong", value: 18_446_744_073_709_551_615n })] },
      letter(1),
    ];
    await bench.seed("typed", odd);
    await bench.index();
    const id = await bench.start("typed");
    await until(id, "completed");
    const sent = await items(id);
    const taken = await accepted("typed");
    expect(taken.map((entry) => entry.sha256).toSorted()).toEqual(
      sent.map((item) => item.sent_hash.toString("hex")).toSorted(),
    );
    // Without stamps the copy of an unaltered message is the message itself.
    const codec = codecFor("service-bus");
    for (const shape of odd) {
      const original = encodeMessage(shape);
      const bare = codec.prepareCopy(original, { stamp: null });
      expect(sha256(bare.encoded)).toBe(sha256(original));
    }
  });

  it("R8: an edited message carries the edit that was planned", async () => {
    await bench.seed("edited", [letter(1), letter(2)]);
    await bench.index();
    const [original] = await bench.broker.peek({ entityPath: "edited", subQueue: "dead-letter" }, 0n, 1);
    const body = Buffer.from('{"n": 1, "price": 1.0}');
    await database.query(
      `INSERT INTO edit (id, dead_letter_id, version, body, properties, created_by)
       SELECT gen_random_uuid(), d.id, 1, $1, '[{"name":"mended","set":{"type":"boolean","value":"true"}}]', $2
       FROM dead_letter d WHERE d.queue_id = $3 AND d.message_id = 'm-1'`,
      [body, bench.actor.id, await bench.queueId("edited")],
    );
    const id = await bench.start("edited");
    await until(id, "completed");
    const [first] = await items(id);
    const codec = codecFor("service-bus");
    const itemIds = await database.query<{ id: string; key: string }>(
      "SELECT id, key FROM replay_item WHERE replay_id = $1 ORDER BY ordinal",
      [id],
    );
    const expected = codec.prepareCopy(original?.encoded as Uint8Array, {
      body,
      properties: [{ name: "mended", set: { type: "boolean", value: "true" } }],
      // On a slow machine a permit may die, and the intent be made once more.
      stamp: {
        itemId: itemIds[0]?.id as string,
        attempt: first?.attempt as number,
        originalKey: itemIds[0]?.key as string,
      },
    });
    expect(first?.sent_hash.toString("hex")).toBe(sha256(expected.encoded));
    expect((await accepted("edited")).map((entry) => entry.sha256)).toContain(sha256(expected.encoded));
  });

  it("R6: keeps the rate, measured at the broker, and follows a change of it", async () => {
    await bench.seed("rated", letters(200));
    await bench.index();
    const id = await bench.start("rated", { rate: 40, burst: 1 });
    await eventually("60 copies", async () => (await accepted("rated")).length >= 60);
    const slow = await accepted("rated");
    expect(
      rateExcess(
        slow.map(({ at }) => at),
        40,
      ),
    ).toBeLessThanOrEqual(mostSends(40, 1, 0, 0.3));
    await changeRate({ store: bench.store, actor: bench.actor, config: bench.config }, { id, rate: 400 });
    await until(id, "completed", 5_000);
  });

  it("R4: pause ends the sends within two seconds, resume goes on, cancel frees what was not sent", async () => {
    await bench.seed("held", letters(200));
    await bench.index();
    const id = await bench.start("held", { rate: 20, burst: 1 });
    await eventually("the first copies", async () => (await accepted("held")).length >= 5);
    await pauseReplay({ store: bench.store, actor: bench.actor }, { id });
    const paused = Date.now();
    await eventually("claims to be given back", async () => (await bench.detail(id)).replay.items.claimed === 0);
    await new Promise((resolve) => setTimeout(resolve, 2_500 - (Date.now() - paused)));
    const before = await accepted("held");
    expect(before.every(({ at }) => at < paused + 2_000)).toBe(true);
    await resumeReplay({ store: bench.store, actor: bench.actor }, { id });
    const resumed = Date.now();
    await eventually("more copies", async () => (await accepted("held")).length > before.length, 10_000);
    expect(Date.now() - resumed).toBeLessThan(8_000);
    await cancelReplay({ store: bench.store, actor: bench.actor }, { id });
    const cancelled = Date.now();
    await eventually("nothing open", async () => {
      const { items } = (await bench.detail(id)).replay;
      return items.planned + items.claimed + items.sending + items.sent + items.uncertain === 0;
    });
    expect((await accepted("held")).every(({ at }) => at < cancelled + 2_000)).toBe(true);
    const { items: counts } = (await bench.detail(id)).replay;
    expect((counts.settled ?? 0) + (counts.cancelled ?? 0)).toBe(200);
    expect(counts.settled).toBe((await accepted("held")).length);
  }, 30_000);

  it("R1: a message that somebody removed is gone, and the replay ends all the same", async () => {
    await bench.seed("left", letters(5));
    await bench.index();
    const receiver = await bench.broker.openReceiver({ entityPath: "left", subQueue: "dead-letter" });
    for (const message of await receiver.lock(2, 1_000)) await receiver.complete(message);
    const id = await bench.start("left");
    const replay = await until(id, "completed");
    expect(replay.items).toMatchObject({ settled: 3, gone: 2 });
    await receiver.close();
  });

  it("R1: a message that another receiver has locked is not gone: it is waited for", async () => {
    await bench.seed("locked", letters(3));
    await bench.index();
    const receiver = await bench.broker.openReceiver({ entityPath: "locked", subQueue: "dead-letter" });
    expect(await receiver.lock(2, 1_000)).toHaveLength(2);
    const id = await bench.start("locked");
    const replay = await until(id, "completed");
    expect(replay.items).toMatchObject({ settled: 3, gone: 0 });
    await receiver.close();
  });

  it("R9: another message under the same number is changed: neither sent nor removed", async () => {
    await bench.seed("anew", letters(3));
    await bench.index();
    const planned = await bench.start("anew", { rate: 0.001, burst: 1 });
    await cancelReplay({ store: bench.store, actor: bench.actor }, { id: planned });
    await database.query(
      "UPDATE dead_letter SET content_hash = 'other' WHERE message_id = 'm-1' AND queue_id = $1 AND left_at IS NULL",
      [await bench.queueId("anew")],
    );
    const id = await bench.start("anew");
    const replay = await until(id, "completed");
    expect(replay.items.changed).toBe(1);
    expect(
      (await bench.broker.peek({ entityPath: "anew", subQueue: "dead-letter" }, 0n, 10)).map(
        ({ messageId }) => messageId,
      ),
    ).toEqual(["m-1"]);
  });

  it("picks a few messages behind many others, which stay as they were", async () => {
    await bench.seed("sparse", letters(2_500));
    await bench.index();
    const queue = await bench.queueId("sparse");
    const wanted = await database.query<{ id: string }>(
      "SELECT id::text FROM dead_letter WHERE queue_id = $1 AND message_id IN ('m-10', 'm-2400', 'm-2499')",
      [queue],
    );
    const id = await bench.start("sparse", {
      selection: { kind: "dead-letters", queue, ids: wanted.map((row) => row.id) },
    });
    const replay = await until(id, "completed");
    expect(replay.items, JSON.stringify(await items(id))).toMatchObject({ settled: 3 });
    const rest = await bench.broker.peek({ entityPath: "sparse", subQueue: "dead-letter" }, 0n, 250);
    expect(rest.every(({ deliveryCount }) => deliveryCount === rest[0]?.deliveryCount)).toBe(true);
    expect((await accepted("sparse")).length).toBe(3);
  }, 30_000);

  it("R13: sends the messages of one session in order, one at a time, sessions side by side", async () => {
    await bench.seed(
      "sessions",
      Array.from({ length: 60 }, (_, n) => letter(n, { sessionId: `s-${n % 4}` })),
    );
    await bench.index();
    const id = await bench.start("sessions");
    await until(id, "completed");
    const order = (await accepted("sessions")).map(({ messageId }) => Number(messageId?.slice(2)));
    for (const session of [0, 1, 2, 3]) {
      const of = order.filter((n) => n % 4 === session);
      expect(of).toEqual(of.toSorted((a, b) => a - b));
      expect(of).toHaveLength(15);
    }
  });

  it("R13: sends nothing of a session behind a message that is refused before its intent; the others go on", async () => {
    const expired = letter(0, { sessionId: "s", expiresAt: new Date(Date.now() - 60_000) });
    // More than the first lock call takes: what is behind is locked when the first one has been refused, or is about to be.
    const others = Array.from({ length: 40 }, (_, n) => letter(100 + n, { sessionId: `o-${n % 5}` }));
    const behind = Array.from({ length: 40 }, (_, n) => letter(1 + n, { sessionId: "s" }));
    await bench.seed("stopped-session", [expired, ...others, ...behind]);
    await bench.index();
    const queue = await bench.queueId("stopped-session");
    // The plan takes it to be alive.
    await database.query("UPDATE dead_letter SET expires_at = NULL WHERE queue_id = $1", [queue]);
    const id = await bench.start("stopped-session", { expiryPolicy: "keep", rate: 50 });
    expect((await until(id, "completed")).items).toMatchObject({ refused: 1, cancelled: 40, settled: 40 });
    const sent = (await accepted("stopped-session")).map(({ messageId }) => Number(messageId?.slice(2)));
    expect(sent.toSorted((a, b) => a - b)).toEqual(others.map((_, n) => 100 + n));
  });

  it("sends to another entity, and to a topic", async () => {
    await bench.seed("elsewhere", letters(2));
    await bench.index();
    const id = await bench.start("elsewhere", { targetPath: "events", messageIdPolicy: "new" });
    await until(id, "completed");
    const ids = (await items(id)).map((item) => item.sent_message_id);
    expect(ids.every((sent) => /^replay-[0-9a-f-]{36}$/.test(sent))).toBe(true);
    const events = (await bench.record()).filter(
      ({ entity, event }) => event === "accepted" && entity.toLowerCase().startsWith("events"),
    );
    expect(new Set(events.map(({ messageId }) => messageId))).toEqual(new Set(ids));
  });

  it("pauses with a true reason when the target is not there, and loses nothing", async () => {
    await bench.seed("elsewhere", letters(2));
    await bench.index();
    await fetch(`${administrationUrl}/doomed?api-version=2021-05`, { method: "DELETE" });
    const id = await bench.start("elsewhere", { targetPath: "doomed" });
    const replay = await until(id, "paused");
    expect(replay.pauseReason).toContain("doomed does not exist");
    expect(replay.items.planned).toBe(2);
    await cancelReplay({ store: bench.store, actor: bench.actor }, { id });
    expect(await bench.broker.peek({ entityPath: "elsewhere", subQueue: "dead-letter" }, 0n, 10)).toHaveLength(2);
  });
});
