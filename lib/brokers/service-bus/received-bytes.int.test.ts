import { ServiceBusClient } from "@azure/service-bus";
import { expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { openBroker } from "@/lib/brokers/open-broker";
import { dataBody, encodeMessage, messageProperties } from "@/lib/testing/messages";
import { configFor, emulatorConfig, queueOf } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";

const embedded = await testBroker(emulatorConfig({ queues: ["ours", "theirs"].map((name) => queueOf(name)) }));

async function seed(entity: string, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, n) => ({
    message: Buffer.from(
      encodeMessage({
        properties: messageProperties({ messageId: amqpString(`m-${n}`) }),
        body: [dataBody(`body ${n}`)],
      }),
    ).toString("base64"),
    deadLetter: { reason: "Failed" },
  }));
  await fetch(`${embedded.controlUrl}/seed`, { method: "POST", body: JSON.stringify({ entity, messages }) });
}

it("reads and completes locked messages from their bytes, and leaves another client's messages whole", async () => {
  await seed("ours", 30);
  await seed("theirs", 20);
  const [namespace] = configFor(embedded, "").namespaces;
  const broker = openBroker(namespace as NonNullable<typeof namespace>);
  const receiver = await broker.openReceiver({ entityPath: "ours", subQueue: "dead-letter" });
  const client = new ServiceBusClient(embedded.connectionString);
  const plain = client.createReceiver("theirs", { subQueueType: "deadLetter" });
  try {
    for (let from = 0; from < 30; from += 10) {
      const locked = await receiver.lock(10, 5_000);
      expect(locked.map(({ message }) => message.messageId)).toEqual(
        Array.from({ length: 10 }, (_, n) => `m-${from + n}`),
      );
      expect(locked.every(({ message }) => message.reason === "Failed" && message.bodySize > 5)).toBe(true);
      const answers = await receiver.completeAll(locked);
      expect(answers.every(({ status }) => status === "fulfilled")).toBe(true);
      if (from === 20) break;
      const others = await plain.receiveMessages(10, { maxWaitTimeInMs: 5_000 });
      expect(others.map(({ body }) => String(body))).toEqual(Array.from({ length: 10 }, (_, n) => `body ${from + n}`));
    }
    expect(await broker.peek({ entityPath: "ours", subQueue: "dead-letter" }, 0n, 10)).toEqual([]);
  } finally {
    await receiver.close();
    await client.close();
    await broker.close();
  }
});

it("says of each message of a completion what became of it", async () => {
  await seed("ours", 3);
  const [namespace] = configFor(embedded, "").namespaces;
  const broker = openBroker(namespace as NonNullable<typeof namespace>);
  const receiver = await broker.openReceiver({ entityPath: "ours", subQueue: "dead-letter" });
  try {
    const locked = await receiver.lock(3, 5_000);
    const fault = { fault: "lose-lock", entity: "ours/$DeadLetterQueue", times: 1 };
    await fetch(`${embedded.controlUrl}/faults`, { method: "POST", body: JSON.stringify(fault) });
    const answers = await receiver.completeAll(locked);
    expect(answers.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "fulfilled", "rejected"]);
    const [lost] = answers.filter((answer) => answer.status === "rejected");
    expect(lost?.reason).toMatchObject({ code: "lock-lost" });
  } finally {
    await receiver.close();
    await broker.close();
  }
});
