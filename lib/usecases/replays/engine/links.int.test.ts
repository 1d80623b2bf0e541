import { expect, it } from "vitest";
import { openBroker } from "@/lib/brokers/open-broker";
import type { NamespaceConfig } from "@/lib/contracts/configuration";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { dataBody } from "@/lib/testing/messages";
import { configFor, emulatorConfig, queueOf, ReplayBench } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";
import { testDatabase, testStore } from "@/lib/testing/test-database";
import type { Link } from "./link";
import { Links } from "./links";

/** More than one link of the client library can have behind its oldest unsettled message. */
const MESSAGES = 2_600;

async function deadOrders(run: (links: Links) => Promise<void>): Promise<void> {
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
  await run(links);
  await links.close();
  await client.close();
  await bench.close();
}

async function complete({ link, messages }: Awaited<ReturnType<Links["lock"]>>): Promise<void> {
  await link.receiver.completeAll(messages);
  for (const message of messages) link.settled(message);
}

it("goes on receiving, however many are settled behind messages that are left to expire", async () => {
  await deadOrders(async (links) => {
    const first = await links.lock(50, 5_000);
    let received = first.messages.length;
    expect(received).toBeGreaterThan(0);
    while (received < MESSAGES) {
      const locked = await links.lock(Math.min(200, MESSAGES - received), 5_000);
      expect(locked.messages.length, `after ${received} messages`).toBeGreaterThan(0);
      received += locked.messages.length;
      await complete(locked);
    }
    expect(first.link.unsettled).toBe(first.messages.length);
  });
}, 60_000);

it("keeps its link while the oldest are settled in their turn, although it never holds none", async () => {
  await deadOrders(async (links) => {
    const used = new Set<Link>();
    let before = await links.lock(200, 5_000);
    let received = before.messages.length;
    while (received < MESSAGES) {
      const locked = await links.lock(Math.min(200, MESSAGES - received), 5_000);
      expect(locked.messages.length, `after ${received} messages`).toBeGreaterThan(0);
      received += locked.messages.length;
      used.add(locked.link);
      await complete(before);
      before = locked;
    }
    expect(used.size).toBe(1);
  });
}, 60_000);

it("is crowded while all that its full link holds is worked on, and neither with room nor with what is left to expire", async () => {
  await deadOrders(async (links) => {
    const calls: Awaited<ReturnType<Links["lock"]>>[] = [];
    for (let received = 0; received < 1_900; ) {
      expect(links.isCrowded(Math.min(190, 1_900 - received))).toBe(false);
      const locked = await links.lock(Math.min(190, 1_900 - received), 5_000);
      expect(locked.messages.length, `after ${received} messages`).toBeGreaterThan(0);
      received += locked.messages.length;
      locked.link.inUse += locked.messages.length;
      calls.push(locked);
    }
    const [first] = calls as [(typeof calls)[number]];
    expect(links.isCrowded(1)).toBe(true);
    await complete(first);
    expect(links.isCrowded(first.messages.length)).toBe(false);
    expect(links.isCrowded(first.messages.length + 1)).toBe(true);
    // All of the first are let go, and one more: nobody will settle it before it expires.
    for (let n = 0; n <= first.messages.length; n++) links.release(first.link);
    expect(links.isCrowded(first.messages.length + 1)).toBe(false);
  });
}, 60_000);
