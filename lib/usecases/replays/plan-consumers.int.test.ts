import { beforeEach, describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { type PlanReplay, planReplay as planReplayBody, preflight } from "@/lib/contracts/replays";
import { DEFAULT_POLICY, type QueuePolicy } from "@/lib/domain/queue-policy";
import { type MadeQueue, makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig } from "@/lib/testing/made-config";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { cancelReplay } from "./cancel-replay";
import { getReplay } from "./get-replay";
import { planReplay } from "./plan-replay";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database, "Olga Operator");
const config = madeConfig();

// Detection that cannot be read: a plan takes new ids by itself, unless a consumer goes by them.
const settings = { duplicateDetection: null };
const all = [{ name: "all", kind: "sql", filter: "1=1", action: null }];
let tests = 0;
let from: MadeQueue;
let into: MadeQueue;
let topic: string;
let audit: MadeQueue;
let billing: MadeQueue;

beforeEach(async () => {
  tests += 1;
  topic = `events-${tests}`;
  from = await makeQueue(database, { entityPath: `from-${tests}` });
  into = await makeQueue(database, { entityPath: `into-${tests}`, settings });
  audit = await subscription("audit");
  billing = await subscription("billing");
  await makeDeadLetters(database, from, [{ key: "1" }, { key: "2" }]);
});

const subscription = (name: string, rules: unknown = all) =>
  makeQueue(database, {
    entityPath: `${topic}/Subscriptions/${name}`,
    originPath: topic,
    entityKind: "subscription",
    settings,
    rules,
  });
const transferOf = (queue: MadeQueue) =>
  makeQueue(database, { entityPath: queue.entityPath, subQueue: "transfer-dead-letter", settings });

async function givePolicy(queue: MadeQueue, given: Partial<QueuePolicy>): Promise<void> {
  const { version } = await store.policies.read(queue.id);
  await store.transaction((tx) => tx.policies.save(queue.id, { ...DEFAULT_POLICY, ...given, version }, actor.id));
}

/** What is decided of a plan that is given up again. */
async function decided(queue: MadeQueue, targetPath: string | null, more: Partial<PlanReplay> = {}) {
  const parsed = planReplayBody.parse({ selection: { kind: "filter", filter: { queue: queue.id } }, rate: 50 });
  const { id, preflight: found } = await planReplay(
    { store, actor, config, codecFor },
    { ...parsed, targetPath, ...more },
  );
  const { doubtPolicy } = await getReplay({ store }, { id });
  await cancelReplay({ store, actor }, { id });
  const check = preflight.parse(found);
  const words = (code: string) => check.warnings.find((warning) => warning.code === code)?.text;
  return { ids: check.messageIdPolicy, why: check.messageIdWhy, stamps: check.stamps, doubtPolicy, words, check };
}

describe("R10: a plan weighs ids by what is known of those who get the copies", () => {
  it("of another queue by its policy, and not by the one that the messages come from", async () => {
    await givePolicy(from, { deduplicatesBy: "message-id" });
    const before = await decided(from, into.entityPath);
    expect(before).toMatchObject({ ids: "new" });
    expect(before.why).toContain(`Nobody has said how the consumer of ${into.entityPath}`);
    await givePolicy(into, { deduplicatesBy: "message-id" });
    const kept = await decided(from, into.entityPath);
    expect(kept).toMatchObject({ ids: "preserve" });
    expect(kept.why).toContain(`The consumer of ${into.entityPath} knows messages by their MessageId`);
    const chosen = await decided(from, into.entityPath, { messageIdPolicy: "new" });
    expect(chosen.words("new-id-repeats")).toContain(into.entityPath);
  });

  it("of a topic by any of its subscriptions, of a routed one by that alone", async () => {
    await givePolicy(billing, { deduplicatesBy: "message-id" });
    const whole = await decided(from, topic);
    expect(whole).toMatchObject({ ids: "preserve" });
    expect(whole.why).toContain(`The consumer of ${billing.entityPath} knows messages by their MessageId`);
    expect(whole.why).toContain(`Nobody has said how the consumer of ${topic}/subscriptions/audit`);
    expect(await decided(from, topic, { routeTo: "Billing" })).toMatchObject({ ids: "preserve" });
    const routed = await decided(from, topic, { routeTo: "audit" });
    expect(routed).toMatchObject({ ids: "new" });
    expect(routed.why).not.toContain("billing");
  });

  it("of its own topic by the siblings that get copies, too, but for those that take nothing and of which nothing is said", async () => {
    await makeDeadLetters(database, billing, [{ key: "1" }]);
    await givePolicy(billing, { deduplicatesBy: "nothing" });
    await subscription("idle", []);
    const before = await decided(billing, null);
    expect(before).toMatchObject({ ids: "new" });
    expect(before.why).not.toContain("idle");
    await givePolicy(audit, { deduplicatesBy: "message-id" });
    expect(await decided(billing, null)).toMatchObject({ ids: "preserve" });
    expect(await decided(billing, null, { routeTo: "billing" })).toMatchObject({ ids: "new" });
    await givePolicy(billing, { deduplicatesBy: "message-id" });
    await givePolicy(audit, {});
    expect(await decided(billing, null), "its own").toMatchObject({ ids: "preserve" });
    expect(await decided(billing, null, { routeTo: "audit" }), "not where it gets none").toMatchObject({ ids: "new" });
  });

  it("of a queue by what is said beside any of its dead-letter queues", async () => {
    const transfer = await transferOf(into);
    await makeDeadLetters(database, transfer, [{ key: "1" }]);
    for (const said of [into, transfer]) {
      await givePolicy(said, { deduplicatesBy: "message-id" });
      for (const source of [from, transfer]) {
        const { ids, why } = await decided(source, into.entityPath);
        expect(ids, `${said.id} of ${source.entityPath}`).toBe("preserve");
        expect(why).not.toContain("Nobody has said");
      }
      await givePolicy(said, {});
    }
  });

  it("looks for each business key that one of them goes by", async () => {
    await givePolicy(audit, { deduplicatesBy: "business-key", businessKey: "orderId" });
    await givePolicy(billing, { deduplicatesBy: "business-key", businessKey: "/order/id" });
    const { check, why, words } = await decided(from, topic);
    expect(check.businessKeys).toEqual([
      { where: "orderId", repeated: 0, without: 2 },
      { where: "/order/id", repeated: 0, without: 2 },
    ]);
    expect(words("no-business-key")).toContain(audit.entityPath);
    expect(why).toContain(
      `The consumers of ${audit.entityPath} and ${billing.entityPath} know messages by a business key`,
    );
    expect((await decided(from, topic, { routeTo: "billing" })).check.businessKeys).toMatchObject([
      { where: "/order/id" },
    ]);
  });
});

describe("R10: copies carry stamps only where all who get them bear it", () => {
  it.each([
    ["a queue", () => into, () => into.entityPath],
    ["the second subscription of a topic", () => billing, () => topic],
    ["the transfer dead letters of a queue", () => transferOf(into), () => into.entityPath],
  ])("%s", async (_, whose, target) => {
    const said = await whose();
    await givePolicy(said, { stamps: false });
    const bare = await decided(from, target());
    expect(bare).toMatchObject({ stamps: false, ids: "new" });
    expect(bare.why).toContain(`Copies for ${said.entityPath} carry no stamps`);
    await expect(decided(from, target(), { messageIdPolicy: "preserve" })).rejects.toMatchObject({
      fields: { messageIdPolicy: "new ids are required here" },
    });
    if (target() === topic) {
      expect(await decided(from, topic, { routeTo: "audit" })).toMatchObject({ stamps: true });
    }
  });
});

describe("R5: a plan proposes to send again in doubt only where the source and all who get the copies say so", () => {
  const again = { doubtPolicy: "send-again" } as const;
  const held = { doubtPolicy: "hold" };

  it("another queue", async () => {
    await givePolicy(from, again);
    const before = await decided(from, into.entityPath);
    expect(before, "nobody has said anything of the target").toMatchObject(held);
    expect(before.words("doubt-held")).toContain(into.entityPath);
    await givePolicy(into, again);
    const both = await decided(from, into.entityPath);
    expect(both).toMatchObject(again);
    expect(both.words("doubt-held")).toBeUndefined();
    await givePolicy(into, {});
    expect(await decided(from, into.entityPath)).toMatchObject(held);
    const chosen = await decided(from, into.entityPath, again);
    expect(chosen, "a person's choice counts").toMatchObject(again);
    expect(chosen.words("doubt-held")).toBeUndefined();
    await givePolicy(from, {});
    await givePolicy(into, again);
    expect(await decided(from, into.entityPath), "the source holds").toMatchObject(held);
  });

  it("a topic, and one subscription of it", async () => {
    await givePolicy(from, again);
    await givePolicy(audit, again);
    const whole = await decided(from, topic);
    expect(whole).toMatchObject(held);
    expect(whole.words("doubt-held")).toContain("billing");
    expect(await decided(from, topic, { routeTo: "audit" })).toMatchObject(again);
    await givePolicy(billing, again);
    expect(await decided(from, topic)).toMatchObject(again);
  });

  it("its own topic with a sibling", async () => {
    await makeDeadLetters(database, billing, [{ key: "1" }]);
    await givePolicy(billing, again);
    expect(await decided(billing, null)).toMatchObject(held);
    expect(await decided(billing, null, { routeTo: "billing" })).toMatchObject(again);
    await givePolicy(audit, again);
    expect(await decided(billing, null)).toMatchObject(again);
  });

  it("a queue with transfer dead letters: what nobody has said of them holds nothing back", async () => {
    await makeDeadLetters(database, into, [{ key: "1" }]);
    const transfer = await transferOf(into);
    await givePolicy(into, again);
    expect(await decided(into, null)).toMatchObject(again);
    await givePolicy(transfer, {});
    expect(await decided(into, null)).toMatchObject(held);
  });
});
