import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { codecFor } from "@/lib/brokers/codecs";
import { type PlanReplay, planReplay as planBody, preflight } from "@/lib/contracts/replays";
import { DEFAULT_POLICY, type QueuePolicy } from "@/lib/domain/queue-policy";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { dataBody, messageProperties, named } from "@/lib/testing/messages";
import { configFor, emulatorConfig, queueOf, ReplayBench } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";
import { type TestDatabase, testDatabase, testStore } from "@/lib/testing/test-database";
import { cancelReplay } from "./cancel-replay";
import { listItems } from "./list-items";
import { planReplay } from "./plan-replay";

const sql = (name: string, expression: string) => ({
  Name: name,
  Properties: { FilterType: "Sql", SqlFilter: { SqlExpression: expression } },
});
const subscription = (name: string, rules: unknown[], properties = {}) => ({
  Name: name,
  Properties: properties,
  Rules: rules,
});

let bench: ReplayBench;
let database: TestDatabase;

beforeAll(async () => {
  const broker = await testBroker(
    emulatorConfig({
      queues: [
        queueOf("orders"),
        queueOf("repair"),
        queueOf("sessions", { RequiresSession: true }),
        queueOf("inbox", { ForwardTo: "repair" }),
        queueOf("closed", { Status: "SendDisabled" }),
        queueOf("deep"),
        queueOf("detecting", { RequiresDuplicateDetection: true, DuplicateDetectionHistoryTimeWindow: "PT10M" }),
      ],
      topics: [
        {
          Name: "events",
          Subscriptions: [
            subscription("billing", [sql("eu", "region = 'eu'"), sql("big", "amount > 100")]),
            subscription("audit", [sql("named", "region IS NOT NULL")]),
            subscription("none", [sql("never", "1=0")]),
          ],
        },
        {
          Name: "routed",
          Subscriptions: [subscription("billing", [sql("all", "1=1")]), subscription("audit", [sql("all", "1=1")])],
        },
        {
          Name: "mixed",
          Subscriptions: [
            subscription("free", [sql("all", "1=1")]),
            subscription("strict", [sql("eu", "region = 'eu'")], { RequiresSession: true }),
          ],
        },
        { Name: "by-session", Subscriptions: [subscription("only", [sql("all", "1=1")], { RequiresSession: true })] },
      ],
    }),
  );
  database = await testDatabase();
  const config = configFor(broker, database.url, { scanCreditsPerSecond: 200 });
  bench = new ReplayBench({ broker, config, store: testStore(database), actor: await makePerson(database) });
  return () => bench.close();
});

interface Given {
  readonly id?: string;
  readonly region?: string;
  readonly orderId?: string;
  readonly body?: string;
  readonly sessionId?: string;
}
const letter = ({ id = randomUUID(), region, orderId, body = "{}", sessionId }: Given = {}) => ({
  properties: messageProperties({
    messageId: amqpString(id),
    ...(sessionId === undefined ? {} : { groupId: amqpString(sessionId) }),
  }),
  applicationProperties: named({
    ...(region === undefined ? {} : { region: amqpString(region) }),
    ...(orderId === undefined ? {} : { orderId: amqpString(orderId) }),
  }),
  body: [dataBody(body)],
});

/** The plan of everything in a DLQ, given up again, with the states of its items in order. */
async function planned(entityPath: string, given: Partial<PlanReplay> = {}) {
  const queue = await bench.queueId(entityPath);
  const body = { ...planBody.parse({ selection: { kind: "filter", filter: { queue } }, rate: 20 }), ...given };
  const { store, actor, config } = bench;
  const made = await planReplay({ store, actor, config, codecFor }, body);
  const { items } = await listItems({ store }, { id: made.id, limit: 200 });
  await cancelReplay({ store, actor }, { id: made.id });
  return { ...made, states: items.map(({ state }) => state), check: preflight.parse(made.preflight) };
}
async function seeded(entityPath: string, ...messages: ReturnType<typeof letter>[]): Promise<void> {
  const numbers = await bench.seed(entityPath, messages);
  await bench.index();
  // Of earlier tests nothing is left.
  await database.query(
    "UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE queue_id = $1 AND key <> ALL($2)",
    [await bench.queueId(entityPath), numbers],
  );
}
async function policy(entityPath: string, given: Partial<QueuePolicy>): Promise<void> {
  const { store, actor } = bench;
  const id = await bench.queueId(entityPath);
  const { version } = await store.policies.read(id);
  expect(await store.policies.save(id, { ...DEFAULT_POLICY, ...given, version }, actor.id)).toBe(true);
}
async function edit(entityPath: string, at: number, properties: unknown[]): Promise<void> {
  await database.query(
    `INSERT INTO edit (id, dead_letter_id, version, properties, created_by)
     SELECT gen_random_uuid(), d.id, 1, $1::jsonb, $2 FROM dead_letter d
     WHERE d.queue_id = $3 AND d.left_at IS NULL ORDER BY d.position OFFSET $4 LIMIT 1`,
    [JSON.stringify(properties), bench.actor.id, await bench.queueId(entityPath), at],
  );
}
const set = (name: string, value: string) => ({ name, set: { type: "string", value } });
const codes = (check: { refusals: { code: string; count: number }[] }) =>
  Object.fromEntries(check.refusals.map(({ code, count }) => [code, count]));
const warnings = (check: { warnings: { code: string }[] }) => check.warnings.map(({ code }) => code);

describe("R10: a topic", () => {
  it("asks its rules of every copy, edits included, and refuses what no subscription receives", async () => {
    const path = "events/subscriptions/billing";
    await seeded(path, letter({ region: "eu" }), letter({ region: "us" }), letter(), letter({ region: "eu" }));
    await edit(path, 2, [set("region", "asia")]);
    await edit(path, 3, [{ name: "region", remove: true }]);
    const { check, states } = await planned(path);
    expect(states).toEqual(["planned", "planned", "planned", "refused"]);
    expect(codes(check)).toEqual({ "no-subscription": 1 });
    expect(check.subscriptions).toEqual([
      {
        name: "audit",
        copies: 3,
        unknown: 0,
        wouldGet: 0,
        rules: [{ name: "named", filter: "region IS NOT NULL", matches: 3, unsure: 0 }],
      },
      {
        name: "billing",
        copies: 1,
        unknown: 0,
        wouldGet: 0,
        rules: [
          { name: "eu", filter: "region = 'eu'", matches: 1, unsure: 0 },
          { name: "big", filter: "amount > 100", matches: 0, unsure: 0 },
        ],
      },
      {
        name: "none",
        copies: 0,
        unknown: 0,
        wouldGet: 0,
        rules: [{ name: "never", filter: "1=0", matches: 0, unsure: 0 }],
      },
    ]);
    expect(check.warnings.find(({ code }) => code === "topic")?.text).toContain("audit");
  });

  it("counts rules that could not be read as the worst, but for what came through them unaltered", async () => {
    const path = "events/subscriptions/billing";
    await seeded(path, letter({ region: "eu" }), letter({ region: "us" }));
    await edit(path, 1, [set("note", "x")]);
    await database.query(
      `UPDATE target SET subscriptions = '[{"name": "billing", "rules": null, "requiresSession": null}]' WHERE path = 'events'`,
    );
    const { check, states } = await planned(path);
    expect(states).toEqual(["planned", "refused"]);
    expect(codes(check)).toEqual({ "reach-unknown": 1 });
  });

  it("refuses a message without SessionId when every receiver wants one", async () => {
    await seeded("orders", letter());
    expect(codes((await planned("orders", { targetPath: "by-session" })).check)).toEqual({ "no-session": 1 });
  });

  it("warns of the subscriptions that copies without SessionId die in, where others take them", async () => {
    await seeded("orders", letter({ region: "eu" }), letter({ region: "eu", sessionId: "s" }), letter());
    const { check } = await planned("orders", { targetPath: "mixed" });
    expect(check).toMatchObject({ willSend: 3, refusals: [] });
    expect(check.warnings.find(({ code }) => code === "dies-without-session")?.text).toMatch(
      /^Up to 1 .* strict takes/,
    );
    await seeded("orders", letter({ region: "eu", sessionId: "s" }), letter());
    expect(warnings((await planned("orders", { targetPath: "mixed" })).check)).not.toContain("dies-without-session");
  });

  it("routes to one subscription by a stamp: refused until the rules of the others leave it out, which it shows", async () => {
    const path = "routed/subscriptions/billing";
    await seeded(path, letter());
    const before = await planned(path, { routeTo: "billing" });
    expect(codes(before.check)).toEqual({ "route-leaks": 1 });
    const [rule] = before.check.route?.rules ?? [];
    expect(before.check.subscriptions).toMatchObject([
      { name: "audit", copies: 0, wouldGet: 1 },
      { name: "billing", copies: 0, wouldGet: 1 },
    ]);
    expect(before.check.route).toMatchObject({ to: "billing", rules: [{ subscription: "audit", name: "all" }] });

    await database.query(
      `UPDATE target SET subscriptions = jsonb_set(subscriptions, '{0,rules,0,filter}', to_jsonb($1::text))
       WHERE path = 'routed' AND subscriptions -> 0 ->> 'name' = 'audit'`,
      [rule?.filter],
    );
    const after = await planned(path, { routeTo: "billing" });
    expect(after.check).toMatchObject({ willSend: 1, refusals: [], route: { rules: [] } });
    expect(after.check.subscriptions?.map(({ name, copies }) => [name, copies])).toEqual([
      ["audit", 0],
      ["billing", 1],
    ]);
    expect((await planned(path)).check.subscriptions?.map(({ copies }) => copies)).toEqual([1, 1]);
    await expect(planned(path, { routeTo: "nobody" })).rejects.toMatchObject({ fields: { routeTo: /audit/ } });
    await expect(planned("orders", { routeTo: "billing" })).rejects.toMatchObject({ code: "unprocessable" });
  });
});

describe("R10: the copies", () => {
  it("are refused when an edit makes their headers larger than the broker takes", async () => {
    await seeded("orders", letter(), letter());
    await edit("orders", 0, [set("note", "x".repeat(70_000))]);
    const { check, states } = await planned("orders");
    expect(codes(check)).toEqual({ "header-too-large": 1 });
    expect(states).toEqual(["refused", "planned"]);
  });

  it("R13: are refused behind one of their session that is refused for what its copy holds", async () => {
    await seeded("sessions", ...["a", "b", "a", "b"].map((sessionId) => letter({ sessionId })));
    await edit("sessions", 1, [set("note", "x".repeat(70_000))]);
    const { check, states } = await planned("sessions");
    expect(codes(check)).toEqual({ "header-too-large": 1, "session-stopped": 1 });
    expect(states).toEqual(["planned", "refused", "planned", "refused"]);
    expect(check.sessions).toBe(1);
  });

  it("keep, renew or drop their expiry: only a kept one that is over is refused; all of it is part of the plan's hash", async () => {
    const over = {
      ...letter(),
      properties: messageProperties({
        messageId: amqpString("late"),
        creationTime: { type: "timestamp", value: BigInt(Date.now() - 7_200_000) },
        absoluteExpiryTime: { type: "timestamp", value: BigInt(Date.now() - 3_600_000) },
      }),
    };
    await seeded("orders", over);
    const kept = await planned("orders");
    expect(codes(kept.check)).toEqual({ expired: 1 });
    const renewed = await planned("orders", { expiryPolicy: "renew" });
    expect(renewed.check).toMatchObject({ willSend: 1, expiry: { policy: "renew", carrying: 1 } });
    const none = await planned("orders", { expiryPolicy: "none" });
    expect(none.check).toMatchObject({ willSend: 1, expiry: { policy: "none" } });
    const deliverAt = new Date(Date.now() + 3_600_000).toISOString();
    const later = await planned("orders", { expiryPolicy: "none", deliverAt });
    expect(later.check).toMatchObject({ deliverAt });
    expect(new Set([kept, renewed, none, later].map(({ planHash }) => planHash)).size).toBe(4);
    const past = new Date(Date.now() - 1_000).toISOString();
    await expect(planned("orders", { deliverAt: past })).rejects.toMatchObject({ code: "unprocessable" });
  });

  it("carry no stamps where the policy says so; then ids must be new, and the plan says what cannot be seen", async () => {
    await seeded("orders", letter());
    await policy("orders", { stamps: false });
    const { check } = await planned("orders");
    expect(check).toMatchObject({ stamps: false, messageIdPolicy: "new" });
    expect(warnings(check)).toContain("no-stamps");
    expect(warnings(check)).not.toContain("blind-canary");
    const ramp = { canary: { count: 1, waitSeconds: null }, steps: [] };
    expect(warnings((await planned("orders", { ramp })).check)).toContain("blind-canary");
    await expect(planned("orders", { messageIdPolicy: "preserve" })).rejects.toMatchObject({
      fields: { messageIdPolicy: "new ids are required here" },
    });
    await policy("orders", {});
  });

  it("get their ids by what target and consumer do with them", async () => {
    await seeded("detecting", letter());
    await database.query("UPDATE dead_letter SET enqueued_at = now() WHERE queue_id = $1 AND left_at IS NULL", [
      await bench.queueId("detecting"),
    ]);
    expect((await planned("detecting")).check).toMatchObject({ messageIdPolicy: "new", willSend: 1 });
    await policy("detecting", { deduplicatesBy: "message-id" });
    const kept = await planned("detecting");
    expect(kept.check).toMatchObject({ messageIdPolicy: "preserve", willSend: 0 });
    expect(kept.check.messageIdWhy).toContain("Wait until the window is over");
    const repeats = await planned("detecting", { messageIdPolicy: "new" });
    expect(warnings(repeats.check)).toContain("new-id-repeats");
  });

  it("are counted by business key, by property and by JSON pointer", async () => {
    await seeded(
      "orders",
      letter({ orderId: "a", body: '{"order": {"id": 1}}' }),
      letter({ orderId: "b", body: '{"order": {"id": 1}}' }),
      letter({ body: '{"order": {"id": 1.0}}' }),
    );
    await policy("orders", { deduplicatesBy: "business-key", businessKey: "orderId" });
    expect((await planned("orders")).check.businessKeys).toEqual([{ where: "orderId", repeated: 0, without: 1 }]);
    await policy("orders", { deduplicatesBy: "business-key", businessKey: "/order/id" });
    const { check } = await planned("orders");
    expect(check.businessKeys).toEqual([{ where: "/order/id", repeated: 1, without: 0 }]);
    expect(warnings(check)).toContain("business-key");
    await policy("orders", {});
  });
});

describe("R10: another target", () => {
  it("is any queue or topic of the namespace, with what decides there", async () => {
    await seeded("orders", letter());
    const repair = await planned("orders", { targetPath: "REPAIR" });
    expect(repair.check).toMatchObject({ target: "repair", willSend: 1, targetKind: "queue" });
    expect(warnings(repair.check)).toContain("elsewhere");
    expect(codes((await planned("orders", { targetPath: "sessions" })).check)).toEqual({ "no-session": 1 });
    expect(warnings((await planned("orders", { targetPath: "inbox" })).check)).toContain("forwards");
    await expect(planned("orders", { targetPath: "closed" })).rejects.toMatchObject({
      fields: { targetPath: "disabled" },
    });
    await expect(planned("orders", { targetPath: "nowhere" })).rejects.toMatchObject({ code: "unprocessable" });
  });
});

describe("picking", () => {
  it("refuses what stands deeper than a lock lasts to come to it, in words, and tells what it costs", async () => {
    await seeded("deep", ...Array.from({ length: 40 }, () => letter()));
    const ids = await database.query<{ id: string }>(
      "SELECT id::text FROM dead_letter WHERE queue_id = $1 AND left_at IS NULL ORDER BY position",
      [await bench.queueId("deep")],
    );
    const pick = async (places: number[]) => ({
      kind: "dead-letters" as const,
      queue: await bench.queueId("deep"),
      ids: places.map((place) => ids[place]?.id as string),
    });
    // 5 a second and locks of six seconds: 24 may be passed.
    await database.query("UPDATE queue SET lock_rate = 5 WHERE entity_path = 'deep'");
    const far = await planned("deep", { selection: await pick([0, 24, 25, 39]) });
    expect(far.states).toEqual(["planned", "planned", "planned", "refused"]);
    expect(codes(far.check)).toEqual({ "out-of-reach": 1 });
    expect(far.check.reach).toEqual({ messages: 24, passedBy: 23, rate: 5, lockSeconds: 6, by: "measured" });
    expect(far.check.credits).toMatchObject({ total: 26 + 3 });
    expect((await planned("deep", { selection: await pick([24]) })).states).toEqual(["planned"]);
    expect((await planned("deep", { selection: await pick([25]) })).states).toEqual(["refused"]);
    const whole = await planned("deep");
    expect(whole.check).toMatchObject({ willSend: 40, reach: null });
    await database.query("UPDATE queue SET lock_rate = 100000 WHERE entity_path = 'deep'");
    expect((await planned("deep", { selection: await pick([39]) })).check.reach).toMatchObject({
      passedBy: 39,
      rate: 800,
      by: "credits",
    });
  });
});
