import { expect, it } from "vitest";
import { openBroker } from "@/lib/brokers/open-broker";
import type { NamespaceConfig } from "@/lib/contracts/configuration";
import { configFor, emulatorConfig, queueOf } from "@/lib/testing/replay-bench";
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
