import { describe, expect, test } from "vitest";
import type { ContractBench } from "./contract-bench";

/** What there is to read, and to send to. */
export function discoveryContract(bench: ContractBench): void {
  const { later } = bench;
  describe("discovery", () => {
    test("lists every dead-letter queue with its origin and settings", async () => {
      const { queue, relay, takesAll, topic, forwarding, graves } = bench.fixture.entities;
      const listed = await bench.broker.listQueues();
      const found = (entityPath: string | null, subQueue = "dead-letter") =>
        listed.find((each) => each.entityPath === entityPath && each.subQueue === subQueue);
      expect(found(queue)).toMatchObject({
        entityKind: "queue",
        originPath: queue,
        settings: {
          lockSeconds: 30,
          maxDeliveryCount: 3,
          requiresSession: false,
          partitioned: false,
          maxMessageBytes: 1_048_576,
          duplicateDetection: { enabled: false },
          forwardDeadLettersTo: null,
        },
      });
      if (takesAll !== null) {
        expect(found(takesAll)).toMatchObject({
          entityKind: "subscription",
          originPath: topic,
          settings: {
            lockSeconds: 45,
            maxDeliveryCount: 7,
            duplicateDetection: { enabled: true, windowSeconds: 300 },
          },
        });
      }
      if (relay !== null) expect(found(relay, "transfer-dead-letter")).toBeDefined();
      expect(found(queue, "transfer-dead-letter")).toBeUndefined();
      if (forwarding !== null && graves !== null) {
        expect(found(forwarding)?.settings?.forwardDeadLettersTo).toBe(graves);
        expect(found(graves, "forwarded")).toMatchObject({ originPath: forwarding });
      }
    });

    test("patterns let through what one includes and none excludes", async () => {
      const { queue, topic } = bench.fixture.entities;
      const some = later(
        bench.fixture.open({ include: [`${queue.slice(0, 3)}*`, `${topic}/*`], exclude: ["*/picky"] }),
      );
      const paths = (await some.listQueues()).map(({ entityPath }) => entityPath);
      expect(paths.sort()).toEqual([`${topic}/subscriptions/all`, queue].sort());
    });

    test("named entities are read without listing; one that does not exist is left out", async () => {
      const { queue, topic } = bench.fixture.entities;
      const some = later(bench.fixture.open({ entities: [queue, "nowhere", ...(topic === null ? [] : [topic])] }));
      const paths = (await some.listQueues()).map(({ entityPath }) => entityPath);
      expect(paths).toContain(queue);
      expect(paths).not.toContain("nowhere");
      if (topic !== null) expect(paths).toContain(`${topic}/subscriptions/all`);
    });

    test("a topic tells its subscriptions with their rules, a queue has none", async () => {
      const { topic, queue } = bench.fixture.entities;
      expect(await bench.broker.listSubscriptions(queue)).toBeNull();
      if (topic === null) return;
      expect(await bench.broker.listSubscriptions(topic)).toEqual([
        { name: "all", requiresSession: false, forwardTo: null, rules: [{ name: "$Default", filter: "1=1" }] },
        {
          name: "picky",
          requiresSession: false,
          forwardTo: null,
          rules: [
            { name: "eu", filter: "region = 'eu' AND amount > 5" },
            { name: "vip", filter: "sys.Label = 'vip''s' AND user.[tier] = 'gold'" },
          ],
        },
      ]);
    });
  });

  test("lists what can be sent to, with what decides of a copy there", async () => {
    const { topic, queue } = bench.fixture.entities;
    const targets = await bench.broker.listTargets();
    expect(targets.find(({ path }) => path === queue)).toMatchObject({
      kind: "queue",
      settings: { disabled: false, forwardTo: null, requiresSession: false },
      subscriptions: null,
    });
    if (topic === null) return;
    const found = targets.find(({ path }) => path === topic);
    expect(found?.kind).toBe("topic");
    expect(found?.subscriptions?.map(({ name }) => name)).toEqual(["all", "picky"]);
  });
}
