import { beforeEach, describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { type PlanReplay, planReplay as planReplayBody } from "@/lib/contracts/replays";
import { DEFAULT_POLICY, type QueuePolicy } from "@/lib/domain/queue-policy";
import { type MadeQueue, makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig } from "@/lib/testing/made-config";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { approveReplay } from "./approve-replay";
import { cancelReplay } from "./cancel-replay";
import { changeRate } from "./change-rate";
import { declineReplay } from "./decline-replay";
import { expirePlans } from "./expire-plans";
import { getReplay } from "./get-replay";
import { pauseReplay } from "./pause-replay";
import { planReplay } from "./plan-replay";
import { resumeReplay } from "./resume-replay";
import { startReplay } from "./start-replay";
import { submitReplay } from "./submit-replay";

const database = await testDatabase();
const store = testStore(database);
const operator = await makePerson(database, "Olga Operator");
const approver = await aPerson("Ada Approver", "approver");
const admin = await aPerson("Ana Admin", "admin");
const config = madeConfig();

let queue: MadeQueue;
let ids: string[];
let queues = 0;

beforeEach(async () => {
  queues += 1;
  queue = await makeQueue(database, { entityPath: `orders-${queues}` });
  ids = await makeDeadLetters(database, queue, [{ key: "1" }, { key: "2" }, { key: "3" }]);
});

async function aPerson(name: string, role: string) {
  const person = await makePerson(database, name);
  await setRoles(person.id, [role]);
  return person;
}

function setRoles(id: string, roles: string[]) {
  return database.query("UPDATE person SET roles = $2 WHERE id = $1", [id, roles]);
}

/** The policy of this test's queue from here on. */
async function givePolicy(given: Partial<QueuePolicy>): Promise<void> {
  const { version } = await store.policies.read(queue.id);
  await store.transaction((tx) => tx.policies.save(queue.id, { ...DEFAULT_POLICY, ...given, version }, admin.id));
}

function plan(more: Partial<PlanReplay> = {}, actor = operator) {
  const parsed = planReplayBody.parse({ selection: { kind: "filter", filter: { queue: queue.id } }, rate: 20 });
  return planReplay({ store, actor, config, codecFor }, { ...parsed, ...more });
}

type Planned = Awaited<ReturnType<typeof plan>>;
const ASK = { reason: "the consumer is fixed", ticket: "INC-1" };
const submit = ({ id, planHash }: Planned, actor = operator) =>
  submitReplay({ store, actor }, { id, planHash, ...ASK });
const approve = ({ id, planHash }: Planned, actor = approver) =>
  approveReplay({ store, actor, config }, { id, planHash, reason: "seen" });
const decline = ({ id }: Planned, actor = approver) => declineReplay({ store, actor }, { id, reason: "not tonight" });
const start = ({ id, planHash }: Planned, actor = operator, reason: string | null = null) =>
  startReplay({ store, actor, config }, { id, planHash, reason, ticket: null });
const detailOf = ({ id }: Planned) => getReplay({ store }, { id });
const stateOf = async (planned: Planned) => (await detailOf(planned)).replay.state;
const eventsOf = ({ id }: Planned) =>
  database.query<{ action: string; actor_id: string; reason: string | null }>(
    "SELECT action, actor_id, reason FROM audit_event WHERE replay_id = $1 ORDER BY id",
    [id],
  );

describe("a plan that wants a second person", () => {
  it("is submitted, approved and started by different acts, each on record", async () => {
    await givePolicy({ approval: "always" });
    const planned = await plan();
    expect((await detailOf(planned)).replay.approval.needed).toEqual([
      "the policy of the queue asks for it, whatever is replayed",
    ]);
    await expect(start(planned, operator, "now")).rejects.toMatchObject({ code: "state-changed" });
    await submit(planned);
    expect(await store.replays.countAwaitingApproval()).toBe(1);
    await expect(start(planned)).rejects.toMatchObject({ code: "state-changed" });
    await approve(planned);
    expect(await store.replays.countAwaitingApproval()).toBe(0);
    await start(planned);
    const { replay } = await detailOf(planned);
    expect(replay).toMatchObject({ state: "running", reason: ASK.reason, ticket: ASK.ticket });
    expect(replay.approval).toMatchObject({ submittedBy: operator.name, approvedBy: approver.name });
    expect((await eventsOf(planned)).map(({ action, actor_id, reason }) => [action, actor_id, reason])).toEqual([
      ["replay.planned", operator.id, null],
      ["replay.submitted", operator.id, ASK.reason],
      ["replay.approved", approver.id, "seen"],
      ["replay.started", operator.id, ASK.reason],
    ]);
  });

  it.each([
    ["edits", { approval: "edits" }, false],
    ["more than so many", { approval: "over", approvalOver: 2 }, true],
    ["no more than so many", { approval: "over", approvalOver: 3 }, false],
    ["protected", { protected: true }, true],
  ] as const)("%s: %j", async (_, policy, wanted) => {
    await givePolicy(policy);
    const planned = await plan({}, admin);
    expect((await detailOf(planned)).replay.approval.needed.length > 0).toBe(wanted);
    if (wanted) await expect(start(planned, admin, "now")).rejects.toMatchObject({ code: "state-changed" });
    else await expect(submit(planned, admin)).rejects.toMatchObject({ code: "unprocessable" });
  });

  it("wants one when a policy was made stricter after the planning", async () => {
    const planned = await plan();
    await givePolicy({ approval: "over", approvalOver: 2 });
    await expect(start(planned, operator, "now")).rejects.toThrow("3 messages are more than 2");
    await submit(planned);
    expect((await detailOf(planned)).replay.approval.needed).toEqual(["3 messages are more than 2"]);
  });

  it("wants none any more when the policy was eased after the planning", async () => {
    await givePolicy({ approval: "always" });
    const planned = await plan();
    await givePolicy({ approval: "never" });
    expect((await detailOf(planned)).replay.approval.needed).toEqual([]);
    await expect(submit(planned)).rejects.toMatchObject({ code: "unprocessable" });
    await start(planned, operator, "now");
    expect(await stateOf(planned)).toBe("running");
  });

  it("is declined with a reason, and its messages are free again", async () => {
    await givePolicy({ approval: "always" });
    const planned = await plan();
    await submit(planned);
    await decline(planned);
    expect((await detailOf(planned)).replay).toMatchObject({
      state: "declined",
      approval: { declinedBy: approver.name, declineReason: "not tonight" },
    });
    await expect(start(planned)).rejects.toMatchObject({ code: "state-changed" });
    expect((await plan()).preflight.willSend).toBe(3);
  });
});

describe("the second person", () => {
  it("is never who planned or submitted it, nor who edited a message of it", async () => {
    await givePolicy({ approval: "edits" });
    for (const person of [operator, admin]) await setRoles(person.id, ["operator", "approver", "admin"]);
    await database.query(
      `INSERT INTO edit (id, dead_letter_id, version, properties, created_by)
       VALUES (gen_random_uuid(), $1, 1, '[{"name":"fixed","set":{"type":"string","value":"yes"}}]', $2)`,
      [ids[0], admin.id],
    );
    const editor = await aPerson("Eva Editor", "approver");
    await database.query("UPDATE edit SET created_by = $2 WHERE dead_letter_id = $1", [ids[0], editor.id]);
    const planned = await plan();
    await submit(planned, admin);
    for (const person of [operator, admin, editor]) {
      await expect(approve(planned, person)).rejects.toMatchObject({ code: "forbidden" });
      await expect(decline(planned, person)).rejects.toMatchObject({ code: "forbidden" });
    }
    expect(new Set((await detailOf(planned)).involved)).toEqual(new Set([operator.id, admin.id, editor.id]));
    await approve(planned);
    expect(await stateOf(planned)).toBe("approved");
    await setRoles(operator.id, ["operator"]);
    await setRoles(admin.id, ["admin"]);
  });

  it("is nobody either who wrote a part of what is sent: an earlier correction, or a change of many that another person saved", async () => {
    await givePolicy({ approval: "edits" });
    const [first, last, author, saver] = await Promise.all(
      ["Fay First", "Lee Last", "Art Author", "Sam Saver"].map((name) => aPerson(name, "approver")),
    );
    const people = [first, last, author, saver].map((person) => person?.id);
    await database.query(
      `INSERT INTO edit (id, dead_letter_id, version, properties, created_by, ended_at) VALUES
         (gen_random_uuid(), $1, 1, '[{"name":"a","remove":true}]', $2, now()),
         (gen_random_uuid(), $1, 2, '[{"name":"b","remove":true}]', $3, NULL),
         (gen_random_uuid(), $4, 1, '[{"name":"c","remove":true}]', $5, NULL)`,
      [ids[0], people[0], people[1], ids[1], people[3]],
    );
    await database.query(
      `WITH change AS (
         INSERT INTO group_edit (id, queue_id, change, state, reason, created_by, saved_by)
         VALUES (gen_random_uuid(), $1, '{}', 'saved', 'as the test says', $2, $3) RETURNING id
       )
       INSERT INTO group_edit_item (group_edit_id, ordinal, dead_letter_id, base_version, outcome)
       SELECT change.id, 1, $4::bigint, 0, 'saved' FROM change`,
      [queue.id, people[2], people[3], ids[1]],
    );
    const planned = await plan();
    await submit(planned);
    for (const person of [first, last, author, saver]) {
      await expect(approve(planned, person), person?.name).rejects.toMatchObject({ code: "forbidden" });
    }
    await approve(planned);
    expect(await stateOf(planned)).toBe("approved");
  });

  it("must have the role at that moment, and still have it at the start", async () => {
    await givePolicy({ approval: "always" });
    const fickle = await aPerson("Finn Fickle", "approver");
    const planned = await plan();
    await submit(planned);
    await setRoles(fickle.id, ["viewer"]);
    await expect(approve(planned, fickle)).rejects.toMatchObject({ code: "forbidden" });
    await setRoles(fickle.id, ["approver"]);
    await approve(planned, fickle);
    await setRoles(fickle.id, ["viewer"]);
    await expect(start(planned)).rejects.toThrow("may not approve any more");
    expect(await stateOf(planned)).toBe("approved");
    await setRoles(fickle.id, ["approver"]);
    await start(planned);
  });

  it("approves and declines at once with another: one of them wins, and the record has that one alone", async () => {
    await givePolicy({ approval: "always" });
    for (let round = 0; round < 5; round += 1) {
      const planned = await plan();
      await submit(planned);
      const [approved, declined] = await Promise.allSettled([approve(planned), decline(planned, admin)]);
      expect([approved.status, declined.status].toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(await stateOf(planned)).toBe(approved.status === "fulfilled" ? "approved" : "declined");
      const judged = (await eventsOf(planned)).filter(({ action }) => /approved|declined/.test(action));
      expect(judged).toHaveLength(1);
      await cancelReplay({ store, actor: operator }, { id: planned.id }).catch(() => undefined);
    }
  });
});

describe("R9: an approval binds to the plan", () => {
  it("of another hash is refused, and so is one whose message was edited since", async () => {
    await givePolicy({ approval: "always" });
    const planned = await plan();
    await submit(planned);
    await expect(approve({ ...planned, planHash: "0".repeat(64) })).rejects.toMatchObject({ code: "state-changed" });
    await database.query(
      `INSERT INTO edit (id, dead_letter_id, version, properties, created_by) VALUES (gen_random_uuid(), $1, 1, '[]', $2)`,
      [ids[0], operator.id],
    );
    await expect(approve(planned)).rejects.toThrow("edited since");
  });

  it.each([
    ["target_path", "'elsewhere'"],
    ["rate", "90"],
    ["rate_ceiling", "90"],
    ["doubt_policy", "'send-again'"],
    ["message_id_policy", "'new'"],
    ["ramp", `'{"canary":null,"steps":[]}'::jsonb`],
    ["starts_at", "now() + interval '1 hour'"],
  ])("does not start with another %s", async (column, value) => {
    await givePolicy({ approval: "always" });
    const planned = await plan({ messageIdPolicy: "preserve" });
    await submit(planned);
    await approve(planned);
    await database.query(`UPDATE replay SET ${column} = ${value} WHERE id = $1`, [planned.id]);
    await expect(start(planned)).rejects.toThrow("no longer holds what was planned");
  });

  it("the rate is raised no further than what was approved", async () => {
    await givePolicy({ approval: "always" });
    const slow = await plan({ rate: 5, rateCeiling: 10 });
    expect((await detailOf(slow)).replay.rateCeiling).toBe(10);
    await submit(slow);
    await approve(slow);
    await start(slow);
    await changeRate({ store, actor: operator, config }, { id: slow.id, rate: 10 });
    await expect(changeRate({ store, actor: operator, config }, { id: slow.id, rate: 11 })).rejects.toMatchObject({
      fields: { rate: "at most 10" },
    });
  });

  it("the ceiling is the rate itself where nothing else was said, and the queue's where nobody approves", async () => {
    expect((await detailOf(await plan({ rate: 5, selection: one(0) }))).replay.rateCeiling).toBe(100);
    await givePolicy({ maxRate: 40 });
    expect((await detailOf(await plan({ rate: 5, selection: one(1) }))).replay.rateCeiling).toBe(40);
    await givePolicy({ approval: "always" });
    expect((await detailOf(await plan({ rate: 5, selection: one(2) }))).replay.rateCeiling).toBe(5);
  });
});

const one = (index: number) => ({ kind: "dead-letters" as const, queue: queue.id, ids: [ids[index] as string] });

describe("a plan that nobody goes on with", () => {
  const age = (planned: Planned, columns: string[], hours: number) =>
    database.query(
      `UPDATE replay SET ${columns.map((column) => `${column} = now() - $2 * interval '1 hour'`).join(", ")} WHERE id = $1`,
      [planned.id, hours],
    );

  it("cannot be approved once it has expired, swept or not", async () => {
    await givePolicy({ approval: "always" });
    const planned = await plan();
    await submit(planned);
    await age(planned, ["created_at", "submitted_at"], 2);
    await expect(approve(planned)).rejects.toThrow("expired");
    await expirePlans({ store, actor: operator }, { planHours: 1 });
    expect(await stateOf(planned)).toBe("expired");
    await expect(approve(planned)).rejects.toMatchObject({ code: "state-changed" });
    expect((await plan()).preflight.willSend).toBe(3);
  });

  it("cannot be started once it has expired, approved or not, swept or not", async () => {
    const unapproved = await plan();
    await age(unapproved, ["created_at"], 2);
    await expect(start(unapproved, operator, "the consumer is fixed")).rejects.toThrow("expired");
    await expirePlans({ store, actor: operator }, { planHours: 1 });
    expect(await stateOf(unapproved)).toBe("expired");

    await givePolicy({ approval: "always" });
    const approved = await plan();
    await submit(approved);
    await approve(approved);
    await age(approved, ["created_at", "submitted_at"], 2);
    await age(approved, ["approved_at"], 1.1);
    await expect(start(approved)).rejects.toThrow("expired");
    expect(await eventsOf(approved)).not.toContainEqual(expect.objectContaining({ action: "replay.started" }));
    await age(approved, ["approved_at"], 0.5);
    await start(approved);
    expect(await stateOf(approved)).toBe("running");
  });

  it("has its time again with every step, and expires when approved and left, too", async () => {
    await givePolicy({ approval: "always" });
    const planned = await plan();
    await age(planned, ["created_at"], 2);
    await submit(planned);
    await expirePlans({ store, actor: operator }, { planHours: 1 });
    expect(await stateOf(planned)).toBe("awaiting-approval");
    await approve(planned);
    await age(planned, ["created_at", "submitted_at", "approved_at"], 2);
    await expirePlans({ store, actor: operator }, { planHours: 1 });
    expect(await stateOf(planned)).toBe("expired");
  });
});

describe("a protected queue", () => {
  it("is replayed by admins alone, and by two of them", async () => {
    await givePolicy({ protected: true });
    await expect(plan()).rejects.toMatchObject({ code: "forbidden" });
    const planned = await plan({}, admin);
    await expect(submit(planned, operator)).rejects.toMatchObject({ code: "forbidden" });
    await submit(planned, admin);
    await expect(approve(planned, admin)).rejects.toMatchObject({ code: "forbidden" });
    await approve(planned);
    await expect(start(planned, operator)).rejects.toMatchObject({ code: "forbidden" });
    await start(planned, admin);
    expect(await stateOf(planned)).toBe("running");
  });

  it("that was protected while its replay ran is paused and cancelled by operators, and resumed by admins alone", async () => {
    const planned = await plan();
    await start(planned, operator, "the consumer is fixed");
    await givePolicy({ protected: true });
    await pauseReplay({ store, actor: operator }, planned);
    await expect(resumeReplay({ store, actor: operator }, planned)).rejects.toMatchObject({ code: "forbidden" });
    await resumeReplay({ store, actor: admin }, planned);
    await cancelReplay({ store, actor: operator }, planned);
    expect(await stateOf(planned)).toBe("cancelled");
  });
});
