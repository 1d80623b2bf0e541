import { afterAll, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { queueOf } from "@/lib/testing/replay-bench";
import { workingBench } from "@/lib/testing/working-bench";

const LOCK_MS = 15_000;
const [HEAD, ALL] = [20, 120];

const { bench, end } = await workingBench({
  queues: [queueOf("orders", { RequiresSession: true, LockDuration: `PT${LOCK_MS / 1000}S` })],
});
afterAll(() => end());

it("R13: a session whose head another worker left locked goes on as soon as that lock is over, in its order", async () => {
  const numbers = await bench.seed(
    "orders",
    Array.from({ length: ALL }, (_, n) => ({
      properties: messageProperties({ messageId: amqpString(`m-${n}`), groupId: amqpString("one") }),
      body: [dataBody(`{"n": ${n}}`)],
    })),
  );
  await bench.index();
  const { id, start } = await bench.plan("orders");
  // What a worker leaves that has ended: locks that nobody gives back.
  const lockedAt = performance.now();
  const left = await bench.broker.openReceiver({ entityPath: "orders", subQueue: "dead-letter" });
  expect((await left.lock(HEAD, 5_000)).map(({ message }) => message.key)).toEqual(numbers.slice(0, HEAD));
  await eventually("most of their time to pass", () => performance.now() - lockedAt > 0.7 * LOCK_MS, LOCK_MS);
  await start();
  await eventually(
    "the replay to be completed",
    async () => (await bench.detail(id)).replay.state === "completed",
    40_000,
  );
  await left.close();

  const copies = (await bench.record("orders")).filter(({ event }) => event === "accepted");
  expect(copies.map(({ messageId }) => messageId)).toEqual(Array.from({ length: ALL }, (_, n) => `m-${n}`));
  // The rest was met and locked while the head was out of reach: those locks must not be waited for as well.
  const waits = copies.slice(1).map(({ at }, n) => at - (copies[n]?.at ?? 0));
  expect(Math.max(...waits)).toBeLessThan(LOCK_MS / 3);
}, 90_000);
