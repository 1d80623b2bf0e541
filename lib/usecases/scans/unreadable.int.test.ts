import { randomUUID } from "node:crypto";
import { beforeEach, expect, it } from "vitest";
import { BrokerError } from "@/lib/brokers/broker";
import { MadeUpBroker } from "@/lib/testing/made-up-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { refreshQueues } from "./refresh-queues";
import { scanQueue } from "./scan-queue";

/** A DLQ whose entity forwards its dead letters cannot be opened; what could not be delivered there stays in it, and is counted. */
const database = await testDatabase();
const store = testStore(database);
const workerId = randomUUID();
let broker: MadeUpBroker;

beforeEach(async () => {
  await database.query("UPDATE namespace SET configured = false");
  broker = new MadeUpBroker(`ns-${randomUUID()}`);
  broker.addQueue("orders");
  broker.put("orders", { position: 1 }, { position: 2 });
  await store.scans.syncNamespaces([{ name: broker.namespace, broker: "service-bus" }]);
  await refreshQueues({ store, broker });
});

async function turn() {
  const claim = { worker: workerId, namespaces: [broker.namespace], busy: [], limit: 1, leaseSeconds: 30 };
  const [queue] = await store.scans.claim(claim);
  if (queue === undefined) throw new Error("no DLQ is due");
  const until = performance.now() + 60_000;
  const context = { store, broker, workerId, leaseSeconds: 30, keepBytes: 1_000, queue, until };
  const outcome = await scanQueue(
    { ...context, signal: new AbortController().signal },
    { watchSeconds: 10, walkSeconds: 10 },
  );
  await store.scans.release(queue.id, workerId, { inSeconds: 0, clearError: outcome.kind === "scanned" });
  return outcome;
}

const summary = async () =>
  (await store.queues.overview()).queues.find(({ namespace }) => namespace === broker.namespace);
const refuse = (code: "not-supported" | "server-busy") => {
  broker.onPeek = () => {
    throw new BrokerError(code, "The dead-letter queue is forwarded and cannot be opened.");
  };
};

it("shows the count of what cannot be opened, its age and messages unknown, with why", async () => {
  refuse("not-supported");
  expect(await turn()).toMatchObject({ kind: "failed" });
  expect(await summary()).toMatchObject({
    brokerCount: 2,
    brokerCountSource: "runtime properties",
    oldestEnqueuedAt: null,
    oldestReadAt: null,
    scan: { scannedAt: null, walkedAt: null, error: "The dead-letter queue is forwarded and cannot be opened." },
  });
});

it("tells why it cannot be opened, whatever its count answers", async () => {
  refuse("not-supported");
  broker.countDeadLetters = () => Promise.reject(new BrokerError("unauthorized", "Manage is needed."));
  expect(await turn()).toMatchObject({ kind: "failed", error: { code: "not-supported" } });
  expect(await summary()).toMatchObject({ brokerCount: null });
});

it("asks a busy namespace for nothing more", async () => {
  refuse("server-busy");
  let asked = 0;
  broker.countDeadLetters = async () => {
    asked += 1;
    return null;
  };
  expect(await turn()).toMatchObject({ kind: "failed", error: { code: "server-busy" } });
  expect(asked).toBe(0);
});
