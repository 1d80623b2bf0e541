import { afterAll, beforeAll, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { codecFor } from "@/lib/brokers/codecs";
import type { PlanReplay } from "@/lib/contracts/replays";
import { DEFAULT_POLICY } from "@/lib/domain/queue-policy";
import { eventually } from "@/lib/testing/eventually";
import { annotated, dataBody, messageProperties } from "@/lib/testing/messages";
import { ALL_MESSAGES, queueOf, type ReplayBench } from "@/lib/testing/replay-bench";
import type { TestDatabase } from "@/lib/testing/test-database";
import { type WorkingBench, workingBench } from "@/lib/testing/working-bench";

const none = { Name: "all", Properties: { FilterType: "Sql", SqlFilter: { SqlExpression: "1=0" } } };
const QUEUES = ["later", "renewed", "endless", "unstamped"];
let working: WorkingBench;
let bench: ReplayBench;
let database: TestDatabase;
let administrationUrl: string;
const codec = codecFor("service-bus");

beforeAll(async () => {
  const subscriptions = ["billing", "audit"].map((Name) => ({ Name, Rules: [ALL_MESSAGES] }));
  working = await workingBench({
    queues: [...QUEUES.map((name) => queueOf(name)), queueOf("parted", { EnablePartitioning: true })],
    topics: [
      { Name: "events", Subscriptions: subscriptions.slice(0, 1) },
      {
        Name: "mixed",
        Subscriptions: [...subscriptions, { Name: "strict", Properties: { RequiresSession: true }, Rules: [none] }],
      },
    ],
  });
  ({ bench, database, administrationUrl } = working);
});
afterAll(() => working.end());

const HOUR = 3_600_000;
const letter = () => ({
  properties: messageProperties({
    messageId: amqpString("m-1"),
    correlationId: amqpString("c-1"),
    creationTime: { type: "timestamp", value: BigInt(Date.now() - 3 * HOUR) },
    absoluteExpiryTime: { type: "timestamp", value: BigInt(Date.now() - 2 * HOUR) },
  }),
  body: [dataBody("{}")],
});

async function completed(id: string) {
  return eventually(
    "the replay to end",
    async () => {
      const { replay } = await bench.detail(id);
      return replay.state === "completed" ? replay : null;
    },
    15_000,
  );
}

/** The one copy that a replay with these choices puts into its queue, by the parts. */
async function copyOf(queue: string, given: Partial<PlanReplay>) {
  await bench.seed(queue, [letter()]);
  await bench.index();
  await completed(await bench.start(queue, given));
  const [message] = await bench.broker.peekActive(queue, 0n, 1);
  if (message === undefined) throw new Error(`nothing is in ${queue}`);
  const view = codec.view(message.encoded);
  const textOf = (list: readonly { name: string; value: string }[], name: string) =>
    list.find((property) => property.name === name)?.value;
  return {
    message,
    names: view.applicationProperties.map(({ name }) => name),
    annotation: (name: string) => textOf(view.annotations, name),
    property: (name: string) => textOf(view.messageProperties, name),
  };
}

it("R8: a copy that is to come later is kept back by the target until then, and keeps its correlation", async () => {
  const deliverAt = new Date(Date.now() + HOUR);
  const { message, annotation } = await copyOf("later", { deliverAt: deliverAt.toISOString(), expiryPolicy: "none" });
  expect(annotation("x-opt-scheduled-enqueue-time")).toBe(deliverAt.toISOString());
  expect(message.correlationId).toBe("c-1");
  expect((await bench.broker.countActive("later"))?.count, "it is scheduled, not active").toBe(0n);
});

it("R8: a life that is renewed is as long as the sender's; one that is dropped does not end by itself", async () => {
  const begun = Date.now();
  const { message: renewed } = await copyOf("renewed", { expiryPolicy: "renew" });
  const left = (renewed.expiresAt?.getTime() ?? 0) - HOUR;
  expect(left).toBeGreaterThanOrEqual(begun);
  expect(left).toBeLessThanOrEqual(Date.now());
  expect((await copyOf("endless", { expiryPolicy: "none" })).message.expiresAt).toBeNull();
});

it("R8: without stamps a copy carries nothing of the console but its new id", async () => {
  await bench.index();
  const id = await bench.queueId("unstamped");
  await bench.store.policies.save(id, { ...DEFAULT_POLICY, stamps: false, version: 0 }, bench.actor.id);
  const { message, names } = await copyOf("unstamped", { expiryPolicy: "none" });
  expect(message.messageId).toMatch(/^replay-/);
  expect([message.stamp, names]).toEqual([null, []]);
});

it("R8, R9: messages whose numbers are above 2^53 and that have no MessageId are replayed, each under its partition key", async () => {
  const keys = ["north", "south", "east"];
  await bench.seed(
    "parted",
    keys.map((key) => ({
      annotations: annotated({ "x-opt-partition-key": amqpString(key) }),
      body: [dataBody(`{"key":"${key}"}`)],
    })),
  );
  await bench.index();
  const id = await bench.start("parted", {});
  expect((await completed(id)).items).toMatchObject({ settled: 3 });
  const items = await database.query<{ key: string; position: string; message_id: string | null }>(
    "SELECT key, position::text, message_id FROM replay_item WHERE replay_id = $1",
    [id],
  );
  for (const { key, position, message_id } of items) {
    expect([key, message_id]).toEqual([position, null]);
    expect(BigInt(position)).toBeGreaterThan(2n ** 53n);
  }
  const copies = await bench.broker.peekActive("parted", 0n, 10);
  expect(copies.map(({ partitionKey }) => partitionKey).toSorted()).toEqual(keys.toSorted());
  expect(copies.map(({ stamp }) => stamp?.originalKey).toSorted()).toEqual(items.map(({ key }) => key).toSorted());
  expect(await bench.broker.peek({ entityPath: "parted", subQueue: "dead-letter" }, 0n, 10)).toEqual([]);
});

it("R10: rules that were changed between plan and send are asked again: what nobody receives any more is not sent", async () => {
  const path = "events/subscriptions/billing";
  await bench.seed(path, [letter(), letter()]);
  await bench.index();
  const { id, start } = await bench.plan(path, { expiryPolicy: "none" });
  expect((await bench.detail(id)).preflight).toMatchObject({ willSend: 2 });
  await changeRule("events", "billing", "1=0");
  await start();
  const replay = await completed(id);
  expect(replay.items).toMatchObject({ refused: 2, settled: 0 });
  const [item] = await database.query<{ error: string }>("SELECT error FROM replay_item WHERE replay_id = $1", [id]);
  expect(item?.error).toContain("no subscription of the topic receives it");
  expect((await bench.record("events")).filter(({ event }) => event === "accepted")).toEqual([]);
  expect(await bench.broker.peek({ entityPath: path, subQueue: "dead-letter" }, 0n, 10)).toHaveLength(2);
});

it("R10: what no subscription would take any more without a SessionId is not sent", async () => {
  const path = "mixed/subscriptions/billing";
  await bench.seed(path, [letter(), letter()]);
  await bench.index();
  const { id, start } = await bench.plan(path, { expiryPolicy: "none" });
  expect((await bench.detail(id)).preflight).toMatchObject({ willSend: 2 });
  for (const name of ["billing", "audit"]) await changeRule("mixed", name, "1=0");
  await changeRule("mixed", "strict", "1=1");
  await start();
  expect((await completed(id)).items).toMatchObject({ refused: 2, settled: 0 });
  const [item] = await database.query<{ error: string }>("SELECT error FROM replay_item WHERE replay_id = $1", [id]);
  expect(item?.error).toContain("no SessionId");
  expect((await bench.record("mixed")).filter(({ event }) => event === "accepted")).toEqual([]);
  expect(await bench.broker.peek({ entityPath: path, subQueue: "dead-letter" }, 0n, 10)).toHaveLength(2);
});

async function changeRule(topic: string, subscription: string, filter: string): Promise<void> {
  const rule = `${administrationUrl}/${topic}/Subscriptions/${subscription}/Rules`;
  const removed = await fetch(`${rule}/all?api-version=2021-05`, { method: "DELETE" });
  expect(removed.ok).toBe(true);
  const body = `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><RuleDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Filter i:type="SqlFilter"><SqlExpression>${filter}</SqlExpression></Filter><Name>none</Name></RuleDescription></content></entry>`;
  const made = await fetch(`${rule}/none?api-version=2021-05`, { method: "PUT", body });
  expect(made.ok, await made.text()).toBe(true);
}
