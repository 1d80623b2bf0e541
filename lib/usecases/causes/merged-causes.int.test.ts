import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { arrangeCauses, causesState } from "@/components/causes/cause-order";
import { codecFor } from "@/lib/brokers/codecs";
import { deadLetterQuery } from "@/lib/contracts/dead-letters";
import { exportQuery } from "@/lib/contracts/exports";
import { type MadeQueue, makeDeadLetters, makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { indexAll } from "@/lib/testing/searchable-messages";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { listDeadLetters } from "../dead-letters/list-dead-letters";
import { exportMessages } from "../exports/export-messages";
import { beginGroupEdit } from "../group-edits/begin-group-edit";
import { getGroupEdit } from "../group-edits/get-group-edit";
import { getQueue } from "../queues/get-queue";
import { compareMessages } from "../search/compare-messages";
import { getCause } from "./get-cause";
import { mergeCause } from "./merge-cause";

/** A cause stands for those that are merged into it: in its figures, and in everything that begins with its filter. */
const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database);
let queue: MadeQueue;
let alpha: string;
let beta: string;

beforeEach(async () => {
  queue = await makeQueue(database, { entityPath: `orders-${randomUUID().slice(0, 8)}` });
  await makeDeadLetters(database, queue, [
    { key: "1", reason: "Alpha" },
    { key: "2", reason: "Beta" },
    { key: "3", reason: "Beta" },
    { key: "4", reason: "Gamma" },
  ]);
  await indexAll(store);
  const causes = await database.query<{ id: string; reason: string }>(
    "SELECT id::text, reason FROM cause WHERE queue_id = $1",
    [queue.id],
  );
  const idOf = (reason: string) => causes.find((cause) => cause.reason === reason)?.id ?? "";
  [alpha, beta] = [idOf("Alpha"), idOf("Beta")];
  await mergeCause({ store, actor }, { id: beta, into: alpha });
});

it("a cause is found by the reasons of all that it shows: a cell of the heatmap leads to it", async () => {
  const { causes, heatmap } = await getQueue({ store, mayReadPayloads: true }, { id: queue.id });
  expect(causes.map(({ reason, otherReasons, count }) => [reason, otherReasons, count])).toEqual([
    ["Alpha", ["Beta"], 3],
    ["Gamma", [], 1],
  ]);
  for (const { reason } of heatmap) {
    const found = arrangeCauses(causes, causesState.parse({ reason }));
    expect(found, reason).toHaveLength(1);
  }
});

describe.each([
  ["the cause that shows them", () => alpha],
  ["one that is shown as it", () => beta],
])("a filter by %s", (_, cause) => {
  const filter = () => ({ queue: queue.id, cause: cause() });

  it("lists and counts what the cause's page counts", async () => {
    const { cause: shown } = await getCause({ store, mayReadPayloads: true }, { id: cause() });
    expect(shown).toMatchObject({ id: alpha, count: 3 });
    for (const q of ["", "size > 0"]) {
      const page = await listDeadLetters({ store, mayReadPayloads: true }, deadLetterQuery.parse({ ...filter(), q }));
      expect(page.items.map(({ key }) => key).toSorted()).toEqual(["1", "2", "3"]);
      expect(page).toMatchObject({ total: 3, totalIs: "exact" });
    }
  });

  it("is what a replay, an edit, an export and a comparison begin with", async () => {
    const selection = { kind: "filter" as const, filter: filter() };
    expect((await store.replays.selectionFacts(selection, 0)).total).toBe(3);
    const change = { body: [], properties: [{ name: "a", remove: true as const }] };
    const { id } = await beginGroupEdit({ store, actor }, { selection, change });
    expect(await getGroupEdit({ store }, { id })).toMatchObject({ total: 3 });
    const context = { store, actor, mayReadPayloads: true, codecFor };
    expect((await exportMessages(context, exportQuery.parse(filter()))).messages).toBe(3);
    const compared = await compareMessages(context, filter());
    expect(compared).toMatchObject({ correlation: { total: 3 }, payloads: { inside: 3, outside: 1 } });
  });
});
