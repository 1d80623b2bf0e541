import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import type { BrokerMessage } from "@/lib/brokers/broker";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, encodeMessage, messageProperties } from "@/lib/testing/messages";
import { configFor, emulatorConfig, NAMESPACE, queueOf, ReplayBench, SHORT } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";
import { type TestDatabase, testDatabase, testStore } from "@/lib/testing/test-database";
import { refreshQueues } from "@/lib/usecases/scans/refresh-queues";
import { scanQueue } from "@/lib/usecases/scans/scan-queue";
import { runWorker } from "./run-worker";

const BEFORE = 100_000;
const DLQ = { entityPath: "deep", subQueue: "dead-letter" } as const;

let bench: ReplayBench;
let database: TestDatabase;
let chosen: string[];
const stop = new AbortController();
let worker: Promise<number> = Promise.resolve(0);

beforeAll(async () => {
  const broker = await testBroker(emulatorConfig({ queues: [queueOf("deep", { LockDuration: "PT5M" })] }));
  database = await testDatabase();
  const config = configFor(broker, database.url);
  bench = new ReplayBench({ broker, config, store: testStore(database), actor: await makePerson(database) });
  const other = encodeMessage({
    properties: messageProperties({ messageId: amqpString("other") }),
    body: [dataBody("{}")],
  });
  await bench.seed("deep", Array(BEFORE).fill(other));
  const wanted = ["one", "two", "three"].map((id) => ({
    properties: messageProperties({ messageId: amqpString(id) }),
    body: [dataBody(`{"id": "${id}"}`)],
  }));
  chosen = await bench.seed("deep", wanted);
  await index();
}, 240_000);

afterAll(async () => {
  stop.abort();
  expect(await worker).toBe(0);
  await bench.close();
});

/** The index of the whole DLQ; the many are written as rows alike, since reading them is another test's. */
async function index(): Promise<void> {
  const { store, broker, config } = bench;
  await store.scans.syncNamespaces(config.namespaces);
  expect((await refreshQueues({ store, broker })).kind).toBe("listed");
  const first = BigInt(chosen[0] as string);
  await database.query("UPDATE queue SET high_water = $1, walked_at = now() WHERE entity_path = 'deep'", [
    String(first - 1n),
  ]);
  const workerId = randomUUID();
  const [queue] = await store.scans.claim({
    worker: workerId,
    namespaces: [NAMESPACE],
    busy: [],
    limit: 1,
    leaseSeconds: 60,
  });
  if (queue === undefined) throw new Error("the queue is not there to be scanned");
  const signal = new AbortController().signal;
  const until = performance.now() + 60_000;
  const context = { store, broker, workerId, leaseSeconds: 60, keepBytes: 1_000_000, queue, until, signal };
  const scanned = await scanQueue(context, { watchSeconds: 0.001, walkSeconds: 86_400 });
  if (scanned.kind === "failed") throw scanned.error;
  await database.query(
    `INSERT INTO dead_letter (queue_id, cause_id, key, position, message_id, enqueued_at, seen_in_walk, reason, delivery_count, size,
       body_size, properties, content_hash, root_enqueued_at)
     SELECT d.queue_id, d.cause_id, n::text, n, 'other', d.enqueued_at, 1, d.reason, 3, d.size, d.body_size, '[]', 'x', d.enqueued_at
     FROM (SELECT * FROM dead_letter LIMIT 1) d, generate_series($1::bigint - $2, $1::bigint - 1) n
     ON CONFLICT (queue_id, key) WHERE left_at IS NULL DO NOTHING`,
    [String(first), BEFORE],
  );
}

async function pageFrom(position: bigint): Promise<BrokerMessage[]> {
  return bench.broker.peek(DLQ, position, 250);
}

it("picks three messages from behind 100,000 others, which are readable afterwards as they were", async () => {
  const first = BigInt(chosen[0] as string);
  const places = [first - BigInt(BEFORE), first - 50_000n, first - 250n];
  const before = await Promise.all(places.map(pageFrom));
  const queue = await bench.queueId("deep");
  const ids = (
    await database.query<{ id: string }>("SELECT id::text FROM dead_letter WHERE key = ANY($1)", [chosen])
  ).map(({ id }) => id);
  const { id, start } = await bench.plan("deep", { selection: { kind: "dead-letters", queue, ids } });
  const { preflight } = await bench.detail(id);
  expect(preflight).toMatchObject({ willSend: 3, refusals: [], reach: { passedBy: BEFORE, by: "assumed" } });
  await start();
  worker = runWorker({
    config: bench.config,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    signal: stop.signal,
    timing: SHORT,
    scans: false,
  });
  await eventually(
    "the three to be sent",
    async () => ((await bench.detail(id)).replay.state === "completed" ? true : null),
    180_000,
  );
  const taken = (await bench.record("deep")).filter(({ event }) => event === "accepted");
  expect(taken.map(({ messageId }) => messageId)).toEqual(["one", "two", "three"]);
  expect((await bench.broker.countDeadLetters(DLQ))?.count).toBe(BigInt(BEFORE));
  const after = await Promise.all(places.map(pageFrom));
  const facts = (pages: BrokerMessage[][]) =>
    pages.map((page) =>
      page.map(({ key, messageId, deliveryCount, contentHash }) => [
        key,
        messageId,
        deliveryCount,
        Buffer.from(contentHash).toString("hex"),
      ]),
    );
  expect(facts(after)).toEqual(facts(before));
  const [measured] = await database.query<{ lock_rate: number | null }>("SELECT lock_rate FROM queue");
  expect(measured?.lock_rate).toBeGreaterThan(0);
}, 240_000);
