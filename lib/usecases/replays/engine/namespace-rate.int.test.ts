import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { mostSends } from "@/lib/domain/throttle";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { rateExcess } from "@/lib/testing/rate-excess";
import { queueOf, SHORT } from "@/lib/testing/replay-bench";
import { type WorkingBench, workingBench } from "@/lib/testing/working-bench";

const ENTITIES = ["orders", "invoices"];
const MOST = 30;
const MESSAGES = 120;

let working: WorkingBench;
beforeAll(async () => {
  // The locks outlast the test: what waits for permits must not have to wait for locks besides.
  const queues = ENTITIES.map((name) => queueOf(name, { LockDuration: "PT1M" }));
  working = await workingBench({ queues }, SHORT, { maxReplayRate: MOST });
});
afterAll(() => working.end());

describe("the ceiling of a namespace", () => {
  it("R6: holds for the replays into all its entities together, and each of them gets on", async () => {
    const { bench } = working;
    for (const entity of ENTITIES) {
      await bench.seed(
        entity,
        Array.from({ length: MESSAGES }, (_, n) => ({
          properties: messageProperties({ messageId: amqpString(`${entity}-${n}`) }),
          body: [dataBody(`{"n": ${n}}`)],
        })),
      );
    }
    await bench.index();
    // Each may have all of the ceiling, together they ask for twice of it.
    const ids: string[] = [];
    for (const entity of ENTITIES) ids.push(await bench.start(entity, { rate: MOST, burst: 1 }));
    for (const id of ids) {
      await eventually(
        "both to complete",
        async () => (await bench.detail(id)).replay.state === "completed",
        (10_000 * ENTITIES.length * MESSAGES) / MOST / 4,
      );
    }

    const accepted = (await bench.record()).filter(
      ({ event, entity }) => event === "accepted" && ENTITIES.includes(entity),
    );
    expect(accepted).toHaveLength(ENTITIES.length * MESSAGES);
    const times = accepted.map(({ at }) => at);
    // The burst of a namespace is what it may send in a second.
    expect(rateExcess(times, MOST)).toBeLessThanOrEqual(mostSends(MOST, MOST, 0, 0.3));

    // Neither waits until the other one has ended.
    const firstHalf = accepted.toSorted((a, b) => a.at - b.at).slice(0, MESSAGES);
    for (const entity of ENTITIES) {
      expect(firstHalf.filter((entry) => entry.entity === entity).length, entity).toBeGreaterThan(MESSAGES / 8);
    }
  }, 60_000);
});
