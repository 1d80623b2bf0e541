import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { all, groupEditBench, TO_EUR } from "@/lib/testing/group-edit-bench";
import { cancelGroupEdit } from "./cancel-group-edit";
import { getGroupEdit } from "./get-group-edit";
import { workGroupEdits } from "./work-group-edits";

const { database, store, actor, signal, warned, log, someQueue, begin, work, retryIn, tried, save, bodyOf, events } =
  await groupEditBench();

describe("a change of many messages", () => {
  it("says that the worker fails at it, is tried again later and later, and holds up no other", async () => {
    const id = await begin(all(await someQueue()), TO_EUR);
    const fails = async (name: string) =>
      database.query(
        `ALTER TABLE group_edit_item ADD CONSTRAINT ${name} CHECK (group_edit_id <> '${id}' OR outcome IS NULL) NOT VALID`,
      );
    await fails("broken");
    const { id: next } = await tried(all(await someQueue()), TO_EUR);
    expect(await getGroupEdit({ store }, { id: next })).toMatchObject({ state: "tried", changes: 1, fault: null });
    const { fault } = await getGroupEdit({ store }, { id });
    expect(fault?.words).toMatch(/^Something failed .* The worker's log has the details/);
    expect(warned).toContainEqual(expect.objectContaining({ groupEdit: id }));

    await retryIn(id, "1 hour");
    await work();
    expect((await getGroupEdit({ store }, { id })).fault?.times, "before its time it is left alone").toBe(fault?.times);
    await database.query("UPDATE group_edit SET failures = 40 WHERE id = $1", [id]);
    await retryIn(id, "-1 second");
    await work();
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "trying", tried: 0, fault: { times: 41 } });
    const [row] = await database.query<{ soon: boolean; late: boolean }>(
      `SELECT retry_at <= clock_timestamp() + interval '1 minute' AS soon, retry_at > created_at + interval '50 seconds' AS late
       FROM group_edit WHERE id = $1`,
      [id],
    );
    expect(row, "a minute at most").toEqual({ soon: true, late: true });

    await database.query("ALTER TABLE group_edit_item DROP CONSTRAINT broken");
    await retryIn(id, "-1 second");
    await work();
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "tried", changes: 1, fault: null });
  });

  describe("at one message of which the worker fails", () => {
    const three = ["1", "2", "3"].map((key) => ({
      key,
      body: `{"order": {"currency": "EU", "number": ${key}}}`,
      contentType: "application/json",
    }));
    /** Until the worker has nothing more to do, each time that it is taken up again. */
    const workAgain = async (id: string, codecs = codecFor) => {
      for (let rounds = 0; rounds < 20; rounds += 1) {
        while (await workGroupEdits({ store, workerId: randomUUID(), codecFor: codecs, log, signal }));
        const view = await getGroupEdit({ store }, { id });
        if (view.fault === null) return view;
        await retryIn(id, "-1 second");
      }
      return getGroupEdit({ store }, { id });
    };
    /** Fails at these messages, as a fault in our code would. */
    const failingAt = async (...ids: string[]): Promise<typeof codecFor> => {
      const contents = await Promise.all(ids.map((id) => store.deadLetters.content(id)));
      const poison = contents.map((content) => content?.encoded as Uint8Array);
      return (broker) => {
        const codec = codecFor(broker);
        return {
          ...codec,
          view: (encoded) => {
            if (poison.some((bytes) => Buffer.compare(encoded, bytes) === 0)) throw new TypeError("a fault of ours");
            return codec.view(encoded);
          },
        };
      };
    };

    it("leaves it out when it is tried, names it, and goes on with the others", async () => {
      const queue = await someQueue(three);
      const id = await begin(all(queue), TO_EUR);
      const view = await workAgain(id, await failingAt(queue.ids[1] ?? ""));
      const failed = { count: 1, first: [{ deadLetterId: queue.ids[1], key: "2" }] };
      expect(view).toMatchObject({ state: "tried", tried: 3, changes: 2, failed, fault: null });
      expect(warned.at(-1)).toMatchObject({ groupEdit: id, deadLetter: queue.ids[1] });
      await save(id);
      expect(await workAgain(id)).toMatchObject({ state: "saved", saved: 2, failed });
      expect(await store.edits.current(queue.ids[1] ?? "")).toBeNull();
    });

    it("R7: leaves it out when it is saved, without correction and without event, and saves the others with theirs", async () => {
      const queue = await someQueue(three);
      const [first = "", second = "", third = ""] = queue.ids;
      const { id } = await tried(all(queue), TO_EUR);
      await save(id);
      await database.query(`ALTER TABLE edit ADD CONSTRAINT poison CHECK (dead_letter_id <> ${first}) NOT VALID`);
      const view = await workAgain(id);
      await database.query("ALTER TABLE edit DROP CONSTRAINT poison");
      expect(view).toMatchObject({ state: "saved", saved: 2, fault: null });
      expect(view.failed).toEqual({ count: 1, first: [{ deadLetterId: first, key: "1" }] });
      expect(await store.edits.current(first)).toBeNull();
      expect(await events("edit.saved", first)).toHaveLength(0);
      for (const other of [second, third]) {
        expect(await bodyOf(other)).toContain('"EUR"');
        expect(await events("edit.saved", other)).toHaveLength(1);
      }
    });

    it("leaves it out after some tries where no other is left to go on with", async () => {
      const queue = await someQueue(three.slice(0, 1));
      const id = await begin(all(queue), TO_EUR);
      const codecs = await failingAt(queue.ids[0] ?? "");
      const once = () => workGroupEdits({ store, workerId: randomUUID(), codecFor: codecs, log, signal });
      for (let time = 1; time <= 5; time += 1) {
        await once();
        expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "trying", fault: { times: time } });
        await retryIn(id, "-1 second");
      }
      expect(await workAgain(id, codecs)).toMatchObject({ state: "tried", tried: 1, changes: 0, failed: { count: 1 } });
    });

    it("leaves several out after many tries where no other is left and others got through before", async () => {
      const queue = await someQueue(three);
      const id = await begin(all(queue), TO_EUR);
      const codecs = await failingAt(...queue.ids.slice(1));
      // One message a batch: the first is through before the others fail.
      const once = () => workGroupEdits({ store, workerId: randomUUID(), codecFor: codecs, log, signal, batchMs: 0 });
      for (let time = 1; time <= 15; time += 1) {
        await once();
        expect(await getGroupEdit({ store }, { id })).toMatchObject({ tried: 1, fault: { times: time } });
        await retryIn(id, "-1 second");
      }
      expect(await workAgain(id, codecs)).toMatchObject({ state: "tried", tried: 3, changes: 1, failed: { count: 2 } });
    });

    it("looks past as many as are worked on at a time for one that gets through, after many tries", async () => {
      const many = Array.from({ length: 102 }, (_, n) => ({
        ...three[0],
        key: String(n + 1),
        body: `{"number": ${n}}`,
      }));
      const queue = await someQueue(many);
      const id = await begin(all(queue), TO_EUR);
      const codecs = await failingAt(...queue.ids.slice(0, 101));
      await workGroupEdits({ store, workerId: randomUUID(), codecFor: codecs, log, signal });
      expect(await getGroupEdit({ store }, { id })).toMatchObject({ tried: 0, fault: { times: 1 } });
      await database.query("UPDATE group_edit SET failures = 15 WHERE id = $1", [id]);
      await retryIn(id, "-1 second");
      expect(await workAgain(id, codecs)).toMatchObject({ state: "tried", tried: 102, failed: { count: 101 } });
    });

    it("leaves none out while it fails at all of them: they are as good as each other", async () => {
      const queue = await someQueue(three);
      const { id } = await tried(all(queue), TO_EUR);
      await save(id);
      await database.query("ALTER TABLE audit_event ADD CONSTRAINT none CHECK (action <> 'edit.saved') NOT VALID");
      const failed = await workAgain(id);
      await database.query("ALTER TABLE audit_event DROP CONSTRAINT none");
      expect(failed).toMatchObject({ state: "saving", saved: 0, failed: { count: 0 } });
      expect(failed.fault?.times, "far more often than where it is the last one").toBeGreaterThanOrEqual(20);
      expect(await workAgain(id)).toMatchObject({ state: "saved", saved: 3, failed: { count: 0 } });
    });
  });

  it("that the worker fails at can be cancelled", async () => {
    const id = await begin(all(await someQueue()), TO_EUR);
    const broken = () => {
      throw new Error("the codec is broken");
    };
    while (await workGroupEdits({ store, workerId: randomUUID(), codecFor: broken, log, signal }));
    expect((await getGroupEdit({ store }, { id })).fault).not.toBeNull();
    await cancelGroupEdit({ store, actor }, { id });
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ state: "cancelled", fault: null });
  });
});
