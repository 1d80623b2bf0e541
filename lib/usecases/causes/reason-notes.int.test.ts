import { beforeEach, describe, expect, it } from "vitest";
import { arrangeCauses, causesState } from "@/components/causes/cause-order";
import { addReasonComment, setReasonOwner as setReasonOwnerBody } from "@/lib/contracts/causes";
import { causeDetail } from "@/lib/contracts/queues";
import { causeBench } from "@/lib/testing/cause-bench";
import { type MadeQueue, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { commentOnReason } from "./comment-on-reason";
import { getCause } from "./get-cause";
import { setReasonOwner } from "./set-reason-owner";

const { database, actor, context, newQueue, take, causes, one, change } = await causeBench();
const colleague = await makePerson(database, "Cora Colleague");

let queue: MadeQueue;
/** Another queue with a cause of the same reason. */
let other: MadeQueue;
let reason: string;
beforeEach(async () => {
  queue = await newQueue();
  other = await makeQueue(database, { entityPath: `mail-${queue.id}` });
  reason = `Shared${queue.id}`;
  await take([{ reason }, { reason: "Another", description: "something else" }]);
  await take([{ reason, description: "the template is missing" }], other);
});

const detail = async (id: string | undefined) => causeDetail.parse(await getCause(context, { id: id ?? "" }));
/** The causes of the reason in both queues, as the lists of causes give them. */
const both = async () => [...(await causes()), ...(await causes(other))].filter((cause) => cause.reason === reason);
const events = (of = reason) =>
  database.query<{ action: string; actor_name: string; detail: Record<string, unknown> }>(
    "SELECT action, actor_name, detail FROM audit_event WHERE subject_kind = 'reason' AND subject_id = $1 ORDER BY id",
    [of],
  );

describe("who looks after a reason", () => {
  it("is shown in every queue, and nowhere else; each change is in the audit with before and after (R7)", async () => {
    await setReasonOwner(context, { reason, ownerId: actor.id });
    await setReasonOwner({ ...context, actor: colleague }, { reason, ownerId: colleague.id });
    const owner = { id: colleague.id, name: colleague.name };
    for (const cause of await both()) {
      expect(cause.work).toMatchObject({ owner: null, reasonOwner: owner });
      expect((await detail(cause.id)).cause.work).toMatchObject({ owner: null, reasonOwner: owner });
    }
    expect((await one("something else")).work.reasonOwner).toBeNull();
    await setReasonOwner(context, { reason, ownerId: null });
    expect((await both()).map(({ work }) => work.reasonOwner)).toEqual([null, null]);
    expect(await events()).toEqual([
      { action: "reason.owner-set", actor_name: actor.name, detail: { before: null, after: actor.name } },
      {
        action: "reason.owner-set",
        actor_name: colleague.name,
        detail: { before: actor.name, after: colleague.name },
      },
      { action: "reason.owner-set", actor_name: actor.name, detail: { before: colleague.name, after: null } },
    ]);
  });

  it("stands back behind the owner of a cause; filters find a cause by whoever looks after it", async () => {
    await setReasonOwner(context, { reason, ownerId: actor.id });
    const { id } = await one("it broke");
    const found = async (owner: string) =>
      arrangeCauses([...(await causes()), ...(await causes(other))], causesState.parse({ owner })).map(
        ({ signature }) => signature,
      );
    expect((await found(actor.id)).toSorted()).toEqual(["it broke", "the template is missing"]);
    await change(id, { version: 0, ownerId: colleague.id });
    expect((await detail(id)).cause.work).toMatchObject({
      owner: { id: colleague.id },
      reasonOwner: { id: actor.id },
    });
    expect(await found(actor.id)).toEqual(["the template is missing"]);
    expect(await found(colleague.id)).toEqual(["it broke"]);
    expect(await found("nobody")).toEqual(["something else"]);
  });

  it("is nobody who only reads, or who is disabled", async () => {
    const reader = await makePerson(database, "Vera Viewer");
    for (const change of ["roles = '{viewer}'", "roles = '{operator}', disabled_at = now()"]) {
      await database.query(`UPDATE person SET ${change} WHERE id = $1`, [reader.id]);
      await expect(setReasonOwner(context, { reason, ownerId: reader.id })).rejects.toMatchObject({
        code: "invalid-input",
        fields: { ownerId: "not an operator, approver or admin" },
      });
    }
    expect((await one("it broke")).work.reasonOwner).toBeNull();
    expect(await events()).toEqual([]);
  });

  it("is one of two who take it at once, and the audit has both in turn (R7)", async () => {
    await Promise.all([
      setReasonOwner(context, { reason, ownerId: actor.id }),
      setReasonOwner({ ...context, actor: colleague }, { reason, ownerId: colleague.id }),
    ]);
    const holds = (await one("it broke")).work.reasonOwner?.name;
    const other = holds === actor.name ? colleague.name : actor.name;
    expect((await events()).map(({ detail }) => detail)).toEqual([
      { before: null, after: other },
      { before: other, after: holds },
    ]);
  });
});

describe("comments on a reason", () => {
  it("are shown in every queue in order, apart from those on its causes; the audit says who, and not what (R7)", async () => {
    await commentOnReason(context, { reason, text: "first" });
    await commentOnReason({ ...context, actor: colleague }, { reason, text: "second" });
    for (const { id, work } of await both()) {
      const { notes } = await detail(id);
      expect(notes.reasonComments.map(({ author, text }) => [author, text])).toEqual([
        [actor.name, "first"],
        [colleague.name, "second"],
      ]);
      expect(notes.comments).toEqual([]);
      expect(work.comments).toBe(0);
    }
    expect((await detail((await one("something else")).id)).notes.reasonComments).toEqual([]);
    expect(await events()).toEqual([
      {
        action: "reason.commented",
        actor_name: actor.name,
        detail: { commentId: expect.stringMatching(/^\d+$/), characters: 5 },
      },
      {
        action: "reason.commented",
        actor_name: colleague.name,
        detail: { commentId: expect.stringMatching(/^\d+$/), characters: 6 },
      },
    ]);
  });

  it("have at most 5,000 characters, and at least one", () => {
    const accepts = (text: string) => addReasonComment.safeParse({ reason, text }).success;
    expect(["", "  ", "x", "x".repeat(5_000), "x".repeat(5_001)].map(accepts)).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });
});

it("messages without a reason have an owner and comments, too", async () => {
  await take([{ reason: "", description: "no reason at all" }]);
  const { id } = await one("no reason at all");
  await setReasonOwner(context, setReasonOwnerBody.parse({ reason: "", ownerId: actor.id }));
  await commentOnReason(context, addReasonComment.parse({ reason: "", text: "sent by hand" }));
  const { cause, notes } = await detail(id);
  expect(cause.work.reasonOwner?.id).toBe(actor.id);
  expect(notes.reasonComments).toMatchObject([{ text: "sent by hand" }]);
  expect((await one("it broke")).work.reasonOwner).toBeNull();
  expect((await events("")).map(({ action }) => action)).toEqual(["reason.owner-set", "reason.commented"]);
});

it("nothing is said of a reason that the audit does not have (R7)", async () => {
  await database.query("ALTER TABLE audit_event ADD CONSTRAINT full_audit CHECK (subject_kind <> 'reason') NOT VALID");
  try {
    await expect(setReasonOwner(context, { reason, ownerId: actor.id })).rejects.toThrow();
    await expect(commentOnReason(context, { reason, text: "unheard" })).rejects.toThrow();
  } finally {
    await database.query("ALTER TABLE audit_event DROP CONSTRAINT full_audit");
  }
  const { cause, notes } = await detail((await one("it broke")).id);
  expect(cause.work.reasonOwner).toBeNull();
  expect(notes.reasonComments).toEqual([]);
});
