import { ServiceBusClient, type ServiceBusReceiver } from "@azure/service-bus";
import { MovableClock } from "../../../embedded/broker/clock";
import { type BrokerOptions, type RunningBroker, startBroker } from "../../../embedded/broker/start-broker";
import { openBroker } from "../../brokers/open-broker";
import { bytesOf } from "../../brokers/service-bus/received-bytes";
import { messageSender } from "../../brokers/service-bus/sdk-internals";
import type { BrokerFixture } from "./broker-fixture";

const CONFIG: BrokerOptions["config"] = {
  UserConfig: {
    Namespaces: [
      {
        Name: "contract",
        Queues: [
          {
            Name: "orders",
            Properties: { LockDuration: "PT30S", MaxDeliveryCount: 3, MaxMessageSizeInKilobytes: 1024 },
          },
          { Name: "short", Properties: { LockDuration: "PT5S" } },
          { Name: "spread", Properties: { EnablePartitioning: true } },
          {
            Name: "once",
            Properties: { RequiresDuplicateDetection: true, DuplicateDetectionHistoryTimeWindow: "PT10M" },
          },
          { Name: "talks", Properties: { RequiresSession: true } },
          { Name: "graves", Properties: {} },
          { Name: "mourned", Properties: { ForwardDeadLetteredMessagesTo: "graves" } },
          { Name: "relay", Properties: { ForwardTo: "orders" } },
        ],
        Topics: [
          {
            Name: "events",
            Properties: { RequiresDuplicateDetection: true, DuplicateDetectionHistoryTimeWindow: "PT5M" },
            Subscriptions: [
              { Name: "all", Properties: { LockDuration: "PT45S", MaxDeliveryCount: 7 } },
              {
                Name: "picky",
                Rules: [
                  {
                    Name: "eu",
                    Properties: { FilterType: "Sql", SqlFilter: { SqlExpression: "region = 'eu' AND amount > 5" } },
                  },
                  {
                    Name: "vip",
                    Properties: {
                      FilterType: "Correlation",
                      CorrelationFilter: { Label: "vip's", Properties: { tier: "gold" } },
                    },
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  },
};

/** The embedded broker behind the Service Bus adapter, with producers and consumers made of the plain SDK. */
export async function serviceBusFixture(dataDir: string): Promise<BrokerFixture & { close(): Promise<void> }> {
  let clock = new MovableClock();
  let broker: RunningBroker = await startBroker({ config: CONFIG, dataDir, clock, controlPort: 0 });
  const { amqpPort, adminPort } = broker;
  const client = new ServiceBusClient(broker.connectionString);
  const receivers = new Map<string, ServiceBusReceiver>();

  const receiverOf = (entity: string): ServiceBusReceiver => {
    const [topic, subscription] = entity.split(/\/subscriptions\//i);
    const options = { maxAutoLockRenewalDurationInMs: 0, skipConvertingDate: true, skipParsingBodyAsJson: true };
    const receiver =
      receivers.get(entity) ??
      (topic !== undefined && subscription !== undefined
        ? client.createReceiver(topic, subscription, options)
        : client.createReceiver(entity, options));
    receivers.set(entity, receiver);
    return receiver;
  };

  /** Receives exactly `count` messages and hands each to `settle`. */
  const receive = async (
    entity: string,
    count: number,
    settle: (
      receiver: ServiceBusReceiver,
      message: Awaited<ReturnType<ServiceBusReceiver["receiveMessages"]>>[number],
    ) => Promise<void>,
  ): Promise<Uint8Array[]> => {
    const received: Uint8Array[] = [];
    while (received.length < count) {
      const receiver =
        entity === "talks"
          ? await client.acceptNextSession(entity, {
              skipConvertingDate: true,
              skipParsingBodyAsJson: true,
              maxAutoLockRenewalDurationInMs: 0,
            })
          : receiverOf(entity);
      // Far below the number of messages that one link can hold.
      const messages = await receiver.receiveMessages(Math.min(count - received.length, 500), {
        maxWaitTimeInMs: 5_000,
      });
      if (messages.length === 0) throw new Error(`${entity} had ${received.length} of ${count} messages`);
      received.push(...messages.map(bytesOf));
      await Promise.all(messages.map((message) => settle(receiver, message)));
      if (entity === "talks") await receiver.close();
    }
    return received;
  };

  return {
    namespace: "contract",
    address: { host: "localhost", port: amqpPort },
    entities: {
      queue: "orders",
      shortLocks: "short",
      partitioned: "spread",
      detecting: "once",
      sessions: "talks",
      topic: "events",
      takesAll: "events/subscriptions/all",
      picky: "events/subscriptions/picky",
      forwarding: "mourned",
      graves: "graves",
      relay: "relay",
    },
    open: ({ include = ["*"], exclude = [], entities = [], address } = {}) =>
      openBroker({
        name: "contract",
        broker: "service-bus",
        connectionString:
          address === undefined
            ? broker.connectionString
            : broker.connectionString.replace(/sb:\/\/[^;]+/, `sb://${address}`),
        administrationUrl: broker.administrationUrl,
        include,
        exclude,
        entities,
      }),
    async send(entity, ...messages) {
      const sender = client.createSender(entity);
      for (const encoded of messages) {
        await messageSender(sender)._trySend(Buffer.from(encoded), false, { abortSignal: AbortSignal.timeout(10_000) });
      }
      await sender.close();
    },
    async deadLetter(entity, count, deadLetterReason, deadLetterErrorDescription) {
      await receive(entity, count, (receiver, message) =>
        receiver.deadLetterMessage(message, { deadLetterReason, deadLetterErrorDescription }),
      );
    },
    async pile(entity, messages) {
      const deadLetter = { reason: "Bad", description: "piled up" };
      const body = {
        entity,
        messages: messages.map((each) => ({ message: Buffer.from(each).toString("base64"), deadLetter })),
      };
      const response = await fetch(`${broker.controlUrl}/seed`, { method: "POST", body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`Seeding ${entity}: ${await response.text()}`);
    },
    consume: (entity, count) => receive(entity, count, (receiver, message) => receiver.completeMessage(message)),
    async count(entity) {
      const response = await fetch(`${broker.administrationUrl}/${entity}?api-version=2021-05`);
      const text = await response.text();
      const count = /<(?:\w+:)?ActiveMessageCount[^>]*>(\d+)</.exec(text)?.[1];
      if (count === undefined) throw new Error(`No count of ${entity} in: ${text.slice(0, 300)}`);
      return Number(count);
    },
    elapse: (ms) => clock.advance(ms),
    async restart() {
      await broker.close();
      clock = new MovableClock();
      broker = await startBroker({ config: CONFIG, dataDir, amqpPort, adminPort, clock, controlPort: 0 });
    },
    async close() {
      await client.close();
      await broker.close();
    },
  };
}
