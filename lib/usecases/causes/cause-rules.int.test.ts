import { beforeEach, describe, expect, it } from "vitest";
import type { NewCauseRule } from "@/lib/contracts/causes";
import { causeBench } from "@/lib/testing/cause-bench";
import { type MadeQueue, makeQueue } from "@/lib/testing/dead-letter-factory";
import { getQueue } from "../queues/get-queue";
import { endCauseRule } from "./end-cause-rule";
import { getCause } from "./get-cause";
import { listCauseRules } from "./list-cause-rules";
import { makeCauseRule } from "./make-cause-rule";
import { previewCauseRule } from "./preview-cause-rule";
import { regroupMessages } from "./regroup-messages";

const { database, store, context, newQueue, take, causes, shown, one, events, settle } = await causeBench();

let queue: MadeQueue;
beforeEach(async () => {
  queue = await newQueue();
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
    const other = await makeQueue(database, { entityPath: `mail-${queue.id}` });
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
