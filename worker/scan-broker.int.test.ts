import { randomUUID } from "node:crypto";
import { ServiceBusClient } from "@azure/service-bus";
import { afterAll, describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { codecFor } from "@/lib/brokers/codecs";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, encodeMessage, messageProperties, named } from "@/lib/testing/messages";
import { testBroker } from "@/lib/testing/test-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { scanForTest } from "./scan-loop-of-test";

const QUEUES = ["late", "removed", "anew", "bodies", "texts", "returned", "many"];
const database = await testDatabase();
const store = testStore(database, 8);
const embedded = await testBroker({
  UserConfig: {
    Namespaces: [
      {
        Name: "sbemulatorns",
        Queues: QUEUES.map((Name) => ({ Name, Properties: { MaxDeliveryCount: 10, LockDuration: "PT1M" } })),
        Topics: [{ Name: "events", Properties: {}, Subscriptions: [{ Name: "billing", Properties: {}, Rules: [] }] }],
      },
    ],
    Logging: { Type: "File" },
  },
} as never);
const client = new ServiceBusClient(embedded.connectionString);
const stopScan = scanForTest(store, embedded);
afterAll(async () => {
  await stopScan();
  await client.close();
});

interface Seed {
  readonly message: Uint8Array;
  readonly enqueuedAt?: string;
  readonly reason?: string;
  readonly description?: string;
}

async function seed(entity: string, messages: readonly Seed[]): Promise<void> {
  const answer = await fetch(`${embedded.controlUrl}/seed`, {
    method: "POST",
    body: JSON.stringify({
      entity,
      messages: messages.map(({ message, enqueuedAt, reason = "Failed", description = "as made" }) => ({
        message: Buffer.from(message).toString("base64"),
        ...(enqueuedAt === undefined ? {} : { enqueuedAt }),
        deadLetter: { reason, description },
      })),
    }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

const message = (body: string | Uint8Array, messageId: string | null = randomUUID()) =>
  encodeMessage({
    ...(messageId === null ? {} : { properties: messageProperties({ messageId: amqpString(messageId) }) }),
    body: [dataBody(body)],
  });

interface Row {
  id: string;
  key: string;
  left_how: string | null;
  message_id: string | null;
  description: string | null;
  enqueued_at: Date;
  encoded: Buffer | null;
  returned_from: string | null;
}

function rows(entityPath: string): Promise<Row[]> {
  return database.query<Row>(
    `SELECT d.*, c.encoded FROM dead_letter d JOIN queue q ON q.id = d.queue_id LEFT JOIN dead_letter_content c ON c.dead_letter_id = d.id
     WHERE q.entity_path = $1 ORDER BY d.position, d.id`,
    [entityPath],
  );
}

const keysHere = async (entityPath: string) =>
  (await rows(entityPath)).filter((row) => row.left_how === null).map((row) => row.key);

const here = (entityPath: string, count: number) =>
  eventually(`${count} dead letters of ${entityPath} in the index`, async () => {
    const found = (await rows(entityPath)).filter((row) => row.left_how === null);
    return found.length === count ? found : null;
  });

describe("the scanner on the broker's own protocol", () => {
  it("knows every DLQ with its settings, of queues and subscriptions", async () => {
    await eventually("all listed", async () => {
      const queues = await database.query("SELECT 1 FROM queue");
      return queues.length === QUEUES.length + 1;
    });
    const overview = await store.queues.overview();
    expect(overview.namespaces).toMatchObject([{ name: "embedded", listError: null }]);
    const subscription = overview.queues.find((queue) => queue.entityKind === "subscription");
    expect(subscription).toMatchObject({ originPath: "events" });
    expect(subscription?.entityPath.toLowerCase()).toBe("events/subscriptions/billing");
    const [late] = await database.query("SELECT settings FROM queue WHERE entity_path = 'late'");
    expect(late).toMatchObject({ settings: { maxDeliveryCount: 10, lockSeconds: 60 } });
  });

  it("finds a message that dies below newer dead letters", async () => {
    const sender = client.createSender("late");
    await sender.sendMessages([1, 2, 3].map((n) => ({ body: { n }, messageId: `m-${n}` })));
    const receiver = client.createReceiver("late");
    const received = await receiver.receiveMessages(3, { maxWaitTimeInMs: 5_000 });
    const [first, , third] = received;
    if (first === undefined || third === undefined) throw new Error("not received");
    await receiver.deadLetterMessage(third, { deadLetterReason: "Late", deadLetterErrorDescription: "number 3" });
    await here("late", 1);
    await receiver.deadLetterMessage(first, { deadLetterReason: "Late", deadLetterErrorDescription: "number 1" });
    const both = await here("late", 2);
    expect(both.map((row) => row.message_id)).toEqual(["m-1", "m-3"]);
    expect(both.map((row) => row.key)).toEqual([first, third].map((one) => one.sequenceNumber?.toString()));
  });

  it("marks what another tool completes", async () => {
    await seed(
      "removed",
      Array.from({ length: 5 }, (_, n) => ({ message: message(`n ${n}`) })),
    );
    const before = await here("removed", 5);
    const receiver = client.createReceiver("removed", { subQueueType: "deadLetter" });
    const locked = await receiver.receiveMessages(3, { maxWaitTimeInMs: 5_000 });
    await receiver.completeMessage(locked[1] as (typeof locked)[0]);
    await here("removed", 4);
    expect((await rows("removed")).map((row) => row.left_how)).toEqual([null, "removed", null, null, null]);
    expect((await rows("removed")).map((row) => row.id)).toEqual(before.map((row) => row.id));
  });

  it("R9: tells a queue made anew from the old one, although numbers begin again", async () => {
    await seed("anew", [{ message: message("old") }, { message: message("old") }]);
    const before = await here("anew", 2);
    const address = `${embedded.administrationUrl}/anew?api-version=2021-05`;
    const gone = await fetch(address, { method: "DELETE", headers: { authorization: "SharedAccessSignature x" } });
    expect(gone.status).toBe(200);
    await eventually("vanished", async () => {
      const [queue] = await database.query("SELECT vanished_at FROM queue WHERE entity_path = 'anew'");
      return queue?.vanished_at !== null;
    });
    expect(await keysHere("anew")).toEqual(before.map((row) => row.key));
    const made = await fetch(address, {
      method: "PUT",
      headers: { authorization: "SharedAccessSignature x", "content-type": "application/atom+xml" },
      body: `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><QueueDescription
        xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"></QueueDescription></content></entry>`,
    });
    expect(made.status).toBe(201);
    await seed("anew", [{ message: message("new") }]);
    const [fresh] = await here("anew", 1);
    expect((await rows("anew")).map((row) => [row.key, row.left_how])).toEqual([
      [before[0]?.key, "replaced"],
      [fresh?.key, null],
      [before[1]?.key, "removed"],
    ]);
  });

  it("keeps bodies of 1 MB to the byte", async () => {
    const bodies = Array.from({ length: 6 }, (_, n) => Buffer.alloc(1_000_000, `${n} \0\xff`, "latin1"));
    for (const body of bodies) await seed("bodies", [{ message: message(body) }]);
    const kept = await here("bodies", 6);
    const codec = codecFor("service-bus");
    for (const [n, row] of kept.entries()) {
      expect(Buffer.from(codec.view(row.encoded as Buffer).body as Uint8Array).equals(bodies[n] as Buffer)).toBe(true);
    }
  });

  it("takes in messages without an id, and texts that PostgreSQL or UTF-8 would refuse", async () => {
    const invalid = encodeMessage({
      properties: messageProperties({ messageId: amqpString("nul \0 id"), subject: amqpString("\0") }),
      applicationProperties: named({ "nul\0": amqpString("\0 value") }),
      body: [dataBody(Uint8Array.of(0xff, 0xfe, 0))],
    });
    await seed("texts", [
      { message: message("no id", null), description: "nul \0 and \ud800 lone" },
      { message: invalid, enqueuedAt: "2026-11-01T00:00:00.123Z" },
    ]);
    const found = await here("texts", 2);
    expect(found.map((row) => row.message_id)).toEqual([null, "nul \ufffd id"]);
    expect(found[1]?.enqueued_at).toEqual(new Date("2026-11-01T00:00:00.123Z"));
    const [state] = await database.query(
      "SELECT oldest_enqueued_at, scan_error FROM queue WHERE entity_path = 'texts'",
    );
    expect(state).toMatchObject({ scan_error: null });
  });

  it("R11: knows a copy of ours again by its stamp and message id", async () => {
    await seed("returned", [{ message: message("original", "original-id") }]);
    const [original] = await here("returned", 1);
    const [replayId, itemId, personId] = [randomUUID(), randomUUID(), randomUUID()];
    await database.query("INSERT INTO person (id, provider, subject, name) VALUES ($1, 'local', 'o', 'Olga')", [
      personId,
    ]);
    await database.query(
      `INSERT INTO replay (id, namespace_id, queue_id, target_path, state, selection, plan_hash, preflight, rate, burst, message_id_policy,
         doubt_policy, reason, total, created_by)
       SELECT $1, namespace_id, id, 'returned', 'running', '{}', '', '{}', 20, 1, 'new', 'hold', 'a reason', 1, $2
       FROM queue WHERE entity_path = 'returned'`,
      [replayId, personId],
    );
    await database.query(
      `INSERT INTO replay_item (id, replay_id, ordinal, dead_letter_id, key, position, enqueued_at, content_hash, state, sent_message_id,
         sent_hash, intent_at, outcome)
       SELECT $1, $2, 1, id, key, position, enqueued_at, content_hash, 'settled', 'copy-id', '\\x00', now(), 'unknown'
       FROM dead_letter WHERE id = $3`,
      [itemId, replayId, original?.id],
    );
    const copy = codecFor("service-bus").prepareCopy(original?.encoded as Buffer, {
      messageId: "copy-id",
      stamp: { itemId, attempt: 1, originalKey: original?.key as string },
    });
    await seed("returned", [{ message: copy.encoded }]);
    const [, returned] = await here("returned", 2);
    expect(returned?.returned_from).toBe(itemId);
    const [item] = await database.query("SELECT outcome, returned_as FROM replay_item WHERE id = $1", [itemId]);
    expect(item).toEqual({ outcome: "returned", returned_as: returned?.id });
  });

  it("reads thousands in pages, and the count and the oldest age beside", async () => {
    const messages = Array.from({ length: 3_000 }, (_, n) => ({
      message: message(JSON.stringify({ n })),
      enqueuedAt: new Date(Date.UTC(2026, 10, 1) + n * 1000).toISOString(),
      description: `Order ${n} has no lines`,
    }));
    for (let n = 0; n < messages.length; n += 500) await seed("many", messages.slice(n, n + 500));
    await here("many", 3_000);
    const summary = await eventually("count read", async () => {
      const overview = await store.queues.overview();
      const queue = overview.queues.find(({ entityPath }) => entityPath === "many");
      return queue?.scan.walkedAt !== null && queue?.indexed === 3_000 ? queue : null;
    });
    expect(summary).toMatchObject({ causes: 1, oldestEnqueuedAt: "2026-11-01T00:00:00.000Z" });
  });
});
