import { ServiceBusClient, type ServiceBusReceivedMessage, type ServiceBusReceiver } from "@azure/service-bus";
import { afterAll, describe, expect, it } from "vitest";
import { codecFor } from "@/lib/brokers/codecs";
import { eventually } from "@/lib/testing/eventually";
import { emulatorConfig } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { scanForTest } from "./scan-loop-of-test";

/** The scan loop comes by in its own time. */
const SLOW_MS = 20_000;
const plain = ["orders", "graves", "pit"].map((Name) => ({ Name, Properties: {} }));
const forwarding = { mourned: "graves", east: "pit", west: "pit" };
const database = await testDatabase();
const store = testStore(database, 8);
const embedded = await testBroker(
  emulatorConfig({
    queues: [
      ...plain,
      { Name: "relay", Properties: { ForwardTo: "orders" } },
      ...Object.entries(forwarding).map(([Name, ForwardDeadLetteredMessagesTo]) => ({
        Name,
        Properties: { ForwardDeadLetteredMessagesTo },
      })),
    ],
  }),
);
const client = new ServiceBusClient(embedded.connectionString);
const receivers = new Map<string, ServiceBusReceiver>();

async function send(entity: string, ...ids: string[]): Promise<void> {
  const sender = client.createSender(entity);
  await sender.sendMessages(ids.map((messageId) => ({ messageId, body: { of: messageId } })));
  await sender.close();
}

/** Locks the message, and what lies before it. */
async function lock(entity: string, messageId: string, subQueueType?: "transferDeadLetter") {
  const receiver =
    receivers.get(entity) ?? client.createReceiver(entity, subQueueType === undefined ? {} : { subQueueType });
  receivers.set(entity, receiver);
  for (;;) {
    const [found] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
    if (found === undefined) throw new Error(`${messageId} is not in ${entity}`);
    if (found.messageId === messageId) return { receiver, found };
  }
}

async function kill(entity: string, messageId: string): Promise<void> {
  await send(entity, messageId);
  const { receiver, found } = await lock(entity, messageId);
  const because = { deadLetterReason: "Unpaid", deadLetterErrorDescription: `${messageId} was not paid` };
  await receiver.deadLetterMessage(found, because);
}

// What was forwarded to is gone: the broker keeps what it cannot hand on.
const gone = await fetch(`${embedded.administrationUrl}/orders?api-version=2021-05`, {
  method: "DELETE",
  headers: { authorization: "SharedAccessSignature x" },
});
if (!gone.ok) throw new Error(await gone.text());
await send("relay", "stuck-1", "stuck-2", "stuck-3");
await kill("mourned", "dead-1");
await kill("mourned", "dead-2");
await kill("east", "from-east");
await kill("west", "from-west");

const stopScan = scanForTest(store, embedded);
afterAll(async () => {
  await stopScan();
  await client.close();
});

interface Row {
  key: string;
  message_id: string;
  reason: string;
  description: string | null;
  dead_letter_source: string | null;
  left_how: string | null;
  encoded: Buffer;
}

function rows(entityPath: string, subQueue: string): Promise<Row[]> {
  return database.query<Row>(
    `SELECT d.*, c.encoded FROM dead_letter d JOIN queue q ON q.id = d.queue_id LEFT JOIN dead_letter_content c ON c.dead_letter_id = d.id
     WHERE q.entity_path = $1 AND q.sub_queue = $2 ORDER BY d.position, d.id`,
    [entityPath, subQueue],
  );
}

const here = (entityPath: string, subQueue: string, messageIds: readonly string[]) =>
  eventually(
    `${messageIds} of ${entityPath} in the index`,
    async () => {
      const found = (await rows(entityPath, subQueue)).filter((row) => row.left_how === null);
      return JSON.stringify(found.map((row) => row.message_id)) === JSON.stringify(messageIds) ? found : null;
    },
    SLOW_MS,
  );

/** The sub-queue as the pages have it, once it was counted and walked. */
const seen = (entityPath: string, subQueue: string) =>
  eventually(
    `${entityPath}, ${subQueue}, counted and walked`,
    async () => {
      const { queues } = await store.queues.overview();
      const queue = queues.find((each) => each.entityPath === entityPath && each.subQueue === subQueue);
      return queue !== undefined && queue.scan.walkedAt !== null && queue.brokerCount !== null ? queue : null;
    },
    SLOW_MS,
  );

const bodyOf = ({ encoded }: Row) =>
  Buffer.from(codecFor("service-bus").view(encoded).body as Uint8Array).toString("utf8");
const keysOf = (messages: readonly ServiceBusReceivedMessage[]) => messages.map((each) => String(each.sequenceNumber));

describe("dead letters that lie elsewhere than in a dead-letter queue", () => {
  it("takes in what a queue could not forward, with the broker's reason and its bytes, and marks what leaves", async () => {
    const found = await here("relay", "transfer-dead-letter", ["stuck-1", "stuck-2", "stuck-3"]);
    const peeking = client.createReceiver("relay", { subQueueType: "transferDeadLetter" });
    const peeked = await peeking.peekMessages(10);
    expect(found.map((row) => row.key)).toEqual(keysOf(peeked));
    for (const row of found) {
      expect(row).toMatchObject({ reason: "MessagingEntityNotFound", description: expect.stringContaining("orders") });
      expect(bodyOf(row)).toBe(`{"of":"${row.message_id}"}`);
    }
    expect(await seen("relay", "transfer-dead-letter")).toMatchObject({
      originPath: "relay",
      indexed: 3,
      brokerCount: 3,
    });
    const { receiver, found: second } = await lock("relay", "stuck-2", "transferDeadLetter");
    await receiver.completeMessage(second);
    await here("relay", "transfer-dead-letter", ["stuck-1", "stuck-3"]);
    expect((await rows("relay", "transfer-dead-letter")).map((row) => row.left_how)).toEqual([null, "removed", null]);
    // The queue's own DLQ is another place, with nothing in it.
    expect(await rows("relay", "dead-letter")).toEqual([]);
  }, 90_000);

  it("takes in dead letters that are forwarded to an ordinary queue, by their numbers there, and marks what leaves", async () => {
    const found = await here("graves", "forwarded", ["dead-1", "dead-2"]);
    expect(found.map((row) => row.key)).toEqual(keysOf(await client.createReceiver("graves").peekMessages(10)));
    for (const row of found) {
      const description = `${row.message_id} was not paid`;
      expect(row).toMatchObject({ reason: "Unpaid", description, dead_letter_source: "mourned" });
      expect(bodyOf(row)).toBe(`{"of":"${row.message_id}"}`);
    }
    expect(await seen("graves", "forwarded")).toMatchObject({ originPath: "mourned", indexed: 2, brokerCount: 2 });
    await kill("mourned", "dead-3");
    await here("graves", "forwarded", ["dead-1", "dead-2", "dead-3"]);
    const { receiver, found: first } = await lock("graves", "dead-1");
    await receiver.completeMessage(first);
    await here("graves", "forwarded", ["dead-2", "dead-3"]);
    expect((await rows("graves", "forwarded")).map((row) => row.left_how)).toEqual(["removed", null, null]);
    // Where they died nothing is left of them.
    expect(await rows("mourned", "dead-letter")).toEqual([]);
  }, 90_000);

  it("where several queues forward to one, each message says where it died", async () => {
    const found = await here("pit", "forwarded", ["from-east", "from-west"]);
    expect(found.map((row) => row.dead_letter_source)).toEqual(["east", "west"]);
    expect(await seen("pit", "forwarded")).toMatchObject({ originPath: "pit", indexed: 2, brokerCount: 2 });
  }, 90_000);
});
