import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { changeCause as changeCauseBody, type NewCauseRule } from "@/lib/contracts/causes";
import { causeDetail, queueDetail } from "@/lib/contracts/queues";
import { causeOf } from "@/lib/domain/cause-rules";
import { type MadeQueue, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { getQueue } from "../queues/get-queue";
import { changeCause } from "./change-cause";
import { commentOnCause } from "./comment-on-cause";
import { endCauseRule } from "./end-cause-rule";
import { getCause } from "./get-cause";
import { listCauseRules } from "./list-cause-rules";
import { makeCauseRule } from "./make-cause-rule";
import { mergeCause } from "./merge-cause";
import { previewCauseRule } from "./preview-cause-rule";
import { readyRules } from "./ready-rules";
import { regroupMessages } from "./regroup-messages";
import { setReasonRunbook } from "./set-reason-runbook";
import { unmergeCause } from "./unmerge-cause";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database);
const context = { store, actor, mayReadPayloads: true };

let queue: MadeQueue;
let made = 0;
beforeEach(async () => {
  queue = await makeQueue(database, { entityPath: `orders-${++made}` });
});

interface Letter {
  readonly reason?: string;
  readonly description?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

let position = 0n;
/** Takes messages into the index as a scan does, with the rules of now. */
async function take(letters: readonly Letter[], of: MadeQueue = queue): Promise<void> {
  const rules = await readyRules(store);
  const taken = letters.map(({ reason = "Failed", description = "it broke", properties = [] }) => {
    const key = String(++position);
    const facts = { reason, description, subject: null, properties };
    return {
      ...facts,
      properties: properties.map((property) => ({ ...property, type: "string" })),
      key,
      position,
      enqueuedAt: new Date(),
      contentHash: createHash("sha256").update(key).digest(),
      messageId: key,
      deliveryCount: 10,
      size: 100,
      bodySize: 10,
      contentType: null,
      correlationId: null,
      sessionId: null,
      partitionKey: null,
      expiresAt: null,
      deadLetterSource: null,
      stampedItem: null,
      cause: causeOf(facts, of.id, rules),
      encoded: null,
    };
  });
  await store.page((tx) => tx.ingest(of.id, 1, taken));
}

const causes = async (of: MadeQueue = queue) => queueDetail.parse(await getQueue(context, { id: of.id })).causes;
const shown = async (of: MadeQueue = queue) =>
  (await causes(of))
    .toSorted((a, b) => b.count - a.count || a.signature.localeCompare(b.signature))
    .map(({ signature, count, work }) => `${work.title ?? signature} ${count}`);
const one = async (signature: string) => {
  const found = (await causes()).find((cause) => cause.signature === signature);
  if (found === undefined) throw new Error(`no cause "${signature}"`);
  return found;
};
const change = (id: string, body: Record<string, unknown>) =>
  changeCause(context, { id, ...changeCauseBody.parse(body) });
const events = (action: string) =>
  database.query<{ reason: string | null; detail: Record<string, unknown>; subject_id: string }>(
    "SELECT reason, detail, subject_id FROM audit_event WHERE action = $1 AND (queue_id = $2 OR queue_id IS NULL) ORDER BY id",
    [action, queue.id],
  );
const settle = async () => {
  await database.query(
    "UPDATE regrouping SET started_at = started_at - interval '10 minutes' WHERE finished_at IS NULL AND pass = 2",
  );
  while (await regroupMessages({ store })) {
    await database.query(
      "UPDATE regrouping SET started_at = started_at - interval '10 minutes' WHERE finished_at IS NULL AND pass = 2",
    );
  }
};

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
    const other = await makeQueue(database, { entityPath: `mail-${made}` });
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
    const other = await makeQueue(database, { entityPath: `mail-${made}` });
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

describe("rules", () => {
  const rule = (more: Partial<NewCauseRule>): NewCauseRule => ({
    queue: queue.id,
    field: "description",
    operator: "contains",
    pattern: "pricing",
    title: "Pricing",
    ...more,
  });

  it("put what is there and what comes to a cause of their own, and back when they end", async () => {
    await take([
      { description: "Pricing says no" },
      { description: "stock says no" },
      { reason: "Other", description: "no pricing" },
    ]);
    const { id } = await makeCauseRule(context, rule({}));
    await settle();
    expect(await shown()).toEqual(["no pricing 2", "stock says no 1"].toSorted());
    await take([{ description: "pricing is away" }]);
    await settle();
    expect((await causes()).map(({ count }) => count)).toEqual([3, 1]);
    const ruled = (await causes())[0];
    expect((await getCause(context, { id: ruled?.id ?? "" })).notes.rule).toMatchObject({
      id,
      title: "Pricing",
      splits: false,
    });
    await endCauseRule(context, { id });
    await settle();
    expect((await shown()).toSorted()).toEqual([
      "Pricing says no 1",
      "no pricing 1",
      "pricing is away 1",
      "stock says no 1",
    ]);
    await expect(endCauseRule(context, { id })).rejects.toMatchObject({ code: "not-found" });
    expect(await events("cause-rule.made")).toHaveLength(1);
    expect(await events("cause-rule.ended")).toHaveLength(1);
  });

  it("keep reasons apart, so that figures by reason stay true", async () => {
    await take([
      { reason: "A", description: "pricing" },
      { reason: "B", description: "pricing" },
    ]);
    await makeCauseRule(context, rule({}));
    await settle();
    expect((await causes()).map(({ count }) => count)).toEqual([2]);
    const { heatmap } = await getQueue(context, { id: queue.id });
    expect(heatmap.map(({ reason, count }) => `${reason} ${count}`).toSorted()).toEqual(["A 1", "B 1"]);
  });

  it("look at a property, by an expression; are of one queue, or of all", async () => {
    const other = await makeQueue(database, { entityPath: `mail-${made}` });
    const letters = [
      { description: "x", properties: [{ name: "tenant", value: "eu-7" }] },
      { description: "x", properties: [{ name: "tenant", value: "us-1" }] },
      { description: "x", properties: [{ name: "region", value: "eu-7" }] },
    ];
    await take(letters);
    await take(letters, other);
    const { id } = await makeCauseRule(
      context,
      rule({ field: "property", property: "tenant", operator: "matches", pattern: "^eu-\\d+$" }),
    );
    await settle();
    expect((await causes()).map(({ count }) => count)).toEqual([2, 1]);
    expect((await causes(other)).map(({ count }) => count)).toEqual([3]);
    await endCauseRule(context, { id });
    const all = await makeCauseRule(
      context,
      rule({ queue: null, field: "property", property: "tenant", operator: "equals", pattern: "us-1" }),
    );
    await settle();
    expect((await causes(other)).map(({ count }) => count)).toEqual([2, 1]);
    expect((await listCauseRules(context, { queue: other.id })).rules.map((listed) => listed.id)).toContain(all.id);
    await endCauseRule(context, all);
    await settle();
  });

  it("split one cause only, and come before the rules that are asked of everything", async () => {
    await take([
      { description: "alpha" },
      { description: "alpha", properties: [{ name: "tenant", value: "eu" }] },
      { description: "beta", properties: [{ name: "tenant", value: "eu" }] },
    ]);
    await makeCauseRule(context, rule({ field: "reason", operator: "equals", pattern: "Failed", title: "everything" }));
    const alpha = await one("alpha");
    await makeCauseRule(
      context,
      rule({
        cause: alpha.id,
        field: "property",
        property: "tenant",
        operator: "equals",
        pattern: "eu",
        title: "split",
      }),
    );
    await settle();
    expect((await causes()).map(({ count, work }) => [count, work.ruleId !== null])).toEqual([
      [2, true],
      [1, true],
    ]);
    const listed = (await listCauseRules(context, { queue: queue.id })).rules;
    expect(listed.map(({ title, splits }) => [title, splits])).toEqual([
      ["everything", false],
      ["split", true],
    ]);
  });

  it("an expression that cannot be read is refused with the place of the fault; a hostile one holds nothing up", async () => {
    await expect(makeCauseRule(context, rule({ operator: "matches", pattern: "a(b" }))).rejects.toMatchObject({
      code: "invalid-input",
      fields: { pattern: expect.stringContaining("missing closing )") },
    });
    await expect(makeCauseRule(context, rule({ operator: "matches", pattern: "(?=x)" }))).rejects.toMatchObject({
      code: "invalid-input",
    });
    await take([{ description: `${"a".repeat(8_000)}!` }]);
    const preview = await previewCauseRule(context, rule({ operator: "matches", pattern: "^(a+)+$" }));
    expect(preview).toMatchObject({ lookedAt: 1, matched: 0 });
  });

  it("are previewed on the real messages, without a trace", async () => {
    await take([
      { description: "pricing alpha" },
      { description: "pricing beta" },
      { description: "pricing beta" },
      { description: "stock" },
    ]);
    const preview = await previewCauseRule(context, rule({}));
    expect(preview).toMatchObject({ messages: 4, lookedAt: 4, matched: 3 });
    expect(preview.causes.map(({ signature, matched }) => [signature, matched])).toEqual([
      ["pricing beta", 2],
      ["pricing alpha", 1],
    ]);
    expect(preview.examples).toHaveLength(3);
    expect((await listCauseRules(context, { queue: queue.id })).rules).toEqual([]);
    expect(await shown()).toEqual(["pricing beta 2", "pricing alpha 1", "stock 1"]);
  });

  it("a second pass finds what a scan with older rules took while the first ran", async () => {
    await take([{ description: "pricing" }]);
    await makeCauseRule(context, rule({}));
    await regroupMessages({ store });
    await regroupMessages({ store });
    // As a scan that read its rules before the rule was made.
    await database.query(
      `INSERT INTO cause (queue_id, reason, signature, signature_version, fingerprint) VALUES ($1, 'Failed', 'pricing late', 1, 'late')`,
      [queue.id],
    );
    await take([{ description: "pricing late" }]);
    await database.query(
      `UPDATE dead_letter SET cause_id = (SELECT id FROM cause WHERE queue_id = $1 AND fingerprint = 'late'), first_seen_at = now() - interval '10 minutes'
       WHERE queue_id = $1 AND description = 'pricing late'`,
      [queue.id],
    );
    expect(await causes()).toHaveLength(2);
    await settle();
    expect((await causes()).map(({ count }) => count)).toEqual([2]);
    expect(await store.causes.regroupings(queue.id)).toEqual([]);
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
});
