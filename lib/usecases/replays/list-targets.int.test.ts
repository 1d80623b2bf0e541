import { beforeAll, expect, it } from "vitest";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { configFor, emulatorConfig, queueOf, ReplayBench } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { listTargets } from "./list-targets";

const rule = { Name: "eu", Properties: { FilterType: "Sql", SqlFilter: { SqlExpression: "region = 'eu'" } } };
let bench: ReplayBench;

beforeAll(async () => {
  const broker = await testBroker(
    emulatorConfig({
      queues: [
        queueOf("orders"),
        queueOf("orders-inbox", { ForwardTo: "orders" }),
        queueOf("orders-by-customer", { RequiresSession: true, RequiresDuplicateDetection: true }),
        queueOf("hidden_1"),
      ],
      topics: [{ Name: "events", Subscriptions: [{ Name: "billing", Rules: [rule] }, { Name: "audit" }] }],
    }),
  );
  const database = await testDatabase();
  const store = testStore(database);
  // What is not watched can be sent to all the same.
  const config = configFor(broker, database.url, { exclude: ["hidden*", "events/subscriptions/audit"] });
  bench = new ReplayBench({ broker, config, store, actor: await makePerson(database) });
  await bench.index();
  return () => bench.close();
});

const find = async (q: string, limit = 20) =>
  listTargets({ store: bench.store }, { queue: await bench.queueId("orders"), q, limit });

it("offers every queue and topic of the namespace with what matters to a copy, watched or not", async () => {
  const { items, total } = await find("");
  expect(total).toBe(5);
  expect(items.map(({ path, kind }) => [path, kind])).toEqual([
    ["events", "topic"],
    ["hidden_1", "queue"],
    ["orders", "queue"],
    ["orders-by-customer", "queue"],
    ["orders-inbox", "queue"],
  ]);
  expect(items.find(({ path }) => path === "events")?.subscriptions).toEqual(["audit", "billing"]);
  expect(items.find(({ path }) => path === "orders-by-customer")).toMatchObject({
    requiresSession: true,
    duplicateDetection: { enabled: true },
    disabled: false,
  });
  expect(items.find(({ path }) => path === "orders-inbox")).toMatchObject({ forwardTo: "orders" });
});

it("searches by any part of the path, taking its wildcards for letters, and says how many there are", async () => {
  expect((await find("INBOX")).items.map(({ path }) => path)).toEqual(["orders-inbox"]);
  expect((await find("hidden_")).items.map(({ path }) => path)).toEqual(["hidden_1"]);
  expect((await find("%")).items).toEqual([]);
  expect(await find("orders", 2)).toMatchObject({
    total: 3,
    items: [{ path: "orders" }, { path: "orders-by-customer" }],
  });
  await expect(listTargets({ store: bench.store }, { queue: 999_999, q: "", limit: 5 })).rejects.toMatchObject({
    code: "not-found",
  });
});
