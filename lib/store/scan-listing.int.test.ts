import { randomUUID } from "node:crypto";
import { beforeEach, expect, it } from "vitest";
import { makeDeadLetters } from "@/lib/testing/dead-letter-factory";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import type { ListedQueue } from "./ports/scans";

/** An entity that forwards has a transfer dead-letter queue; what lies in it is there also when the forwarding has been taken off. */
const database = await testDatabase();
const store = testStore(database);
let namespace: string;
const listed = (subQueue: ListedQueue["subQueue"]): ListedQueue => ({
  entityPath: "orders",
  entityKind: "queue",
  subQueue,
  originPath: "orders",
  settings: null,
  rules: null,
});
const BOTH = [listed("dead-letter"), listed("transfer-dead-letter")];
const OWN = [listed("dead-letter")];

beforeEach(async () => {
  namespace = `ns-${randomUUID()}`;
  await store.scans.syncNamespaces([{ name: namespace, broker: "service-bus" }]);
  await store.scans.recordListing(namespace, BOTH);
});

async function transferQueue() {
  const [queue] = await database.query<{ id: number; namespace_id: number; vanished: boolean }>(
    `SELECT q.id, q.namespace_id, q.vanished_at IS NOT NULL AS vanished FROM queue q JOIN namespace n ON n.id = q.namespace_id
     WHERE n.name = $1 AND q.sub_queue = 'transfer-dead-letter'`,
    [namespace],
  );
  if (queue === undefined) throw new Error("it was not listed");
  return queue;
}
const vanishes = async (queues: readonly ListedQueue[]) =>
  (await store.scans.recordListing(namespace, queues)).map(({ change }) => change);

it("vanishes with the forwarding when it is empty", async () => {
  expect(await vanishes(OWN)).toEqual(["vanished"]);
});

it("stays while messages of it are known, and vanishes when they have left", async () => {
  const { id, namespace_id } = await transferQueue();
  const [message] = await makeDeadLetters(
    database,
    { id, namespaceId: namespace_id, namespace, entityPath: "orders" },
    [{ key: "1" }],
  );
  expect(await vanishes(OWN)).toEqual([]);
  expect((await transferQueue()).vanished).toBe(false);
  await database.query("UPDATE dead_letter SET left_at = now(), left_how = 'removed' WHERE id = $1", [message]);
  expect(await vanishes(OWN)).toEqual(["vanished"]);
});

it("stays while the broker counts messages in it that were not read yet", async () => {
  await database.query("UPDATE queue SET count = 3 WHERE id = $1", [(await transferQueue()).id]);
  expect(await vanishes(OWN)).toEqual([]);
});

it("goes with its entity, whatever it held", async () => {
  await database.query("UPDATE queue SET count = 3 WHERE id = $1", [(await transferQueue()).id]);
  expect(await vanishes([])).toEqual(["vanished", "vanished"]);
});
