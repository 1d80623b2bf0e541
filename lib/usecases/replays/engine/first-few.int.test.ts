import { afterAll, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { queueOf } from "@/lib/testing/replay-bench";
import { workingBench } from "@/lib/testing/working-bench";

const LOCK_SECONDS = 60;
const [DEPTH, FIRST] = [1_200, 300];

const { bench, end } = await workingBench({ queues: [queueOf("orders", { LockDuration: `PT${LOCK_SECONDS}S` })] });
afterAll(() => end());

it("a replay of the first few locks no more than these: the next one need not wait for the locks of the one before", async () => {
  await bench.seed(
    "orders",
    Array.from({ length: DEPTH }, (_, n) => ({
      properties: messageProperties({ messageId: amqpString(`m-${n}`) }),
      body: [dataBody(`{"n": ${n}}`)],
    })),
  );
  await bench.index();
  const filter = { queue: await bench.queueId("orders") };
  for (const nth of ["first", "second", "third"]) {
    const { id, start } = await bench.plan("orders", {
      ...{ rate: 1_000, burst: 1_000 },
      selection: { kind: "filter", filter, first: FIRST },
    });
    await start();
    await eventually(
      `the ${nth} to be completed`,
      async () => (await bench.detail(id)).replay.state === "completed",
      (LOCK_SECONDS * 1000) / 4,
    );
    await bench.index();
  }
  const copies = (await bench.record("orders")).filter(({ event }) => event === "accepted");
  expect(copies.map(({ messageId }) => messageId).sort(byNumber)).toEqual(
    Array.from({ length: 3 * FIRST }, (_, n) => `m-${n}`),
  );
}, 90_000);

function byNumber(one: string | null, other: string | null): number {
  return Number(one?.slice(2)) - Number(other?.slice(2));
}
