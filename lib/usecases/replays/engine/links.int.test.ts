import { expect, it } from "vitest";
import { openBroker } from "@/lib/brokers/open-broker";
import type { NamespaceConfig } from "@/lib/contracts/configuration";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { dataBody } from "@/lib/testing/messages";
import { configFor, emulatorConfig, queueOf, ReplayBench } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import { Links } from "./links";

const MESSAGES = 2_600;

it("goes on receiving, however many are settled behind messages that are left to expire", async () => {
  const broker = await testBroker(emulatorConfig({ queues: [queueOf("orders", { LockDuration: "PT5M" })] }));
  const database = await testDatabase();
  const config = configFor(broker, database.url);
  const bench = new ReplayBench({ broker, config, store: testStore(database), actor: await makePerson(database) });
  await bench.seed(
    "orders",
    Array.from({ length: MESSAGES }, () => ({ body: [dataBody("{}")] })),
  );
  const client = openBroker(config.namespaces[0] as NamespaceConfig);
  const links = new Links(client, { entityPath: "orders", subQueue: "dead-letter" }, Number.NEGATIVE_INFINITY);
  let received = (await links.lock(50, 5_000)).messages.length;
  expect(received).toBeGreaterThan(0);
  while (received < MESSAGES) {
    const { link, messages } = await links.lock(Math.min(200, MESSAGES - received), 5_000);
    expect(messages.length, `after ${received} messages`).toBeGreaterThan(0);
    received += messages.length;
    await link.receiver.completeAll(messages);
    link.unsettled -= messages.length;
  }
  await links.close();
  await client.close();
  await bench.close();
}, 60_000);
