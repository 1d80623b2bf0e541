import { ServiceBusClient, type ServiceBusMessage, type ServiceBusReceiver } from "@azure/service-bus";
import Long from "long";

/** What a client does to the broker that is measured. Each answers with messages a second. */

const BODY = Buffer.alloc(1024, 0x61);
/** Bodies are left as they are, as this console does: the client's guess at JSON would take longer than the broker. */
const RECEIVING = { maxAutoLockRenewalDurationInMs: 0, skipParsingBodyAsJson: true } as const;

function message(id: number): ServiceBusMessage {
  return { body: BODY, messageId: String(id) };
}

async function timed(count: number, act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return (count / (performance.now() - start)) * 1000;
}

/** Batches as large as the link takes, two of them under way, as the client library makes them. */
export async function batchSend(client: ServiceBusClient, queue: string, count: number): Promise<number> {
  const sender = client.createSender(queue);
  await sender.createMessageBatch();
  let sent = 0;
  const rate = await timed(count, async () => {
    const sendSome = async (): Promise<void> => {
      while (sent < count) {
        const batch = await sender.createMessageBatch();
        while (sent < count && batch.tryAddMessage(message(sent))) sent++;
        if (batch.count > 0) await sender.sendMessages(batch);
      }
    };
    await Promise.all([sendSome(), sendSome()]);
  });
  await sender.close();
  return rate;
}

export async function singleSend(
  client: ServiceBusClient,
  queue: string,
  count: number,
  inFlight: number,
): Promise<number> {
  const sender = client.createSender(queue);
  await sender.createMessageBatch();
  let sent = 0;
  const rate = await timed(count, () =>
    Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (sent < count) await sender.sendMessages(message(sent++));
      }),
    ),
  );
  await sender.close();
  return rate;
}

/** Receives up to 500 at a time and completes them all at once. */
export async function receiveAndComplete(client: ServiceBusClient, queue: string, count: number): Promise<number> {
  const receiver = client.createReceiver(queue, RECEIVING);
  let done = 0;
  const rate = await timed(count, async () => {
    while (done < count) {
      const messages = await receiver.receiveMessages(Math.min(500, count - done), { maxWaitTimeInMs: 2000 });
      await Promise.all(messages.map((each) => receiver.completeMessage(each)));
      done += messages.length;
      if (messages.length === 0) throw new Error("the queue ran empty");
    }
  });
  await receiver.close();
  return rate;
}

/** Cursors that peek, each over a connection of its own. */
export class Peekers {
  readonly #clients: ServiceBusClient[];
  readonly #receivers: ServiceBusReceiver[];

  constructor(connectionString: string, queue: string, cursors: number) {
    this.#clients = Array.from({ length: cursors }, () => new ServiceBusClient(connectionString));
    this.#receivers = this.#clients.map((client) => client.createReceiver(queue, RECEIVING));
  }

  /** `count` messages from the queue's first on, each cursor its share of them in pages of 250. */
  async peek(count: number): Promise<number> {
    const firsts = await Promise.all(
      this.#receivers.map((receiver) => receiver.peekMessages(1, { fromSequenceNumber: Long.ZERO })),
    );
    const base = firsts[0]?.[0]?.sequenceNumber as Long;
    const share = count / this.#receivers.length;
    let seen = 0;
    const rate = await timed(count, () =>
      Promise.all(
        this.#receivers.map(async (receiver, cursor) => {
          for (let next = base.add(share * cursor), left = share; left > 0; ) {
            const page = await receiver.peekMessages(Math.min(250, left), { fromSequenceNumber: next });
            if (page.length === 0) throw new Error("peek came to an end too early");
            seen += page.length;
            left -= page.length;
            next = (page.at(-1)?.sequenceNumber as Long).add(1);
          }
        }),
      ),
    );
    if (seen < count) throw new Error(`peeked ${seen} of ${count}`);
    return rate;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }
}

export async function empty(client: ServiceBusClient, queue: string): Promise<void> {
  const receiver = client.createReceiver(queue, { receiveMode: "receiveAndDelete", skipParsingBodyAsJson: true });
  while ((await receiver.receiveMessages(1000, { maxWaitTimeInMs: 200 })).length > 0) {
    // Until it is empty.
  }
  await receiver.close();
}
