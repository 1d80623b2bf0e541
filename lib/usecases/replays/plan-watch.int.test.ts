import { beforeAll, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { codecFor } from "@/lib/brokers/codecs";
import { type PlanReplay, planReplay as planBody } from "@/lib/contracts/replays";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { ALL_MESSAGES, configFor, emulatorConfig, queueOf, ReplayBench } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { cancelReplay } from "./cancel-replay";
import { planReplay } from "./plan-replay";

let bench: ReplayBench;

beforeAll(async () => {
  const broker = await testBroker(
    emulatorConfig({
      queues: [
        queueOf("orders"),
        queueOf("repair"),
        queueOf("hidden_1"),
        queueOf("inbox", { ForwardTo: "hidden_1" }),
        queueOf("outbox", { ForwardTo: "repair" }),
        queueOf("collected"),
        queueOf("swallowed"),
      ],
      topics: [
        { Name: "events", Subscriptions: ["billing", "audit"].map((Name) => ({ Name, Rules: [ALL_MESSAGES] })) },
        {
          Name: "relay",
          Subscriptions: [
            { Name: "on", Rules: [ALL_MESSAGES], Properties: { ForwardTo: "hidden_1" } },
            { Name: "back", Rules: [ALL_MESSAGES], Properties: { ForwardTo: "repair" } },
          ],
        },
      ],
    }),
  );
  const database = await testDatabase();
  const config = configFor(broker, database.url, { exclude: ["hidden*", "events/subscriptions/audit"] });
  bench = new ReplayBench({ broker, config, store: testStore(database), actor: await makePerson(database) });
  await bench.seed("orders", [
    { properties: messageProperties({ messageId: amqpString("m") }), body: [dataBody("{}")] },
  ]);
  await bench.index();
  // As if they forwarded their dead letters: such a dead-letter queue cannot be read, which ends a round of scans.
  await database.query(
    `UPDATE queue SET settings = settings || jsonb_build_object(
       'forwardDeadLettersTo', CASE entity_path WHEN 'collected' THEN 'Repair' ELSE 'hidden_1' END)
     WHERE entity_path IN ('collected', 'swallowed')`,
  );
  await database.query(
    `INSERT INTO queue (namespace_id, entity_path, entity_kind, sub_queue, origin_path)
     SELECT namespace_id, 'repair', 'queue', 'forwarded', 'collected' FROM queue WHERE entity_path = 'collected'`,
  );
  return () => bench.close();
});

/** What the plan says of what is seen, given up again: whether anything is, what of it is not, and whether the canary is blind. */
async function watchedInto(targetPath: string | null, given: Partial<PlanReplay> = {}) {
  const queue = await bench.queueId("orders");
  const { store, actor, config } = bench;
  const ramp = { canary: { count: 1, waitSeconds: null }, steps: [] };
  const body = planBody.parse({ selection: { kind: "filter", filter: { queue } }, rate: 20, targetPath, ramp });
  const { id, preflight } = await planReplay({ store, actor, config, codecFor }, { ...body, ...given });
  await cancelReplay({ store, actor }, { id });
  const text = (code: string) => preflight.warnings.find((warning) => warning.code === code)?.text;
  return {
    sees: preflight.seesReturns,
    unread: /dead letters of (.*?):/.exec(text("unwatched") ?? "")?.[1] ?? null,
    blind: text("blind-canary") !== undefined,
  };
}

it.each([
  ["their own queue", null, { sees: true, unread: null, blind: false }],
  ["a queue that nobody watches", "hidden_1", { sees: false, unread: "hidden_1", blind: true }],
  [
    "a topic of which one subscription is watched",
    "events",
    { sees: true, unread: "events/subscriptions/audit", blind: false },
  ],
  ["one that passes them on to what nobody watches", "inbox", { sees: false, unread: "hidden_1", blind: true }],
  ["one that passes them on to a watched one", "outbox", { sees: true, unread: null, blind: false }],
  ["a topic whose subscriptions pass them on", "relay", { sees: true, unread: "hidden_1", blind: false }],
  ["one whose dead letters are forwarded and read there", "collected", { sees: true, unread: null, blind: false }],
  ["one whose dead letters go where nobody reads them", "swallowed", { sees: false, unread: "swallowed", blind: true }],
])("R11: a plan into %s says what is not seen of copies that come back", async (_, targetPath, expected) => {
  expect(await watchedInto(targetPath)).toEqual(expected);
});

it("R11: a plan to one subscription is told of that one alone", async () => {
  const routed = (routeTo: string) => watchedInto("events", { routeTo });
  expect(await routed("billing")).toEqual({ sees: true, unread: null, blind: false });
  expect(await routed("audit")).toEqual({ sees: false, unread: "events/subscriptions/audit", blind: true });
});
