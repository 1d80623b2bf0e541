import { beforeEach, describe, expect, it } from "vitest";
import { changeCause as changeCauseBody } from "@/lib/contracts/causes";
import { causeDetail } from "@/lib/contracts/queues";
import { causeBench } from "@/lib/testing/cause-bench";
import { type MadeQueue, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { commentOnCause } from "./comment-on-cause";
import { getCause } from "./get-cause";
import { makeCauseRule } from "./make-cause-rule";
import { mergeCause } from "./merge-cause";
import { regroupMessages } from "./regroup-messages";
import { setReasonRunbook } from "./set-reason-runbook";
import { unmergeCause } from "./unmerge-cause";

const { database, actor, context, newQueue, take, causes, shown, one, change, events, settle } = await causeBench();

let queue: MadeQueue;
beforeEach(async () => {
  queue = await newQueue();
});

describe("what people say of a cause", () => {
  it("keeps name, kind, owner and runbook, each change in the audit with before and after (R7)", async () => {
    await take([{ description: "connection refused" }]);
    const cause = await one("connection refused");
    expect(cause.work).toMatchObject({
      kind: "transient",
      kindSource: "guessed",
      state: "new",
      owner: null,
      version: 0,
    });
    await change(cause.id, {
      version: 0,
      title: "Pricing is down",
      kind: "code",
      ownerId: actor.id,
      runbook: "https://wiki.example/pricing",
      reason: "seen on call",
    });
    const detail = causeDetail.parse(await getCause(context, { id: cause.id }));
    expect(detail.cause.work).toMatchObject({
      title: "Pricing is down",
      kind: "code",
      kindSource: "said",
      owner: { id: actor.id, name: actor.name },
      version: 1,
    });
    expect(detail.notes).toMatchObject({ runbook: "https://wiki.example/pricing", comments: [], merged: [] });
    expect(await events("cause.changed")).toEqual([
      {
        reason: "seen on call",
        subject_id: cause.id,
        detail: {
          cause: "Failed: connection refused",
          title: { before: null, after: "Pricing is down" },
          kind: { before: null, after: "code" },
          owner: { before: null, after: actor.name },
          runbook: { before: null, after: "https://wiki.example/pricing" },
        },
      },
    ]);
  });

  it("refuses a change over one that the person has not seen", async () => {
    await take([{}]);
    const { id } = await one("it broke");
    await change(id, { version: 0, state: "acknowledged" });
    await expect(change(id, { version: 0, state: "resolved" })).rejects.toMatchObject({ code: "conflict" });
    expect((await one("it broke")).work.state).toBe("acknowledged");
  });

  it("a resolved cause regresses with the next message", async () => {
    await take([{}]);
    const { id } = await one("it broke");
    await change(id, { version: 0, state: "resolved" });
    expect((await one("it broke")).work.state).toBe("resolved");
    await take([{}]);
    expect((await one("it broke")).work.state).toBe("regressed");
  });

  it("a snooze ends with its count; one without an end, or with one in the past, is refused", async () => {
    await take([{}]);
    const { id } = await one("it broke");
    expect(() => changeCauseBody.parse({ version: 0, state: "snoozed" })).toThrow("needs an end");
    await expect(
      change(id, { version: 0, state: "snoozed", snoozedUntil: "2020-01-01T00:00:00Z" }),
    ).rejects.toMatchObject({
      code: "invalid-input",
      fields: { snoozedUntil: "lies in the past" },
    });
    await change(id, { version: 0, state: "snoozed", snoozedCount: 2 });
    expect((await one("it broke")).work).toMatchObject({ state: "snoozed", snoozedCount: 2 });
    await take([{}]);
    expect((await one("it broke")).work.state).toBe("new");
  });

  it("refuses an owner who only reads, or who is disabled", async () => {
    await take([{}]);
    const { id } = await one("it broke");
    const reader = await makePerson(database, "Vera Viewer");
    await database.query("UPDATE person SET roles = '{viewer}' WHERE id = $1", [reader.id]);
    await expect(change(id, { version: 0, ownerId: reader.id })).rejects.toMatchObject({ code: "invalid-input" });
    await database.query("UPDATE person SET roles = '{operator}', disabled_at = now() WHERE id = $1", [reader.id]);
    await expect(change(id, { version: 0, ownerId: reader.id })).rejects.toMatchObject({ code: "invalid-input" });
  });

  it("keeps comments in order, and a runbook for a reason in every queue", async () => {
    await take([{ reason: "Shared" }]);
    const other = await makeQueue(database, { entityPath: `mail-${queue.id}` });
    await take([{ reason: "Shared" }], other);
    const { id } = await one("it broke");
    await commentOnCause(context, { id, text: "first" });
    await commentOnCause(context, { id, text: "second" });
    await setReasonRunbook(context, { reason: "Shared", runbook: "Call the shop." });
    const elsewhere = (await causes(other))[0]?.id ?? "";
    const [mine, theirs] = await Promise.all([getCause(context, { id }), getCause(context, { id: elsewhere })]);
    expect(mine.notes.comments.map(({ author, text }) => [author, text])).toEqual([
      [actor.name, "first"],
      [actor.name, "second"],
    ]);
    expect(mine.cause.work.comments).toBe(2);
    expect(theirs.notes.comments).toEqual([]);
    for (const { notes } of [mine, theirs]) {
      expect(notes.reasonRunbook).toMatchObject({ runbook: "Call the shop.", updatedBy: actor.name });
    }
    await setReasonRunbook(context, { reason: "Shared", runbook: null });
    expect((await getCause(context, { id })).notes.reasonRunbook).toBeNull();
    expect((await events("reason.runbook-set")).map(({ detail }) => detail)).toEqual([
      { before: null, after: "Call the shop." },
      { before: "Call the shop.", after: null },
    ]);
  });
});

describe("merging", () => {
  it("shows two causes as one, with all figures, and takes them apart again; no message moves", async () => {
    await take([{ description: "alpha" }, { description: "alpha" }, { description: "beta" }, { description: "gamma" }]);
    const [alpha, beta] = [await one("alpha"), await one("beta")];
    await commentOnCause(context, { id: beta.id, text: "the same as alpha" });
    await mergeCause(context, { id: beta.id, into: alpha.id, reason: "one outage" });
    expect(await shown()).toEqual(["alpha 3", "gamma 1"]);
    const detail = await getCause(context, { id: beta.id });
    expect(detail.cause).toMatchObject({ id: alpha.id, count: 3, work: { merged: 1, comments: 1 } });
    expect(detail.notes.merged).toEqual([{ id: beta.id, reason: "Failed", signature: "beta" }]);
    await take([{ description: "beta" }]);
    expect(await shown()).toEqual(["alpha 4", "gamma 1"]);
    await unmergeCause(context, { id: beta.id });
    expect(await shown()).toEqual(["alpha 2", "beta 2", "gamma 1"]);
    expect((await events("cause.merged"))[0]).toMatchObject({ reason: "one outage", subject_id: alpha.id });
    expect(await events("cause.unmerged")).toHaveLength(1);
  });

  it("stays one level deep, and refuses itself, another queue, and what is merged already", async () => {
    await take([{ description: "alpha" }, { description: "beta" }, { description: "gamma" }]);
    const [alpha, beta, gamma] = [await one("alpha"), await one("beta"), await one("gamma")];
    const other = await makeQueue(database, { entityPath: `mail-${queue.id}` });
    await take([{ description: "delta" }], other);
    const delta = (await causes(other))[0]?.id ?? "";
    await expect(mergeCause(context, { id: alpha.id, into: alpha.id })).rejects.toMatchObject({
      code: "invalid-input",
    });
    await expect(mergeCause(context, { id: alpha.id, into: delta })).rejects.toMatchObject({ code: "invalid-input" });
    await mergeCause(context, { id: alpha.id, into: beta.id });
    await expect(mergeCause(context, { id: alpha.id, into: gamma.id })).rejects.toMatchObject({
      code: "state-changed",
    });
    await mergeCause(context, { id: beta.id, into: gamma.id });
    expect(await shown()).toEqual(["gamma 3"]);
    await unmergeCause(context, { id: alpha.id });
    expect(await shown()).toEqual(["gamma 2", "alpha 1"]);
    await expect(unmergeCause(context, { id: alpha.id })).rejects.toMatchObject({ code: "state-changed" });
  });

  it("of two merges in opposite directions at once one wins, and nothing waits for ever", async () => {
    await take([{ description: "alpha" }, { description: "beta" }]);
    const [alpha, beta] = [await one("alpha"), await one("beta")];
    const outcomes = await Promise.allSettled([
      mergeCause(context, { id: alpha.id, into: beta.id }),
      mergeCause(context, { id: beta.id, into: alpha.id }),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect((await causes()).map(({ count }) => count)).toEqual([2]);
  });
});

describe("a new version of the fingerprint", () => {
  it("never scatters the history: causes keep their number and what people said of them", async () => {
    await take([{ description: "alpha" }, { description: "alpha" }, { description: "beta" }]);
    const alpha = await one("alpha");
    await change(alpha.id, { version: 0, title: "Known", state: "acknowledged", ownerId: actor.id });
    await database.query(
      "UPDATE cause SET signature_version = 0, fingerprint = 'old ' || fingerprint, signature = 'old ' || signature WHERE queue_id = $1",
      [queue.id],
    );
    await take([{ description: "beta" }]);
    await settle();
    expect(await shown()).toEqual(["Known 2", "beta 2"]);
    expect((await causes()).find((cause) => cause.id === alpha.id)).toMatchObject({
      id: alpha.id,
      signature: "alpha",
      work: { title: "Known", state: "acknowledged", owner: { id: actor.id } },
    });
    await take([{ description: "alpha" }]);
    expect((await shown())[0]).toBe("Known 3");
  });

  const typed = (type: string, more: readonly { name: string; value: string }[] = []) => ({
    description: "said something once",
    properties: [{ name: "MessageType", value: type }, ...more],
  });

  /** Makes it a cause of version 2 of messages that say nothing: their type did not speak then. */
  async function madeByVersion2(causeId: string) {
    await database.query(
      "UPDATE dead_letter SET description = NULL WHERE queue_id = $1 AND description = 'said something once'",
      [queue.id],
    );
    await database.query(
      "UPDATE cause SET signature = '', signature_version = 2, fingerprint = 'of version 2', example = NULL WHERE id = $1",
      [causeId],
    );
    await database.query("UPDATE cause_rule SET within = '{of version 2}' WHERE queue_id = $1 AND within <> '{}'", [
      queue.id,
    ]);
  }

  it("parts messages that say nothing by their type: what people said stays with the cause, the others are moved", async () => {
    await take([typed("OrderPlaced"), typed("OrderPaid"), typed("OrderPlaced"), { description: "alpha" }]);
    const { id } = await one("said something once");
    await change(id, { version: 0, kind: "data", state: "acknowledged", ownerId: actor.id, runbook: "Call the shop." });
    await commentOnCause(context, { id, text: "the shop knows" });
    const alpha = await one("alpha");
    await mergeCause(context, { id: alpha.id, into: id });
    await madeByVersion2(id);
    // A worker of the new version takes in a message before the causes of the old one were looked at.
    await take([{ ...typed("OrderPlaced"), description: "" }]);
    await settle();
    expect(await shown()).toEqual(["type OrderPlaced 4", "type OrderPaid 1"]);
    const { cause, notes } = await getCause(context, { id });
    expect(cause).toMatchObject({
      id,
      signature: "type OrderPlaced",
      work: { kind: "data", state: "acknowledged", owner: { id: actor.id } },
    });
    expect(notes).toMatchObject({ runbook: "Call the shop.", comments: [{ text: "the shop knows" }] });
    expect(notes.merged.map((part) => part.signature).toSorted()).toEqual(["alpha", "type OrderPlaced"]);
    await take([
      { ...typed("OrderPaid"), description: "" },
      { ...typed("OrderPlaced"), description: "" },
    ]);
    expect(await shown()).toEqual(["type OrderPlaced 5", "type OrderPaid 2"]);
  });

  it("keeps the messages of a split where they are, when it parts the cause that was split", async () => {
    const eu = [{ name: "tenant", value: "eu" }];
    await take([typed("OrderPlaced"), typed("OrderPaid", eu), typed("OrderPlaced", eu), typed("OrderLost")]);
    const { id } = await one("said something once");
    await makeCauseRule(context, {
      queue: queue.id,
      cause: id,
      field: "property",
      property: "tenant",
      operator: "equals",
      pattern: "eu",
      title: "Europe",
    });
    await settle();
    const split = (await causes()).find((cause) => cause.work.ruleId !== null);
    await change(split?.id ?? "", { version: split?.work.version, state: "acknowledged", ownerId: actor.id });
    await madeByVersion2(id);
    await settle();
    const counts = (await causes()).map(({ id, signature, count, work }) =>
      work.ruleId === null ? [signature, count] : [id, count, work.state],
    );
    const expected = [
      [split?.id, 2, "acknowledged"],
      ["type OrderPlaced", 1],
      ["type OrderLost", 1],
    ];
    expect(counts).toHaveLength(expected.length);
    expect(counts).toEqual(expect.arrayContaining(expected));
    await take([{ ...typed("OrderPaid", eu), description: "" }]);
    expect((await causes()).find((cause) => cause.id === split?.id)?.count).toBe(3);
  });

  it("a split knows all parts of its messages before any is moved: what is taken in during a long pass ends in it as well", async () => {
    const eu = [{ name: "tenant", value: "eu" }];
    const many = Array.from({ length: 2_500 }, () => typed("OrderPlaced", eu));
    // Of its last message a pass of several batches learns at its end.
    await take([typed("OrderPlaced"), ...many, typed("OrderPaid", eu)]);
    const { id } = await one("said something once");
    await makeCauseRule(context, {
      queue: queue.id,
      cause: id,
      field: "property",
      property: "tenant",
      operator: "equals",
      pattern: "eu",
      title: "Europe",
    });
    await settle();
    await madeByVersion2(id);
    const standing = () =>
      database.query<{ split: boolean; count: number }>(
        `SELECT c.rule_id IS NOT NULL AS split, count(*)::int FROM dead_letter d JOIN cause c ON c.id = d.cause_id
         WHERE d.queue_id = $1 GROUP BY 1 ORDER BY 1`,
        [queue.id],
      );
    const tenMinutes = async () => {
      await database.query(
        "UPDATE regrouping SET started_at = started_at - interval '10 min' WHERE finished_at IS NULL",
      );
      await database.query(
        "UPDATE dead_letter SET first_seen_at = first_seen_at - interval '10 min' WHERE queue_id = $1",
        [queue.id],
      );
    };
    let came = 0;
    while (await regroupMessages(context)) {
      await tenMinutes();
      if (came === 3) continue;
      await take([{ ...typed("OrderPaid", eu), description: "" }]);
      came += 1;
    }
    expect(came).toBe(3);
    expect(await standing()).toEqual([
      { split: false, count: 1 },
      { split: true, count: 2_501 + came },
    ]);
  });
});
