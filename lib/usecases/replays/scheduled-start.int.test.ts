import { beforeEach, describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { planReplay as planReplayBody } from "@/lib/contracts/replays";
import { DEFAULT_POLICY } from "@/lib/domain/queue-policy";
import { type MadeQueue, makePerson } from "@/lib/testing/dead-letter-factory";
import { planBench } from "@/lib/testing/plan-bench";
import { approveReplay } from "./approve-replay";
import { beginDue } from "./begin-due";
import { cancelReplay } from "./cancel-replay";
import { planReplay } from "./plan-replay";
import { resumeReplay } from "./resume-replay";
import { startReplay } from "./start-replay";
import { submitReplay } from "./submit-replay";

const { database, store, actor, config, newQueue, plan, start, detailOf, givePolicy, shift } = await planBench();
const worker = { kind: "worker", id: "w", name: "worker" } as const;

let queue: MadeQueue;
beforeEach(async () => {
  queue = await newQueue();
});

describe("a scheduled start", () => {
  it("begins at its time, not before, and once", async () => {
    const planned = await plan({ startsAt: new Date(Date.now() + 3_600_000).toISOString() });
    await start(planned);
    const { id } = planned;
    expect((await detailOf(id)).replay).toMatchObject({ state: "scheduled", startedBy: actor.name, startedAt: null });
    expect(await beginDue({ store, actor: worker })).toEqual([]);
    await shift(id, "starts_at", 3_601);
    const begun = await Promise.all([beginDue({ store, actor: worker }), beginDue({ store, actor: worker })]);
    expect(begun.flat()).toEqual([{ id, heldBack: null }]);
    expect((await detailOf(id)).replay).toMatchObject({ state: "running", startedAt: expect.any(String) });
    const events = await database.query<{ action: string }>(
      "SELECT action FROM audit_event WHERE replay_id = $1 ORDER BY id",
      [id],
    );
    expect(events.map(({ action }) => action)).toEqual(["replay.planned", "replay.started", "replay.began"]);
  });

  it.each([
    ["wants a second person by then", { approval: "always" }, /second person must approve/, /can only be cancelled/],
    ["is protected by then", { protected: true }, /second person must approve/, /administrators alone/],
  ] as const)("is held back when its queue %s: it says so, and nobody resumes it past that", async (_, policy, why, no) => {
    const planned = await plan({ startsAt: new Date(Date.now() + 3_600_000).toISOString() });
    await start(planned);
    const { id } = planned;
    await givePolicy(policy);
    await shift(id, "starts_at", 3_601);
    expect(await beginDue({ store, actor: worker })).toEqual([{ id, heldBack: expect.stringMatching(why) }]);
    expect((await detailOf(id)).replay).toMatchObject({
      state: "paused",
      startedAt: null,
      pauseReason: expect.stringMatching(why),
    });
    const events = await store.audit.list({ replay: id, action: "replay.paused", limit: 5 });
    expect(events.items).toMatchObject([{ reason: expect.stringMatching(why) }]);
    await expect(resumeReplay({ store, actor }, { id })).rejects.toMatchObject({ message: expect.stringMatching(no) });
    await store.transaction(async (tx) => {
      const { policy: now } = (await tx.policies.detail(queue.id)) ?? { policy: DEFAULT_POLICY };
      await tx.policies.save(queue.id, { ...DEFAULT_POLICY, version: now.version }, actor.id);
    });
    await resumeReplay({ store, actor }, { id });
    expect((await detailOf(id)).replay, "the policy was eased again").toMatchObject({
      state: "running",
      startedAt: expect.any(String),
    });
  });

  it("is held back when whoever started it may not any more, and the queue is protected by then; an administrator's begins", async () => {
    const admin = await makePerson(database, "Ada Admin");
    const second = await makePerson(database, "Abel Approver");
    const roles = (id: string, given: string) =>
      database.query("UPDATE person SET roles = ARRAY[$2] WHERE id = $1", [id, given]);
    await roles(admin.id, "admin");
    await roles(second.id, "approver");
    await givePolicy({ approval: "always" });
    const approved = async () => {
      const body = planReplayBody.parse({
        selection: { kind: "filter", filter: { queue: queue.id }, first: 3 },
        rate: 50,
        startsAt: new Date(Date.now() + 3_600_000).toISOString(),
      });
      const { id, planHash } = await planReplay({ store, actor: admin, config, codecFor }, body);
      await submitReplay({ store, actor: admin }, { id, planHash, reason: "at night", ticket: null });
      await approveReplay({ store, actor: second, config }, { id, planHash, reason: null });
      await startReplay({ store, actor: admin, config }, { id, planHash, reason: null, ticket: null });
      return id;
    };
    const [kept, lost, unapproved] = [await approved(), await approved(), await approved()];
    await givePolicy({ approval: "always", protected: true, version: 1 });
    await shift(kept, "starts_at", 3_601);
    expect(await beginDue({ store, actor: worker })).toEqual([{ id: kept, heldBack: null }]);
    await roles(admin.id, "operator");
    await shift(lost, "starts_at", 3_601);
    expect(await beginDue({ store, actor: worker })).toEqual([
      { id: lost, heldBack: expect.stringMatching(/administrators alone start/) },
    ]);
    await roles(second.id, "viewer");
    await shift(unapproved, "starts_at", 3_601);
    expect(await beginDue({ store, actor: worker })).toEqual([
      { id: unapproved, heldBack: expect.stringMatching(/may not approve any more/) },
    ]);
  });

  it("is cancelled like any other, and then does not begin", async () => {
    const planned = await plan({ startsAt: new Date(Date.now() + 3_600_000).toISOString() });
    await start(planned);
    await cancelReplay({ store, actor }, { id: planned.id });
    await shift(planned.id, "starts_at", 7_200);
    expect(await beginDue({ store, actor: worker })).toEqual([]);
    expect((await plan()).preflight.willSend).toBe(20);
  });

  it.each([
    ["past", -60],
    ["further ahead than a week", 8 * 86_400],
  ])("in the %s is refused", async (_, seconds) => {
    await expect(plan({ startsAt: new Date(Date.now() + seconds * 1000).toISOString() })).rejects.toMatchObject({
      fields: { startsAt: expect.any(String) },
    });
  });

  it("whose time has come before it was started starts at once", async () => {
    const soon = new Date(Date.now() + 300).toISOString();
    const planned = await plan({ startsAt: soon });
    await expect.poll(async () => (await store.now()).toISOString() > soon).toBe(true);
    await start(planned);
    expect((await detailOf(planned.id)).replay.state).toBe("running");
  });
});
