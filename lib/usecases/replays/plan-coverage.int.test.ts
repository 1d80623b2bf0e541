import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { planReplay as planReplayBody } from "@/lib/contracts/replays";
import { makePerson, makeQueue } from "@/lib/testing/dead-letter-factory";
import { madeConfig } from "@/lib/testing/made-config";
import { indexAll, makeSearchable } from "@/lib/testing/searchable-messages";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { planReplay } from "./plan-replay";

const database = await testDatabase();
const store = testStore(database);
const actor = await makePerson(database);
const config = madeConfig();

it("a plan of a filter says how many messages were not asked, since they are not indexed yet or not wholly", async () => {
  const queue = await makeQueue(database, { entityPath: `orders-${randomUUID().slice(0, 8)}` });
  await makeSearchable(database, queue, [
    { key: "1", body: '{"a": 1}' },
    { key: "2", notKept: true },
  ]);
  await indexAll(store);
  await makeSearchable(database, queue, [{ key: "3", body: '{"a": 1}' }]);
  const warnings = async (q: string) => {
    const body = planReplayBody.parse({ selection: { kind: "filter", filter: { queue: queue.id, q } }, rate: 1 });
    const { preflight } = await planReplay({ store, actor, config, codecFor }, body);
    return { willSend: preflight.willSend, codes: preflight.warnings.map(({ code }) => code) };
  };
  const asked = await warnings("json.a = 1");
  expect(asked.willSend).toBe(1);
  expect(asked.codes).toEqual(expect.arrayContaining(["not-indexed", "indexed-partly"]));
  const facts = await warnings("size > 0 and key != 1");
  expect(facts.codes).not.toEqual(expect.arrayContaining(["not-indexed"]));
});
