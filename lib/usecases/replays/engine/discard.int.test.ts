import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { codecFor } from "@/lib/brokers/codecs";
import { type PlanReplay, planReplay as planReplayBody, type ReplayDetail } from "@/lib/contracts/replays";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, EVERY_TYPE, encodeMessage, messageProperties, named } from "@/lib/testing/messages";
import { queueOf, type ReplayBench } from "@/lib/testing/replay-bench";
import type { TestDatabase } from "@/lib/testing/test-database";
import { type WorkingBench, workingBench } from "@/lib/testing/working-bench";
import { cancelReplay } from "../cancel-replay";
import { pauseReplay } from "../pause-replay";
import { planDiscard } from "../plan-discard";
import { planReplay } from "../plan-replay";
import { resumeReplay } from "../resume-replay";
import { startReplay } from "../start-replay";

const QUEUES = ["whole", "typed", "some", "stopped", "anew", "twice", "claimed"];

let working: WorkingBench;
let bench: ReplayBench;
let database: TestDatabase;
let administrationUrl: string;

beforeAll(async () => {
  const sessions = ["sessions", "stopped-session"].map((name) => queueOf(name, { RequiresSession: true }));
  const queues = [...QUEUES.map((name) => queueOf(name)), ...sessions];
  working = await workingBench({ queues });
  ({ bench, database, administrationUrl } = working);
});

afterAll(() => working.end());

const letter = (n: number, sessionId?: string) => ({
  properties: messageProperties({
    messageId: amqpString(`m-${n}`),
    ...(sessionId === undefined ? {} : { groupId: amqpString(sessionId) }),
  }),
  body: [dataBody(`{"n": ${n}, "price": 1.0}`)],
});
const letters = (count: number) => Array.from({ length: count }, (_, n) => letter(n));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function until(id: string, state: string): Promise<ReplayDetail["replay"]> {
  const reached = eventually(`${id} to be ${state}`, async () => {
    const { replay } = await bench.detail(id);
    return replay.state === state ? replay : null;
  });
  return reached.catch(async (error) => {
    throw new Error(
      `${error.message}: ${JSON.stringify((await bench.detail(id)).replay)}\n${working.lines.slice(-15).join("")}`,
    );
  });
}

async function discard(entity: string, given: { first?: number; rate?: number } = {}): Promise<string> {
  const queue = await bench.queueId(entity);
  const { store, actor, config } = bench;
  const selection = {
    kind: "filter" as const,
    filter: { queue },
    ...(given.first === undefined ? {} : { first: given.first }),
  };
  const { id, planHash } = await planDiscard(
    { store, actor, config, codecFor },
    { selection, rate: given.rate ?? 1_000 },
  );
  await startReplay({ store, actor, config }, { id, planHash, reason: "a test", ticket: null });
  return id;
}

async function restore(entity: string, discarded: string, given: Partial<PlanReplay> = {}): Promise<string> {
  const queue = await bench.queueId(entity);
  return bench.start(entity, { selection: { kind: "archive", queue, discard: discarded }, ...given });
}

const inDlq = async (entity: string) => bench.broker.peek({ entityPath: entity, subQueue: "dead-letter" }, 0n, 1_000);
const accepted = async (entity: string) => (await bench.record(entity)).filter(({ event }) => event === "accepted");
const archive = (id: string) =>
  database.query<{ encoded: Buffer; hash: Buffer; restored_at: Date | null; left_how: string }>(
    `SELECT c.encoded, a.hash, a.restored_at, d.left_how FROM archive a JOIN dead_letter d ON d.id = a.dead_letter_id
     JOIN dead_letter_content c ON c.dead_letter_id = d.id WHERE a.replay_id = $1 ORDER BY d.position`,
    [id],
  );

describe("a discard", () => {
  it("R3: keeps every message's bytes before it is removed, sends nothing, and says so", async () => {
    await bench.seed("whole", letters(200));
    await bench.index();
    const originals = await inDlq("whole");
    const id = await discard("whole");
    const replay = await until(id, "completed");
    expect(replay).toMatchObject({ kind: "discard", items: { settled: 200 }, restorable: 200 });
    expect(await inDlq("whole")).toEqual([]);
    expect(await accepted("whole")).toEqual([]);
    const kept = await archive(id);
    expect(kept.map(({ left_how }) => left_how)).toEqual(new Array(200).fill("discarded"));
    expect(kept.every(({ encoded, hash }) => sha256(encoded) === hash.toString("hex"))).toBe(true);
    // What a lock reads differs from what a peek reads in the broker's own header and annotations only.
    const codec = codecFor("service-bus");
    const bare = (bytes: Uint8Array) => sha256(codec.prepareCopy(bytes, { stamp: null }).encoded);
    expect(kept.map(({ encoded }) => bare(encoded))).toEqual(originals.map(({ encoded }) => bare(encoded)));
  });

  it("leaves what was not chosen; pause and cancel hold it at once, and what was archived is removed all the same (R4)", async () => {
    await bench.seed("stopped", letters(40));
    await bench.index();
    const id = await discard("stopped", { first: 30, rate: 10 });
    await eventually("the first to be removed", async () => (await inDlq("stopped")).length < 40);
    await pauseReplay({ store: bench.store, actor: bench.actor }, { id });
    await eventually("nothing to be between archive and removal", async () => {
      const { items } = (await bench.detail(id)).replay;
      return items.sent === 0;
    });
    const { settled } = (await bench.detail(id)).replay.items;
    expect(settled).toBeGreaterThan(0);
    expect(settled).toBeLessThan(30);
    expect(await inDlq("stopped")).toHaveLength(40 - settled);
    await resumeReplay({ store: bench.store, actor: bench.actor }, { id });
    await eventually("more to be removed", async () => (await bench.detail(id)).replay.items.settled > settled);
    await cancelReplay({ store: bench.store, actor: bench.actor }, { id });
    await eventually("nothing to be open", async () => {
      const { items } = (await bench.detail(id)).replay;
      return items.sent + items.planned + items.claimed === 0;
    });
    const gone = (await bench.detail(id)).replay.items.settled;
    expect(await inDlq("stopped")).toHaveLength(40 - gone);
    expect(await archive(id)).toHaveLength(gone);
  });

  it("R4: claims its messages: what a replay has is refused, and the other way round", async () => {
    await bench.seed("claimed", letters(5));
    await bench.index();
    const queue = await bench.queueId("claimed");
    await bench.plan("claimed", { selection: { kind: "filter", filter: { queue }, first: 2 } });
    const { store, actor, config } = bench;
    const all = { kind: "filter" as const, filter: { queue } };
    const planned = await planDiscard({ store, actor, config, codecFor }, { selection: all, rate: 5 });
    expect(planned.preflight).toMatchObject({ willSend: 3, refusals: [{ code: "in-replay", count: 2 }] });
    const { items } = (await bench.detail(planned.id)).replay;
    expect(items).toMatchObject({ planned: 3, refused: 2 });
  });

  it("R9: of a queue made anew nothing is archived and nothing removed", async () => {
    await bench.seed("anew", letters(3));
    await bench.index();
    const queue = await bench.queueId("anew");
    const { store, actor, config } = bench;
    const selection = { kind: "filter" as const, filter: { queue } };
    const { id, planHash } = await planDiscard({ store, actor, config, codecFor }, { selection, rate: 100 });
    await remake("anew");
    await bench.seed("anew", [letter(91), letter(92), letter(93)]);
    await startReplay({ store, actor, config }, { id, planHash, reason: "a test", ticket: null });
    const replay = await until(id, "completed");
    expect(replay.items.settled).toBe(0);
    expect(await inDlq("anew")).toHaveLength(3);
    expect(await archive(id)).toEqual([]);
  });
});

describe("a restore", () => {
  it("R8: sends the archived bytes, every AMQP type of them, to the main entity, and once only", async () => {
    const odd = {
      properties: messageProperties({ messageId: amqpString("typed") }),
      applicationProperties: named(EVERY_TYPE),
      body: [dataBody('{"n":1.0}')],
    };
    await bench.seed("typed", [odd, letter(1)]);
    await bench.index();
    const discarded = await discard("typed");
    await until(discarded, "completed");
    const id = await restore("typed", discarded);
    expect(await until(id, "completed")).toMatchObject({ kind: "restore", items: { settled: 2 } });
    const codec = codecFor("service-bus");
    const items = await database.query<{ id: string; key: string; attempt: number }>(
      "SELECT id, key, attempt FROM replay_item WHERE replay_id = $1 ORDER BY ordinal",
      [id],
    );
    const kept = await archive(discarded);
    const expected = kept.map(({ encoded }, n) => {
      const item = items[n] as (typeof items)[number];
      return sha256(
        codec.prepareCopy(encoded, { stamp: { itemId: item.id, attempt: item.attempt, originalKey: item.key } })
          .encoded,
      );
    });
    expect((await accepted("typed")).map((entry) => entry.sha256).toSorted()).toEqual(expected.toSorted());
    expect(sha256(codec.prepareCopy(kept[0]?.encoded ?? new Uint8Array(), { stamp: null }).encoded)).toBe(
      sha256(encodeMessage(odd)),
    );
    expect(kept.every(({ restored_at }) => restored_at !== null)).toBe(true);
    expect((await bench.detail(discarded)).replay.restorable).toBe(0);
    await expect(restore("typed", discarded)).rejects.toThrow("Nothing to restore");
  });

  it("takes the first so many, and leaves the others in the archive", async () => {
    await bench.seed("some", letters(10));
    await bench.index();
    const discarded = await discard("some");
    await until(discarded, "completed");
    const queue = await bench.queueId("some");
    const id = await restore("some", discarded, {
      selection: { kind: "archive", queue, discard: discarded, first: 4 },
    });
    await until(id, "completed");
    expect((await accepted("some")).map(({ messageId }) => messageId).toSorted()).toEqual(["m-0", "m-1", "m-2", "m-3"]);
    expect((await bench.detail(discarded)).replay.restorable).toBe(6);
  });

  it("R4: an archived message is in one live restore only", async () => {
    await bench.seed("twice", letters(4));
    await bench.index();
    const discarded = await discard("twice");
    await until(discarded, "completed");
    const queue = await bench.queueId("twice");
    const selection = { kind: "archive" as const, queue, discard: discarded };
    await bench.plan("twice", { selection });
    const { store, actor, config } = bench;
    const second = await planReplay({ store, actor, config, codecFor }, planReplayBody.parse({ selection, rate: 100 }));
    expect(second.preflight).toMatchObject({ willSend: 0, refusals: [{ code: "in-replay", count: 4 }] });
  });

  it("R13: keeps the order within a session", async () => {
    const sent = [3, 1, 2].flatMap((n) => [letter(n, "a"), letter(10 + n, "b")]);
    await bench.seed("sessions", sent);
    await bench.index();
    const discarded = await discard("sessions");
    await until(discarded, "completed");
    await until(await restore("sessions", discarded), "completed");
    const order = (await accepted("sessions")).map(({ messageId }) => messageId);
    expect(order.filter((id) => id !== null && id.length === 3)).toEqual(["m-3", "m-1", "m-2"]);
    expect(order.filter((id) => id !== null && id.length === 4)).toEqual(["m-13", "m-11", "m-12"]);
  });

  it("R13: sends nothing of a session behind a message that is refused before its intent; the other sessions go on", async () => {
    await bench.seed(
      "stopped-session",
      [1, 2, 3].flatMap((n) => [letter(n, "a"), letter(10 + n, "b")]),
    );
    await bench.index();
    const discarded = await discard("stopped-session");
    await until(discarded, "completed");
    const queue = await bench.queueId("stopped-session");
    const { id, start } = await bench.plan("stopped-session", {
      selection: { kind: "archive", queue, discard: discarded },
      expiryPolicy: "keep",
    });
    expect((await bench.detail(id)).replay.items.planned).toBe(6);
    // It expires between the plan and its window.
    await database.query(
      "UPDATE dead_letter SET expires_at = now() - interval '1 s' WHERE queue_id = $1 AND message_id = 'm-1'",
      [queue],
    );
    await start();
    expect((await until(id, "completed")).items).toMatchObject({ refused: 1, cancelled: 2, settled: 3 });
    const sent = (await accepted("stopped-session")).map(({ messageId }) => messageId);
    expect(sent).toEqual(["m-11", "m-12", "m-13"]);
  });
});

/** Deletes the queue and makes it anew: its sequence numbers start again. */
async function remake(entity: string): Promise<void> {
  const url = `${administrationUrl}/${entity}?api-version=2021-05`;
  const gone = await fetch(url, { method: "DELETE" });
  expect(gone.ok, await gone.text()).toBe(true);
  const body = `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><QueueDescription
    xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"><LockDuration>PT6S</LockDuration></QueueDescription></content></entry>`;
  const made = await fetch(url, { method: "PUT", body, headers: { "content-type": "application/atom+xml" } });
  expect(made.ok, await made.text()).toBe(true);
}
