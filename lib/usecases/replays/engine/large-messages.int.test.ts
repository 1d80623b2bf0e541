import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { queueOf } from "@/lib/testing/replay-bench";
import { type WorkingBench, workingBench } from "@/lib/testing/working-bench";

let working: WorkingBench;

beforeAll(async () => {
  working = await workingBench(
    { queues: [queueOf("large", { MaxMessageSizeInKilobytes: 2_048, LockDuration: "PT1M" })] },
    // On a slow machine a second is too short for a megabyte: every send would be in doubt.
    { leaseMs: 10_000, sendTimeoutMs: 15_000, settleMs: 2_000 },
  );
});

afterAll(() => working.end());

it("R8: bodies of a megabyte arrive byte for byte, one transfer each", async () => {
  const { bench } = working;
  const body = "x".repeat(1_000_000);
  const messages = Array.from({ length: 40 }, (_, n) => ({
    properties: messageProperties({ messageId: amqpString(`m-${n}`) }),
    body: [dataBody(body)],
  }));
  await bench.seed("large", messages);
  await bench.index();
  const id = await bench.start("large");
  await eventually("the replay to end", async () => (await bench.detail(id)).replay.state === "completed", 40_000);
  const taken = (await bench.record("large")).filter(({ event }) => event === "accepted");
  expect(taken).toHaveLength(40);
  const [first] = await bench.broker.peekActive("large", 0n, 1);
  const bytes = Buffer.from(first?.encoded as Uint8Array);
  expect(
    createHash("sha256")
      .update(bytes.subarray(bytes.indexOf("xxxx")))
      .digest("hex"),
  ).toBe(createHash("sha256").update(body).digest("hex"));
}, 60_000);
