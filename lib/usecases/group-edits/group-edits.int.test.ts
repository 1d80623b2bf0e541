import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { saveEdit as saveEditBody } from "@/lib/contracts/dead-letters";
import type { GroupChange } from "@/lib/contracts/group-edits";
import type { MadeQueue } from "@/lib/testing/dead-letter-factory";
import { all, groupEditBench, MESSAGES, TO_EUR } from "@/lib/testing/group-edit-bench";
import { makeSearchable } from "@/lib/testing/searchable-messages";
import { saveEdit } from "../edits/save-edit";
import { withdrawEdit } from "../edits/withdraw-edit";
import { cancelGroupEdit } from "./cancel-group-edit";
import { getGroupEdit } from "./get-group-edit";
import { showSamples } from "./show-samples";
import { workGroupEdits } from "./work-group-edits";

const { database, store, actor, signal, warned, log, someQueue, begin, work, retryIn, tried, save, bodyOf, events } =
  await groupEditBench();
const text = (name: string, value: string) => ({ name, type: "string", value });

describe("a change of many messages", () => {
  it("is tried on every message of the filter, and saves nothing by that", async () => {
    const queue = await someQueue();
    const view = await tried(all(queue), TO_EUR);
    expect(view).toMatchObject({
      state: "tried",
      total: 6,
      tried: 6,
      changes: 1,
      same: 1,
      saved: 0,
      createdBy: actor.name,
    });
    expect(view.refusals.map(({ why }) => why).toSorted()).toEqual([
      "its body is compressed",
      "its body is no JSON",
      "order.currency: the object that it would stand in is not there",
      "the console keeps no copy of it",
    ]);
    for (const id of queue.ids) expect(await store.edits.current(id)).toBeNull();
  });

  it("saves a correction of each message that it changes, every other character as it came, each with its event (R7)", async () => {
    const queue = await someQueue();
    const { id } = await tried(all(queue), {
      ...TO_EUR,
      properties: [{ name: "fixed", set: { type: "string", value: "yes" } }],
    });
    await save(id);
    await work();
    expect(await getGroupEdit({ store }, { id })).toMatchObject({
      state: "saved",
      saved: 2,
      reason: "the shop sent EU",
    });
    const [first = "", second = ""] = queue.ids;
    expect(await bodyOf(first)).toBe('{"order": {"currency": "EUR", "total": 12345678901234567890.10}}');
    expect(await bodyOf(second)).toBeNull();
    expect((await store.edits.current(second))?.properties).toEqual([
      { name: "fixed", set: { type: "string", value: "yes" } },
    ]);
    const [event] = await events("edit.saved", first);
    expect(event).toMatchObject({ actor_name: "Sam Saver", detail: { version: 1, groupEdit: id } });
    const [group] = await events("group-edit.saved", id);
    expect(group).toMatchObject({ actor_name: "Sam Saver", reason: "the shop sent EU", detail: { messages: 2 } });
    expect(JSON.stringify([event, group, await events("group-edit.tried", id)])).not.toMatch(/EUR|yes/);
  });

  it("R7: no event, no correction: a batch is one transaction, and is done again", async () => {
    const queue = await someQueue();
    const { id } = await tried(all(queue), TO_EUR);
    await save(id);
    await database.query("ALTER TABLE audit_event ADD CONSTRAINT none CHECK (action <> 'edit.saved') NOT VALID");
    const worker = randomUUID();
    await work(worker);
    await database.query("ALTER TABLE audit_event DROP CONSTRAINT none");
    expect(JSON.stringify(warned.at(-1))).toContain("none");
    expect(await bodyOf(queue.ids[0] ?? "")).toBeNull();
    const failed = await getGroupEdit({ store }, { id });
    expect(failed).toMatchObject({ state: "saving", saved: 0, fault: { times: expect.any(Number) } });
    await retryIn(id, "-1 second");
    await work(worker);
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "saved", saved: 1 });
  });

  it("passes over what came in between: another correction, a replay, a message that left", async () => {
    const four = ["1", "2", "3", "4"].map((key) => ({ ...MESSAGES[0], key }));
    const queue = await someQueue(four);
    const [one = "", two = "", three = "", rest = ""] = queue.ids;
    const { id } = await tried(all(queue), TO_EUR);
    const body = { baseVersion: 0, body: { encoding: "text", content: "{}" }, properties: [] };
    await saveEdit({ store, actor, codecFor }, { id: one, ...saveEditBody.parse(body) });
    await claim(queue, two);
    await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = $1", [three]);
    await save(id);
    await work();
    const view = await getGroupEdit({ store }, { id });
    expect(view).toMatchObject({ state: "saved", saved: 1 });
    expect(view.passedOver.map(({ why }) => why).toSorted()).toEqual([
      "it has left its dead-letter queue",
      "it is part of a replay that has not ended",
      "it was corrected in the meantime",
    ]);
    expect(await bodyOf(one)).toBe("{}");
    expect(await bodyOf(rest)).toContain('"EUR"');
  });

  it("is made upon a correction that is there, and takes properties back to what they were", async () => {
    const queue = await someQueue([{ ...MESSAGES[0], key: "1" }]);
    const [only = ""] = queue.ids;
    const first = await tried(all(queue), {
      ...TO_EUR,
      properties: [{ name: "fixed", set: { type: "int", value: "1" } }],
    });
    await save(first.id);
    await work();
    const second = await tried(all(queue), {
      body: [{ path: "order.total", remove: true }],
      properties: [{ name: "fixed", remove: true }],
    });
    await save(second.id);
    await work();
    expect(await store.edits.current(only)).toMatchObject({ version: 2, properties: [] });
    expect(await bodyOf(only)).toBe('{"order": {"currency": "EUR"}}');
    await withdrawEdit({ store, actor }, { id: only, version: 2 });
    expect(await tried(all(queue), TO_EUR)).toMatchObject({ changes: 1 });
  });

  it("keeps to the messages that it was tried on, whatever fits the filter later", async () => {
    const queue = await someQueue([{ ...MESSAGES[0], key: "1" }]);
    const { id } = await tried(all(queue), TO_EUR);
    await makeSearchable(database, queue, [{ ...MESSAGES[0], key: "2" }]);
    await save(id);
    await work();
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ total: 1, saved: 1 });
  });

  it("two workers do not do one twice; one that another worker left is taken up after its lease", async () => {
    const many = Array.from({ length: 60 }, (_, n) => ({ ...MESSAGES[0], key: String(n + 1) }));
    const queue = await someQueue(many);
    const id = await begin(all(queue), TO_EUR);
    expect(await store.groupEdits.claim(randomUUID(), 30)).toBe(id);
    await work();
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "trying", tried: 0 });
    const lapse = () =>
      database.query("UPDATE group_edit SET lease_until = now() - interval '1 s' WHERE id = $1", [id]);
    await lapse();
    const [slow, quick] = [randomUUID(), randomUUID()];
    expect(await store.groupEdits.claim(slow, 30)).toBe(id);
    await lapse();
    expect(await store.groupEdits.claim(quick, 30)).toBe(id);
    expect(await store.groupEdits.hold(id, slow, 30), "whoever was away too long does no batch of it").toBeNull();
    expect(await store.groupEdits.hold(id, quick, 30)).not.toBeNull();
    await lapse();
    await Promise.all([work(), work()]);
    await save(id);
    await Promise.all([work(), work()]);
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "saved", saved: 60 });
    const versions = await database.query(
      "SELECT 1 FROM edit e JOIN dead_letter d ON d.id = e.dead_letter_id WHERE d.queue_id = $1",
      [queue.id],
    );
    expect(versions).toHaveLength(60);
  });

  it("a batch takes no further message when its time is over: large ones would outlast its transaction", async () => {
    const many = Array.from({ length: 5 }, (_, n) => ({ ...MESSAGES[0], key: String(n + 1) }));
    const id = await begin(all(await someQueue(many)), TO_EUR);
    const workerId = randomUUID();
    const oneBatch = () => {
      const stop = new AbortController();
      const stopping = (broker: string) => {
        stop.abort();
        return codecFor(broker);
      };
      return workGroupEdits({ store, workerId, codecFor: stopping, log, signal: stop.signal, batchMs: 0 });
    };
    await oneBatch();
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "trying", tried: 1 });
    while (await workGroupEdits({ store, workerId, codecFor, log, signal, batchMs: 0 }));
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "tried", changes: 5 });
    await save(id);
    await oneBatch();
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "saving", saved: 1 });
    while (await workGroupEdits({ store, workerId, codecFor, log, signal, batchMs: 0 }));
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "saved", saved: 5 });
  });

  it("is cancelled before it is saved, and then saves nothing more", async () => {
    const queue = await someQueue();
    const { id } = await tried(all(queue), TO_EUR);
    await save(id);
    await cancelGroupEdit({ store, actor }, { id });
    await work();
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "cancelled", saved: 0 });
    await expect(save(id)).rejects.toMatchObject({ code: "state-changed" });
    expect(await events("group-edit.cancelled", id)).toHaveLength(1);
  });

  it("shows samples before and after, each look an event", async () => {
    const queue = await someQueue();
    const { id } = await tried(all(queue), TO_EUR);
    const { samples } = await showSamples({ store, actor, codecFor }, { id });
    expect(samples).toEqual([
      {
        deadLetterId: queue.ids[0],
        key: "1",
        before: MESSAGES[0]?.body,
        after: String(MESSAGES[0]?.body).replace('"EU"', '"EUR"'),
      },
    ]);
    expect(await events("payload.viewed", queue.ids[0] ?? "")).toHaveLength(1);
  });

  it.each<[string, GroupChange, string]>([
    ["a value that is no JSON", { body: [{ path: "a", set: "EUR" }], properties: [] }, "invalid-input"],
    [
      "one property twice",
      { body: [], properties: [text("a", "1"), text("a", "2")].map(({ name, ...set }) => ({ name, set })) },
      "invalid-input",
    ],
  ])("is refused with %s", async (_, change, code) => {
    const queue = await someQueue([{ key: "1" }]);
    await expect(begin(all(queue), change)).rejects.toMatchObject({ code });
  });

  it("leaves bodies alone that one could not look at whole", async () => {
    const queue = await someQueue([{ key: "1", body: `{"order": {"note": "${"x".repeat(2_200_000)}"}}` }]);
    expect((await tried(all(queue), TO_EUR)).refusals).toEqual([
      { why: "its body is larger than what can be edited here", count: 1 },
    ]);
  });

  it("is refused of nothing, and of a queue that is not there", async () => {
    const queue = await someQueue([{ key: "1" }]);
    await expect(begin({ kind: "dead-letters", queue: queue.id, ids: ["999999"] }, TO_EUR)).rejects.toMatchObject({
      code: "unprocessable",
    });
    await expect(begin({ kind: "filter", filter: { queue: 999_999 } }, TO_EUR)).rejects.toMatchObject({
      code: "not-found",
    });
  });

  it("tells what a type cannot hold before anything is saved", async () => {
    const queue = await someQueue([{ ...MESSAGES[0], key: "1" }]);
    const change = { body: [], properties: [{ name: "n", set: { type: "int", value: "2147483648" } }] };
    expect((await tried(all(queue), change)).refusals).toEqual([
      { why: expect.stringContaining("cannot be sent"), count: 1 },
    ]);
  });
});

async function claim(queue: MadeQueue, deadLetter: string): Promise<void> {
  const replay = randomUUID();
  await database.query(
    `INSERT INTO replay (id, namespace_id, queue_id, target_path, state, selection, plan_hash, preflight, rate, burst,
       message_id_policy, doubt_policy, total, created_by)
     VALUES ($4, $1, $2, 'orders', 'planned', '{}', '', '{}', 1, 1, 'new', 'hold', 1, $3)`,
    [queue.namespaceId, queue.id, actor.id, replay],
  );
  await database.query(
    `INSERT INTO replay_item (id, replay_id, ordinal, dead_letter_id, key, position, enqueued_at, content_hash, state)
     SELECT gen_random_uuid(), $1, 1, id, key, position, enqueued_at, content_hash, 'planned' FROM dead_letter WHERE id = $2`,
    [replay, deadLetter],
  );
}
