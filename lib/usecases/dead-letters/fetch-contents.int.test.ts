import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { Broker } from "@/lib/brokers/broker";
import { BrokerError } from "@/lib/brokers/broker";
import { codecFor } from "@/lib/brokers/codecs";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { MadeUpBroker } from "@/lib/testing/made-up-broker";
import { dataBody, encodeMessage } from "@/lib/testing/messages";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { refreshQueues } from "../scans/refresh-queues";
import { scanQueue } from "../scans/scan-queue";
import { fetchContents } from "./fetch-contents";
import { viewPayload } from "./view-payload";
import { watchContentFetch } from "./watch-content-fetch";

const database = await testDatabase();
const store = testStore(database);
const signal = new AbortController().signal;
const KEEP_BYTES = 100;
const LARGE = encodeMessage({ body: [dataBody("x".repeat(1_000))] });

let broker: MadeUpBroker;
let id: string;
const worker = randomUUID();

beforeEach(async () => {
  broker = new MadeUpBroker(`ns-${randomUUID()}`);
  broker.addQueue("orders");
  broker.put("orders", { position: 7, encoded: LARGE });
  await store.scans.syncNamespaces([{ name: broker.namespace, broker: "service-bus" }]);
  await refreshQueues({ store, broker });
  await scan();
  const rows = await database.query<{ id: string }>(
    "SELECT d.id::text AS id FROM dead_letter d JOIN queue q ON q.id = d.queue_id JOIN namespace n ON n.id = q.namespace_id WHERE n.name = $1",
    [broker.namespace],
  );
  id = (rows[0] as { id: string }).id;
});

async function scan(): Promise<void> {
  const request = { worker, namespaces: [broker.namespace], busy: [], limit: 1, leaseSeconds: 30 };
  const [queue] = await store.scans.claim(request);
  if (queue === undefined) throw new Error("no queue is due");
  const context = { store, broker, workerId: worker, leaseSeconds: 30, keepBytes: KEEP_BYTES, queue, signal };
  await scanQueue({ ...context, until: performance.now() + 10_000 }, { watchSeconds: 1, walkSeconds: 0.001 });
  await store.scans.release(queue.id, worker, { inSeconds: 0, clearError: true });
}

const look = async () => viewPayload({ store, actor: await makePerson(database), codecFor }, { id });
const fetchFor = (workerId: string) =>
  fetchContents({ store, workerId, brokers: new Map<string, Broker>([[broker.namespace, broker]]), signal });

describe("a message that is larger than what is kept", () => {
  it("is fetched by a worker when somebody looks at it, and shown at the next look", async () => {
    expect(await watchContentFetch({ store }, { id })).toEqual({ state: "none", error: null });
    expect(await look()).toMatchObject({ kept: false, beingFetched: true, body: null });
    expect(await watchContentFetch({ store }, { id })).toEqual({ state: "wanted", error: null });
    expect(await fetchFor(worker)).toBe(1);
    expect(await watchContentFetch({ store }, { id })).toEqual({ state: "fetched", error: null });
    expect(await look()).toMatchObject({ kept: true, beingFetched: false, body: { content: "x".repeat(1_000) } });
    expect(await fetchFor(worker)).toBe(0);
  });

  it("is dropped again after its time, and can be asked for once more", async () => {
    await look();
    await fetchFor(worker);
    await database.query("UPDATE content_fetch SET expires_at = now() - interval '1 s'");
    expect(await watchContentFetch({ store }, { id })).toEqual({ state: "none", error: null });
    await store.contentFetches.dropExpired();
    expect(await database.query("SELECT * FROM content_fetch WHERE dead_letter_id = $1", [id])).toEqual([]);
    expect(await look()).toMatchObject({ kept: false, beingFetched: true });
  });

  it("is not taken for another message that stands in its place", async () => {
    await look();
    broker.put("orders", { position: 7, encoded: encodeMessage({ body: [dataBody("y".repeat(1_000))] }) });
    await fetchFor(worker);
    expect(await watchContentFetch({ store }, { id })).toMatchObject({
      state: "failed",
      error: expect.stringContaining("Another message"),
    });
  });

  it("says why it cannot be fetched, and is tried again when it is looked at again", async () => {
    await look();
    broker.onPeek = () => {
      throw new BrokerError("server-busy", "The namespace is busy.", { transient: true });
    };
    await fetchFor(worker);
    expect(await watchContentFetch({ store }, { id })).toEqual({ state: "failed", error: "The namespace is busy." });
    broker.onPeek = () => {};
    await look();
    await fetchFor(worker);
    expect(await watchContentFetch({ store }, { id })).toEqual({ state: "fetched", error: null });
  });

  it("is taken over from a worker that died, and that worker writes nothing any more", async () => {
    await look();
    const dead = randomUUID();
    const claim = { namespaces: [broker.namespace], limit: 4, leaseSeconds: 30 };
    expect(await store.contentFetches.claim({ ...claim, worker: dead })).toHaveLength(1);
    expect(await fetchFor(worker)).toBe(0);
    await database.query("UPDATE content_fetch SET lease_until = now() - interval '1 s' WHERE dead_letter_id = $1", [
      id,
    ]);
    expect(await store.contentFetches.claim({ ...claim, worker })).toHaveLength(1);
    await store.contentFetches.keep(id, dead, Buffer.from("late"), 60);
    expect(await watchContentFetch({ store }, { id })).toEqual({ state: "fetching", error: null });
  });

  it("cannot be fetched once it has left", async () => {
    broker.take("orders", 7);
    await database.query("UPDATE queue SET walked_at = now() - interval '1 d'");
    await scan();
    expect(await look()).toMatchObject({
      kept: false,
      beingFetched: false,
      notKeptBecause: expect.stringContaining("has left"),
    });
  });
});
