import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { codecFor } from "@/lib/brokers/codecs";
import type { GroupChange, GroupEditSelection } from "@/lib/contracts/group-edits";
import { beginGroupEdit } from "@/lib/usecases/group-edits/begin-group-edit";
import { getGroupEdit } from "@/lib/usecases/group-edits/get-group-edit";
import { saveGroupEdit } from "@/lib/usecases/group-edits/save-group-edit";
import { workGroupEdits } from "@/lib/usecases/group-edits/work-group-edits";
import { type MadeQueue, makePerson, makeQueue } from "./dead-letter-factory";
import { type GivenSearchable, indexAll, makeSearchable } from "./searchable-messages";
import { testDatabase, testStore } from "./test-database";

/** Of these `TO_EUR` changes the first alone: one has it already, and each of the others cannot be changed, for a reason of its own. */
export const MESSAGES: readonly GivenSearchable[] = [
  {
    key: "1",
    body: '{"order": {"currency": "EU", "total": 12345678901234567890.10}}',
    contentType: "application/json",
  },
  { key: "2", body: '{"order": {"currency": "EUR"}}', contentType: "application/json" },
  { key: "3", body: '{"customer": 1}', contentType: "application/json" },
  { key: "4", body: "no json", contentType: "text/plain" },
  { key: "5", body: gzipSync('{"order": {}}'), contentEncoding: "gzip" },
  { key: "6", notKept: true },
];
export const TO_EUR: GroupChange = { body: [{ path: "order.currency", set: '"EUR"' }], properties: [] };

export const all = (queue: MadeQueue): GroupEditSelection => ({ kind: "filter", filter: { queue: queue.id } });

/** A database with its index, two people, and what they and a worker do with group edits. */
export async function groupEditBench() {
  const database = await testDatabase();
  const store = testStore(database);
  const actor = await makePerson(database);
  const saver = await makePerson(database, "Sam Saver");
  const { signal } = new AbortController();
  const warned: object[] = [];
  const log = { warn: (fields: object) => void warned.push(fields) };

  const begin = async (selection: GroupEditSelection, change: GroupChange) =>
    (await beginGroupEdit({ store, actor }, { selection, change })).id;
  const work = async (worker: string = randomUUID()): Promise<void> => {
    while (await workGroupEdits({ store, workerId: worker, codecFor, log, signal }));
  };

  return {
    ...{ database, store, actor, signal, warned, log, begin, work },
    async someQueue(messages = MESSAGES): Promise<MadeQueue & { ids: string[] }> {
      const queue = await makeQueue(database, { entityPath: `orders-${randomUUID().slice(0, 8)}` });
      const ids = await makeSearchable(database, queue, messages);
      await indexAll(store);
      return { ...queue, ids };
    },
    /** When one that the worker failed at is taken up again. */
    retryIn: (id: string, interval: string) =>
      database.query(`UPDATE group_edit SET retry_at = clock_timestamp() + interval '${interval}' WHERE id = $1`, [id]),
    async tried(selection: GroupEditSelection, change: GroupChange) {
      const id = await begin(selection, change);
      await work();
      return getGroupEdit({ store }, { id });
    },
    save: (id: string) => saveGroupEdit({ store, actor: saver }, { id, reason: "the shop sent EU" }),
    async bodyOf(id: string) {
      const edit = await store.edits.current(id);
      return edit?.body == null ? null : Buffer.from(edit.body).toString();
    },
    events: (action: string, id: string) =>
      database.query<{ actor_name: string; reason: string | null; detail: Record<string, unknown> }>(
        "SELECT actor_name, reason, detail FROM audit_event WHERE action = $1 AND subject_id = $2 ORDER BY id",
        [action, id],
      ),
  };
}
