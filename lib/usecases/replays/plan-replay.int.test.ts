import { beforeAll, describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { type PlanReplay, planReplay as planReplayBody, preflight } from "@/lib/contracts/replays";
import type { Store } from "@/lib/store/ports";
import { type MadeQueue, makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig } from "@/lib/testing/made-config";
import { type TestDatabase, testDatabase, testStore } from "@/lib/testing/test-database";
import { cancelReplay } from "./cancel-replay";
import { changeRate } from "./change-rate";
import { expirePlans } from "./expire-plans";
import { getReplay } from "./get-replay";
import { listItems } from "./list-items";
import { listReplays } from "./list-replays";
import { pauseReplay } from "./pause-replay";
import { planReplay } from "./plan-replay";
import { resumeReplay } from "./resume-replay";
import { startReplay } from "./start-replay";

const config = madeConfig();

let database: TestDatabase;
let store: Store;
let actor: { kind: "person"; id: string; name: string };
let queues = 0;

beforeAll(async () => {
  database = await testDatabase();
  store = testStore(database);
  actor = await makePerson(database);
});

async function aQueue(given: Parameters<typeof makeQueue>[1] = {}): Promise<MadeQueue> {
  queues += 1;
  return makeQueue(database, { entityPath: `orders-${queues}`, ...given });
}

function all(queue: MadeQueue, more: Partial<PlanReplay> = {}): PlanReplay {
  const parsed = planReplayBody.parse({ selection: { kind: "filter", filter: { queue: queue.id } }, rate: 20 });
  return { ...parsed, ...more };
}

const plan = (input: PlanReplay) => planReplay({ store, actor, config, codecFor }, input);
const rowsOf = async (id: string) => (await listItems({ store }, { id, limit: 200 })).items;

describe("planning", () => {
  it("R9: freezes the set with its identity; what arrives later is counted beside it", async () => {
    const queue = await aQueue();
    await makeDeadLetters(database, queue, [{ key: "9007199254740993" }, { key: "5" }]);
    const planned = await plan(all(queue));
    await makeDeadLetters(database, queue, [{ key: "7" }]);
    expect(preflight.parse(planned.preflight)).toMatchObject({ willSend: 2, refusals: [], expectedSeconds: 0.05 });
    expect((await rowsOf(planned.id)).map(({ key, state }) => [key, state])).toEqual([
      ["5", "planned"],
      ["9007199254740993", "planned"],
    ]);
    const detail = await getReplay({ store }, { id: planned.id });
    expect(detail.newArrivals).toBe(1);
    expect(detail.planHash).toBe(planned.planHash);
    expect(detail.replay.items.planned).toBe(2);

    const item = (await rowsOf(planned.id))[0]?.id as string;
    await database.query("UPDATE dead_letter SET returned_from = $1 WHERE queue_id = $2 AND key = '7'", [
      item,
      queue.id,
    ]);
    expect((await getReplay({ store }, { id: planned.id })).newArrivals, "a returned copy is no new arrival").toBe(0);
  });

  it("warns when defects of data go back uncorrected, and when the code is at fault, by what people said or by the guess", async () => {
    const queue = await aQueue();
    await makeDeadLetters(database, queue, [
      { key: "1", reason: "ValidationFailed" },
      { key: "2", reason: "NullReferenceException" },
      { key: "3", reason: "Timeout" },
    ]);
    const warningsOf = async () => {
      const planned = await plan(all(queue));
      await cancelReplay({ store, actor }, { id: planned.id });
      return planned.preflight.warnings.filter(({ code }) => code === "data-unedited" || code === "code-defect");
    };
    expect((await warningsOf()).map(({ text }) => text)).toEqual([
      expect.stringMatching(/^1 of these failed over what is in the message.*“ValidationFailed: as made”\.$/),
      expect.stringMatching(/code or settings.*“NullReferenceException: as made”\.$/),
    ]);
    await database.query("UPDATE cause SET kind = 'transient' WHERE queue_id = $1", [queue.id]);
    expect(await warningsOf()).toEqual([]);
  });

  it("R4: a message of another live replay is refused in words; two plans at once share no message", async () => {
    const queue = await aQueue();
    await makeDeadLetters(
      database,
      queue,
      Array.from({ length: 50 }, (_, n) => ({ key: String(n + 1) })),
    );
    const two = await Promise.all([plan(all(queue)), plan(all(queue))]);
    expect(two.map(({ preflight }) => preflight.willSend).toSorted((a, b) => a - b)).toEqual([0, 50]);
    const loser = two.find(({ preflight }) => preflight.willSend === 0);
    const winner = two.find(({ preflight }) => preflight.willSend === 50);
    expect(loser?.preflight.refusals).toEqual([{ code: "in-replay", reason: "already in replay", count: 50 }]);
    expect((await rowsOf(loser?.id as string))[0]?.error).toBe(`already in replay ${winner?.id}`);
  });

  it("takes only the first so many that no other replay has, oldest first", async () => {
    const queue = await aQueue();
    const at = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    await makeDeadLetters(database, queue, [
      { key: "1", enqueuedAt: at(1) },
      { key: "2", enqueuedAt: at(9) },
      { key: "3", enqueuedAt: at(5) },
    ]);
    const first = await plan(all(queue, { selection: { kind: "filter", filter: { queue: queue.id }, first: 1 } }));
    const next = await plan(all(queue, { selection: { kind: "filter", filter: { queue: queue.id }, first: 2 } }));
    expect((await rowsOf(first.id)).map(({ key }) => key)).toEqual(["2"]);
    expect((await rowsOf(next.id)).map(({ key }) => key)).toEqual(["1", "3"]);
  });

  it("R10: refuses what would die, be dropped or be rejected, each with its reason", async () => {
    const queue = await aQueue({
      settings: { duplicateDetection: { enabled: true, windowSeconds: 600 }, requiresSession: true },
    });
    await makeDeadLetters(database, queue, [
      { key: "1", sessionId: "a" },
      { key: "2", sessionId: "b", expiresAt: new Date(Date.now() - 1000) },
      { key: "3", sessionId: "c", size: 262_000 },
      { key: "4" },
      { key: "5", sessionId: "e", enqueuedAt: new Date(Date.now() - 300_000) },
      { key: "6", sessionId: "f", messageId: "message-1" },
      { key: "7", sessionId: "b" },
      { key: "8", sessionId: "h" },
    ]);
    await database.query(
      `INSERT INTO edit (id, dead_letter_id, version, properties, created_by)
       SELECT gen_random_uuid(), id, 1, jsonb_build_array(jsonb_build_object('name', 'note', 'set',
         jsonb_build_object('type', 'string', 'value', repeat('x', 262000)))), $2
       FROM dead_letter WHERE queue_id = $1 AND key = '8'`,
      [queue.id, actor.id],
    );
    const planned = await plan(all(queue, { messageIdPolicy: "preserve" }));
    const codes = Object.fromEntries(planned.preflight.refusals.map(({ code, count }) => [code, count]));
    expect(codes).toEqual({
      expired: 1,
      "too-large": 2,
      "no-session": 1,
      "id-in-window": 1,
      "same-id": 1,
      "session-stopped": 1,
    });
    expect((await rowsOf(planned.id)).filter(({ state }) => state === "planned").map(({ key }) => key)).toEqual(["1"]);
  });

  it("R10: counts what will be over by the start or the delivery as expired, unless the copies live anew", async () => {
    const queue = await aQueue();
    const ahead = (minutes: number) => new Date(Date.now() + minutes * 60_000);
    await makeDeadLetters(database, queue, [
      { key: "1", expiresAt: ahead(30) },
      { key: "2", expiresAt: ahead(90) },
      { key: "3", expiresAt: ahead(150) },
      { key: "4" },
    ]);
    const sends = async (more: Partial<PlanReplay>) => {
      const planned = await plan(all(queue, { rate: 1, ...more }));
      await cancelReplay({ store, actor }, { id: planned.id });
      const { willSend, refusals, expectedSeconds } = planned.preflight;
      return [willSend, refusals.find(({ code }) => code === "expired")?.count ?? 0, Math.round(expectedSeconds)];
    };
    const startsAt = ahead(60).toISOString();
    expect(await sends({})).toEqual([4, 0, 3]);
    expect(await sends({ startsAt })).toEqual([3, 1, 2]);
    expect(await sends({ startsAt, deliverAt: ahead(120).toISOString() })).toEqual([2, 2, 1]);
    expect(await sends({ startsAt, deliverAt: ahead(10).toISOString() })).toEqual([3, 1, 2]);
    expect(await sends({ startsAt, expiryPolicy: "renew" })).toEqual([4, 0, 3]);
  });

  it("R13: counts the turns of the longest session where order counts, of what is not refused", async () => {
    const sessions = [...Array(40).fill("long"), "short", "short", "long", null];
    const planOf = async (requiresSession: boolean) => {
      const queue = await aQueue({ settings: { requiresSession } });
      const expired = new Date(Date.now() - 1000);
      const letters = sessions.map((sessionId, n) => ({ key: String(n + 1), sessionId }));
      await makeDeadLetters(
        database,
        queue,
        letters.map((letter) => (letter.key === "40" ? { ...letter, expiresAt: expired } : letter)),
      );
      const { preflight } = await plan({ ...all(queue), rate: 100 });
      return preflight;
    };
    // The fortieth has expired, and what is behind it in its session is refused with it.
    const ordered = await planOf(true);
    expect(ordered).toMatchObject({ willSend: 41, sessions: 2, longestSession: 39 });
    expect(ordered.expectedSeconds).toBeCloseTo(39 * 0.02);
    const unordered = await planOf(false);
    expect(unordered).toMatchObject({ willSend: 43, sessions: 2, longestSession: null });
    expect(unordered.expectedSeconds).toBeCloseTo(42 / 100);
  });

  it("R10: settings that cannot be read count as the worst", async () => {
    const queue = await aQueue({ settings: null });
    await makeDeadLetters(database, queue, [{ key: "1", size: 262_000 }, { key: "2" }]);
    const kept = await plan(all(queue, { messageIdPolicy: "preserve" }));
    expect(kept.preflight.willSend).toBe(0);
    await cancelReplay({ store, actor }, { id: kept.id });
    const auto = await plan(all(queue));
    expect(auto.preflight).toMatchObject({ messageIdPolicy: "new", willSend: 1 });
    expect(auto.preflight.messageIdWhy).toContain("could not be read");
  });

  it("R10: a topic that no subscription receives from is refused; others that get a copy are named", async () => {
    const topic = { originPath: "events", entityKind: "subscription" as const };
    const queue = await aQueue({
      ...topic,
      entityPath: "events/subscriptions/billing",
      rules: [{ name: "all", filter: "1=1" }],
    });
    await aQueue({
      ...topic,
      entityPath: "events/subscriptions/audit",
      rules: [{ name: "eu", filter: "region = 'eu'" }],
    });
    await makeDeadLetters(database, queue, [{ key: "1" }]);
    const planned = await plan(all(queue));
    expect(planned.preflight.subscriptions).toEqual([
      {
        name: "audit",
        copies: 0,
        unknown: 1,
        wouldGet: 0,
        rules: [{ name: "eu", filter: "region = 'eu'", matches: null, unsure: 1 }],
      },
      {
        name: "billing",
        copies: 1,
        unknown: 0,
        wouldGet: 0,
        rules: [{ name: "all", filter: "1=1", matches: 1, unsure: 0 }],
      },
    ]);
    expect(planned.preflight.warnings.find(({ code }) => code === "topic")?.text).toContain("audit");
    await cancelReplay({ store, actor }, { id: planned.id });
    // No message has to be asked where each subscription takes all or nothing.
    const [everything, nothing, some] = ["1=1", "1=0", "region = 'eu'"].map((filter) => ({ name: filter, filter }));
    await database.query(
      "UPDATE queue SET rules = CASE entity_path WHEN 'events/subscriptions/audit' THEN $1::jsonb ELSE $2::jsonb END WHERE origin_path = 'events'",
      [JSON.stringify([nothing]), JSON.stringify([everything, some])],
    );
    const constant = await plan(all(queue));
    expect(constant.preflight.subscriptions).toMatchObject([
      { name: "audit", copies: 0, rules: [{ matches: 0, unsure: 0 }] },
      {
        name: "billing",
        copies: 1,
        rules: [
          { matches: 1, unsure: 0 },
          { matches: null, unsure: 1 },
        ],
      },
    ]);
    await cancelReplay({ store, actor }, { id: constant.id });
    await database.query("UPDATE queue SET rules = '[]' WHERE origin_path = 'events'");
    expect((await plan(all(queue))).preflight.refusals).toMatchObject([{ code: "no-subscription", count: 1 }]);
  });

  it("R10: every copy is looked at once, in stretches of rows and of bytes", async () => {
    const queue = await aQueue({ settings: { maxMessageBytes: 100_000_000 } });
    const letters = Array.from({ length: 2_300 }, (_, n) => ({
      key: String(n + 1),
      // So large that a stretch ends within its rows; and a hole in the ordinals, where one is refused.
      ...(n % 200 === 7 ? { size: 5_000_000, bodySize: 4_999_000 } : {}),
      ...(n === 1_500 ? { expiresAt: new Date(Date.now() - 1_000) } : {}),
    }));
    await makeDeadLetters(database, queue, letters);
    const { id } = await plan(all(queue));
    const seen: number[] = [];
    let stretches = 0;
    for (let after: number | null = 0; after !== null; stretches += 1) {
      const { items, through } = await store.plans.copies(id, after, "all");
      seen.push(...items.map(({ ordinal }) => ordinal));
      after = through;
    }
    expect(seen).toEqual(letters.map((_, n) => n + 1).filter((ordinal) => ordinal !== 1_501));
    expect(stretches).toBeGreaterThan(3);
    expect((await store.plans.copies(id, 0, "notable")).items).toEqual([]);
  });

  it("refuses a rate above the namespace's, an unknown target, an empty set", async () => {
    const queue = await aQueue();
    await expect(plan(all(queue))).rejects.toMatchObject({ code: "unprocessable" });
    await makeDeadLetters(database, queue, [{ key: "1" }]);
    await expect(plan(all(queue, { rate: 101 }))).rejects.toMatchObject({ fields: { rate: "at most 100" } });
    await expect(plan(all(queue, { targetPath: "nowhere" }))).rejects.toMatchObject({ code: "unprocessable" });
  });
});

describe("acting on a replay", () => {
  async function aPlan() {
    const queue = await aQueue();
    const ids = await makeDeadLetters(database, queue, [{ key: "1" }, { key: "2" }]);
    return { queue, ids, ...(await plan(all(queue))) };
  }
  const start = (id: string, planHash: string) =>
    startReplay({ store, actor, config }, { id, planHash, reason: "the fix is out", ticket: null });

  it("R9: starts only the plan that was seen", async () => {
    const { id, planHash } = await aPlan();
    await expect(start(id, "0".repeat(64))).rejects.toMatchObject({ code: "state-changed" });
    await start(id, planHash);
    await expect(start(id, planHash)).rejects.toMatchObject({ code: "state-changed" });
  });

  it("R7: of two who start, and of one who starts while another cancels, one wins, and the record has that one alone", async () => {
    const twice = await aPlan();
    const started = await Promise.allSettled([start(twice.id, twice.planHash), start(twice.id, twice.planHash)]);
    expect(started.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const actions = async (id: string) =>
      (await store.audit.list({ replay: id, limit: 100 })).items.map(({ action }) => action).toReversed();
    expect(await actions(twice.id)).toEqual(["replay.planned", "replay.started"]);

    const either = await aPlan();
    await Promise.allSettled([start(either.id, either.planHash), cancelReplay({ store, actor }, { id: either.id })]);
    // A start that comes first is cancelled after it; one that comes second is refused.
    const [, ...acts] = await actions(either.id);
    expect([["replay.started", "replay.cancelled"], ["replay.cancelled"]]).toContainEqual(acts);
    expect((await getReplay({ store }, { id: either.id })).replay).toMatchObject({
      state: "cancelled",
      items: { planned: 0, cancelled: 2 },
    });
  });

  it("R9: an edit made after the planning stops the start", async () => {
    const { id, planHash, ids } = await aPlan();
    await database.query(
      `INSERT INTO edit (id, dead_letter_id, version, properties, created_by) VALUES (gen_random_uuid(), $1, 1, '[]', $2)`,
      [ids[0], actor.id],
    );
    await expect(start(id, planHash)).rejects.toMatchObject({ code: "state-changed" });
  });

  it("R7: pauses, resumes, changes the rate, cancels: each with its event, and frees the messages", async () => {
    const { id, planHash, queue } = await aPlan();
    await start(id, planHash);
    await pauseReplay({ store, actor }, { id });
    expect((await getReplay({ store }, { id })).replay).toMatchObject({
      state: "paused",
      pauseReason: "paused by Olga Operator",
    });
    await resumeReplay({ store, actor }, { id });
    await changeRate({ store, actor, config }, { id, rate: 5 });
    expect(await cancelReplay({ store, actor }, { id })).toEqual({ cancelled: 2 });
    await expect(cancelReplay({ store, actor }, { id })).rejects.toMatchObject({ code: "state-changed" });
    const { items } = await store.audit.list({ replay: id, limit: 100 });
    expect(items.map(({ action }) => action).toReversed()).toEqual([
      "replay.planned",
      "replay.started",
      "replay.paused",
      "replay.resumed",
      "replay.rate-changed",
      "replay.cancelled",
    ]);
    expect((await plan(all(queue))).preflight.willSend).toBe(2);
  });

  it("frees the messages of a plan that nobody starts", async () => {
    const { id } = await aPlan();
    await database.query("UPDATE replay SET created_at = now() - interval '2 hours' WHERE id = $1", [id]);
    const system = { kind: "system", id: null, name: "system" } as const;
    expect(await expirePlans({ store, actor: system }, { planHours: 1 })).toBe(1);
    expect((await getReplay({ store }, { id })).replay).toMatchObject({ state: "expired", items: { cancelled: 2 } });
  });

  it("lists replays newest first, page by page", async () => {
    const { queue } = await aPlan();
    const second = await plan(all(queue));
    const one = await listReplays({ store }, { queue: queue.id, limit: 1 });
    expect(one.items.map(({ id }) => id)).toEqual([second.id]);
    const two = await listReplays({ store }, { queue: queue.id, limit: 1, cursor: one.nextCursor as string });
    expect(two.items).toHaveLength(1);
    expect(two.nextCursor).toBeNull();
  });
});
