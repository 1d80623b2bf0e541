import { expect, it } from "vitest";
import { openBroker } from "@/lib/brokers/open-broker";
import type { NamespaceConfig } from "@/lib/contracts/configuration";
import { eventually } from "@/lib/testing/eventually";
import { configFor, emulatorConfig, queueOf } from "@/lib/testing/replay-bench";
import { TcpProxy } from "@/lib/testing/tcp-proxy";
import { testBroker } from "@/lib/testing/test-broker";
import { Senders } from "./senders";

it("R5: a sender that is closed leaves the one alone that was opened in its place, however often it is closed", async () => {
  const broker = await testBroker(emulatorConfig({ queues: [queueOf("orders", {})] }));
  const client = openBroker(configFor(broker, "postgresql://nowhere").namespaces[0] as NamespaceConfig);
  const senders = new Senders(client);
  const first = await senders.to("orders");
  expect(await senders.to("orders")).toBe(first);
  expect(await senders.discard("orders", first)).toBe(true);
  const second = await senders.to("orders");
  expect(second).not.toBe(first);
  expect(await senders.discard("orders", first)).toBe(true);
  expect(await senders.to("orders")).toBe(second);

  // One that cannot be opened is asked for anew.
  await expect(senders.to("nowhere")).rejects.toMatchObject({ code: "entity-not-found" });
  await expect(senders.to("nowhere")).rejects.toMatchObject({ code: "entity-not-found" });
  await senders.close();
  await client.close();
});

it("R6: what could not send any more is replaced before permits are asked for, not within a send", async () => {
  const broker = await testBroker(emulatorConfig({ queues: [queueOf("orders", {})] }));
  const proxy = await TcpProxy.start({ host: "127.0.0.1", port: broker.amqpPort });
  const connectionString = broker.connectionString.replace(`:${broker.amqpPort};`, `:${proxy.port};`);
  const { namespaces } = configFor({ ...broker, connectionString }, "postgresql://nowhere");
  const client = openBroker(namespaces[0] as NamespaceConfig);
  const senders = new Senders(client);
  const first = await senders.to("orders");
  proxy.cut();
  await eventually("the sender to notice", () => !first.isOpen());
  const [second, same] = await Promise.all([senders.to("orders"), senders.to("orders")]);
  expect(second).not.toBe(first);
  expect(same).toBe(second);
  expect(second.isOpen()).toBe(true);
  await senders.close();
  await client.close();
  await proxy.close();
});
