import { setTimeout as delay } from "node:timers/promises";
import { ServiceBusClient, type ServiceBusReceivedMessage } from "@azure/service-bus";

/** What people do without this product, on the client library alone. */
export interface SdkLoop {
  /** (a) Receive 500, send them as a batch, complete them in parallel; no record, no limit, lost when it dies between. (b) The script: one by one. */
  readonly kind: "bare" | "one-by-one";
  readonly connectionString: string;
  readonly queue: string;
  readonly count: number;
}

const WINDOW = 500;

/** Moves so many messages out of the queue's DLQ back into it. Answers messages a second. */
export async function moveBySdk(loop: SdkLoop): Promise<number> {
  const client = new ServiceBusClient(loop.connectionString);
  const seconds = loop.kind === "bare" ? await bareLoop(client, loop) : await oneByOne(client, loop);
  // Not waited for: with answers held back the client library needs a minute to give up on closing its links.
  void client.close().catch(() => {});
  await delay(100);
  return Math.round(loop.count / seconds);
}

async function bareLoop(client: ServiceBusClient, { queue, count }: SdkLoop): Promise<number> {
  const receiver = client.createReceiver(queue, { subQueueType: "deadLetter", maxAutoLockRenewalDurationInMs: 0 });
  const sender = client.createSender(queue);
  const begun = performance.now();
  for (let done = 0; done < count; ) {
    const messages = await receiver.receiveMessages(Math.min(WINDOW, count - done), { maxWaitTimeInMs: 5_000 });
    let batch = await sender.createMessageBatch();
    for (const message of messages) {
      if (batch.tryAddMessage(copyOf(message))) continue;
      await sender.sendMessages(batch);
      batch = await sender.createMessageBatch();
      batch.tryAddMessage(copyOf(message));
    }
    await sender.sendMessages(batch);
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
    done += messages.length;
  }
  return (performance.now() - begun) / 1000;
}

async function oneByOne(client: ServiceBusClient, { queue, count }: SdkLoop): Promise<number> {
  const receiver = client.createReceiver(queue, { subQueueType: "deadLetter" });
  const sender = client.createSender(queue);
  const begun = performance.now();
  for (let done = 0; done < count; ) {
    const messages = await receiver.receiveMessages(Math.min(100, count - done), { maxWaitTimeInMs: 5_000 });
    for (const message of messages) {
      await sender.sendMessages(copyOf(message));
      await receiver.completeMessage(message);
    }
    done += messages.length;
  }
  return (performance.now() - begun) / 1000;
}

function copyOf(message: ServiceBusReceivedMessage) {
  return { body: message.body, ...(message.messageId === undefined ? {} : { messageId: message.messageId }) };
}
