import { beforeEach, describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { type PlanReplay, planReplay as planReplayBody } from "@/lib/contracts/replays";
import { DEFAULT_POLICY, type QueuePolicy } from "@/lib/domain/queue-policy";
import { type MadeQueue, makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig } from "@/lib/testing/made-config";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { beginDue } from "./begin-due";
import { getReplay } from "./get-replay";
import { pauseReplay } from "./pause-replay";
import { planReplay } from "./plan-replay";
import { resumeReplay } from "./resume-replay";
import { startReplay } from "./start-replay";
import { submitReplay } from "./submit-replay";

const database = await testDatabase();
const store = testStore(database);
const operator = await makePerson(database, "Olga Operator");
const admin = await makePerson(database, "Ana Admin");
await database.query("UPDATE person SET roles = '{admin}' WHERE id = $1", [admin.id]);
const config = madeConfig();

const all = [{ name: "all", kind: "sql", filter: "1=1", action: null }];
let from: MadeQueue;
let target: MadeQueue;
let billing: MadeQueue;
let audit: MadeQueue;
let topic: string;
let tests = 0;

beforeEach(async () => {
  tests += 1;
  topic = `events-${tests}`;
  from = await makeQueue(database, { entityPath: `from-${tests}` });
  target = await makeQueue(database, { entityPath: `into-${tests}` });
  const subscription = (name: string) =>
    makeQueue(database, {
      entityPath: `${topic}/Subscriptions/${name}`,
      originPath: topic,
      entityKind: "subscription",
      rules: all,
    });
  billing = await subscription("billing");
  audit = await subscription("audit");
  await makeDeadLetters(database, from, [{ key: "1" }, { key: "2" }]);
});

async function givePolicy(queue: MadeQueue, given: Partial<QueuePolicy>): Promise<void> {
  const { version } = await store.policies.read(queue.id);
  await store.transaction((tx) => tx.policies.save(queue.id, { ...DEFAULT_POLICY, ...given, version }, admin.id));
}

function plan(more: Partial<PlanReplay> = {}, actor = operator) {
  const parsed = planReplayBody.parse({ selection: { kind: "filter", filter: { queue: from.id } }, rate: 50 });
  return planReplay({ store, actor, config, codecFor }, { ...parsed, targetPath: target.entityPath, ...more });
}
type Planned = Awaited<ReturnType<typeof plan>>;
const start = ({ id, planHash }: Planned, actor = operator) =>
  startReplay({ store, actor, config }, { id, planHash, reason: "the consumer is fixed", ticket: null });
const replayOf = async (id: string) => (await getReplay({ store }, { id })).replay;
const codes = ({ preflight }: Planned) => preflight.warnings.map(({ code }) => code);

/** Nothing is sent, whatever the time is. */
const ALWAYS_QUIET = {
  timeZone: "UTC",
  windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: "00:00", to: "00:00" }],
  rate: null,
};

describe("what the target's queue is protected by holds for replays into it from elsewhere", () => {
  it("protected: administrators alone plan, start and resume, and a second person approves", async () => {
    await givePolicy(target, { protected: true });
    const refused = { code: "forbidden", message: expect.stringContaining(`${target.entityPath} is protected`) };
    await expect(plan()).rejects.toMatchObject(refused);
    const planned = await plan({}, admin);
    expect((await replayOf(planned.id)).approval.needed).toEqual([`for ${target.entityPath}, the queue is protected`]);
    await expect(start(planned, admin)).rejects.toMatchObject({ code: "state-changed" });
    await givePolicy(target, {});
    await start(planned);
    await pauseReplay({ store, actor: operator }, { id: planned.id });
    await givePolicy(target, { protected: true });
    await expect(resumeReplay({ store, actor: operator }, { id: planned.id })).rejects.toMatchObject(refused);
    await resumeReplay({ store, actor: admin }, { id: planned.id });
  });

  it("approval: what either policy asks for, by the words of each", async () => {
    await givePolicy(from, { approval: "always" });
    await givePolicy(target, { approval: "over", approvalOver: 1 });
    const planned = await plan();
    expect((await replayOf(planned.id)).approval.needed).toEqual([
      "the policy of the queue asks for it, whatever is replayed",
      `for ${target.entityPath}, 2 messages are more than 1`,
    ]);
    await givePolicy(from, {});
    await expect(start(planned)).rejects.toMatchObject({ code: "state-changed" });
    await submitReplay(
      { store, actor: operator },
      { id: planned.id, planHash: planned.planHash, reason: "the consumer is fixed", ticket: null },
    );
    expect((await replayOf(planned.id)).state).toBe("awaiting-approval");
  });

  it("a schedule whose target was protected meanwhile is held back at its time", async () => {
    const { now } = (await database.query<{ now: Date }>("SELECT now() AS now"))[0] as { now: Date };
    const planned = await plan({ startsAt: new Date(now.getTime() + 60_000).toISOString() });
    await start(planned);
    await givePolicy(target, { protected: true });
    await database.query("UPDATE replay SET starts_at = now() WHERE id = $1", [planned.id]);
    const begun = await beginDue({ store, actor: { kind: "worker", id: "w", name: "worker" } });
    expect(begun).toMatchObject([{ id: planned.id, heldBack: expect.stringContaining(target.entityPath) }]);
    expect((await replayOf(planned.id)).state).toBe("paused");
  });

  it("quiet hours: the plan says so, and nothing is sent in them", async () => {
    await givePolicy(target, { quietHours: ALWAYS_QUIET });
    const planned = await plan();
    expect(codes(planned)).toContain("target-quiet");
    await start(planned);
    expect((await replayOf(planned.id)).hold).toMatchObject({ kind: "quiet-hours" });
    const sends = () => database.query("SELECT replay_sends(r) AS sends FROM replay r WHERE id = $1", [planned.id]);
    expect(await sends()).toEqual([{ sends: false }]);
    await givePolicy(target, { quietHours: { ...ALWAYS_QUIET, rate: 3 } });
    expect(await sends()).toEqual([{ sends: true }]);
    expect((await replayOf(planned.id)).pace).toBe(3);
  });

  it("quiet hours of either policy: the end goes through all of them, and no look at it changes the plan", async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const daily = (from: string, to: string) => ({
      timeZone: "UTC",
      windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from, to }],
      rate: null,
    });
    const look = async ({ id }: Planned) => {
      const { forecast, preflight, planHash } = await getReplay({ store }, { id });
      return { forecast, expectedSeconds: preflight.expectedSeconds, planHash };
    };
    const planned = await plan({ rate: 0.5, startsAt: `${tomorrow}T11:59:59.000Z` });
    const { planHash } = planned;
    const plain = { expectedSeconds: 2, planHash };
    const beginsAt = `${tomorrow}T11:59:59.000Z`;
    const ends = (time: string, quiet: string) => ({
      ...plain,
      forecast: { beginsAt, endsAt: `${tomorrow}T${time}.000Z`, quiet },
    });
    expect(await look(planned)).toEqual(ends("12:00:01", "none"));
    await givePolicy(target, { quietHours: daily("12:00", "13:00") });
    expect(await look(planned)).toEqual(ends("13:00:01", "stopped"));
    await givePolicy(from, { quietHours: daily("12:30", "14:00") });
    expect(await look(planned)).toEqual(ends("14:00:01", "stopped"));
    await givePolicy(from, { quietHours: { ...daily("10:00", "14:00"), rate: 0.25 } });
    await givePolicy(target, {});
    expect(await look(planned), "slower: four seconds for one message").toEqual(ends("12:00:03", "slower"));
    await givePolicy(target, { quietHours: ALWAYS_QUIET });
    expect(await look(planned)).toEqual({ ...plain, forecast: { beginsAt, endsAt: null, quiet: "stopped" } });
    await start(planned);
    expect((await look(planned)).forecast, "scheduled").toMatchObject({ endsAt: null });
    await database.query("UPDATE replay SET state = 'running' WHERE id = $1", [planned.id]);
    expect((await look(planned)).forecast, "it has begun").toBeNull();
  });

  it("quiet hours as moments are those that nothing is sent in, in the nights in which the clock is changed, too", async () => {
    const night = { days: [1, 2, 3, 4, 5, 6, 7], from: "22:00", to: "06:00" };
    const quietHours = { timeZone: "Europe/Berlin", windows: [night], rate: 3 };
    await givePolicy(target, { quietHours });
    const { id } = await plan();
    const spans = async (given: string, until: string) =>
      (await store.policies.quietSpans(id, { from: new Date(given), until: new Date(until) })).map(
        ({ begins, ends, rate }) => [begins.toISOString(), ends.toISOString(), rate],
      );
    const short = await spans("2026-03-28T03:00:00Z", "2026-03-29T20:00:00Z");
    expect(short, "begun, and the one that is an hour short; one that begins at the end is none").toEqual([
      ["2026-03-27T21:00:00.000Z", "2026-03-28T05:00:00.000Z", 3],
      ["2026-03-28T21:00:00.000Z", "2026-03-29T04:00:00.000Z", 3],
    ]);
    const long = await spans("2026-10-24T04:00:00Z", "2026-10-25T12:00:00Z");
    expect(long, "one that ends at the begin is none").toEqual([
      ["2026-10-24T20:00:00.000Z", "2026-10-25T05:00:00.000Z", 3],
    ]);
    for (const [begins, ends] of [...short, ...long]) {
      const found = await database.query("SELECT until FROM quiet_hours_at($1::jsonb, $2::timestamptz)", [
        JSON.stringify(quietHours),
        begins,
      ]);
      expect(found).toEqual([{ until: new Date(ends as string) }]);
    }
  });

  it("maximum rate: the plan says that it goes no faster, and counts on no more", async () => {
    await givePolicy(target, { maxRate: 0.5 });
    const planned = await plan({ rate: 50, burst: 1 });
    expect(codes(planned)).toContain("target-rate");
    expect(planned.preflight.expectedSeconds).toBe(2);
    await start(planned);
    expect((await replayOf(planned.id)).pace).toBe(0.5);
    await cancelAll();
    expect(codes(await plan({ rate: 0.5 }))).not.toContain("target-rate");
  });

  it("of a topic the policies of all subscriptions hold, of a routed replay that of its one", async () => {
    await givePolicy(billing, { protected: true });
    await givePolicy(audit, { maxRate: 7 });
    await expect(plan({ targetPath: topic })).rejects.toMatchObject({ code: "forbidden" });
    const route = async (routeTo: string) => {
      const planned = await plan({ targetPath: topic, routeTo }, admin);
      const { needed } = (await replayOf(planned.id)).approval;
      await database.query("UPDATE replay SET approval_needed = '{}' WHERE id = $1", [planned.id]);
      const [row] = await database.query<{ sends: boolean; pace: number }>(
        "UPDATE replay r SET state = 'running', cleared_at = now() WHERE id = $1 RETURNING replay_pace(r) AS pace, replay_sends(r) AS sends",
        [planned.id],
      );
      await cancelAll();
      return { ...row, codes: codes(planned), needed };
    };
    const toAudit = await route("AUDIT");
    expect(toAudit).toMatchObject({ pace: 7, sends: true, needed: [] });
    expect(toAudit.codes).toEqual(expect.arrayContaining(["target-rate"]));
    expect(toAudit.codes).not.toContain("target-quiet");
    await givePolicy(billing, { protected: true, quietHours: ALWAYS_QUIET });
    expect(await route("audit")).toMatchObject({ sends: true });
    const toBilling = await route("billing");
    expect(toBilling).toMatchObject({
      pace: 50,
      sends: false,
      needed: [`for ${billing.entityPath}, the queue is protected`],
    });
    expect(toBilling.codes).toContain("target-quiet");
    expect(toBilling.codes).not.toContain("target-rate");
  });

  it("what is not its target's does not hold: another queue, one of another namespace, one that is gone", async () => {
    const strict = { protected: true, quietHours: ALWAYS_QUIET, maxRate: 1 };
    const abroad = await makeQueue(database, { entityPath: target.entityPath, namespace: "abroad" });
    await givePolicy(abroad, strict);
    await givePolicy(billing, strict);
    await givePolicy(target, strict);
    await database.query("UPDATE queue SET vanished_at = now() WHERE id = $1", [audit.id]);
    await givePolicy(audit, strict);
    const planned = await plan({ targetPath: null });
    await start(planned);
    expect(await replayOf(planned.id)).toMatchObject({ state: "running", hold: null, pace: 50 });
  });
});

const cancelAll = () =>
  database.query(
    "WITH ended AS (UPDATE replay_item SET state = 'cancelled' WHERE state = 'planned') UPDATE replay SET state = 'cancelled' WHERE state IN ('planned', 'running')",
  );
