import { randomUUID } from "node:crypto";
import { afterAll, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { eventually } from "@/lib/testing/eventually";
import { madeConfig, madeNamespace } from "@/lib/testing/made-config";
import { dataBody, encodeMessage, messageProperties } from "@/lib/testing/messages";
import { testBroker } from "@/lib/testing/test-broker";
import { testDatabase } from "@/lib/testing/test-database";
import { WorkerProcess } from "@/lib/testing/worker-process";
import { TIMING } from "@/lib/usecases/replays/engine/context";

const QUEUES = ["a", "b", "c"];
const PER_QUEUE = 3_000;
const database = await testDatabase();
const embedded = await testBroker({
  UserConfig: {
    Namespaces: [{ Name: "sbemulatorns", Queues: QUEUES.map((Name) => ({ Name, Properties: {} })), Topics: [] }],
    Logging: { Type: "File" },
  },
} as never);
const config = madeConfig({
  databaseUrl: database.url,
  namespaces: [
    madeNamespace({
      name: "embedded",
      connectionString: embedded.connectionString,
      administrationUrl: embedded.administrationUrl,
    }),
  ],
});
const workers: WorkerProcess[] = [];
afterAll(async () => {
  for (const worker of workers) worker.kill();
  await Promise.all(workers.map((worker) => worker.ended));
});

function startWorker(): WorkerProcess {
  const worker = new WorkerProcess({ config, timing: TIMING, scans: true });
  workers.push(worker);
  return worker;
}

async function seed(entity: string): Promise<void> {
  const messages = Array.from({ length: PER_QUEUE }, (_, n) => ({
    message: Buffer.from(
      encodeMessage({
        properties: messageProperties({ messageId: amqpString(randomUUID()) }),
        body: [dataBody(JSON.stringify({ n, padding: "x".repeat(1_500) }))],
      }),
    ).toString("base64"),
    deadLetter: { reason: "Failed", description: `Order ${n} has no lines` },
  }));
  for (let n = 0; n < PER_QUEUE; n += 500) {
    const answer = await fetch(`${embedded.controlUrl}/seed`, {
      method: "POST",
      body: JSON.stringify({ entity, messages: messages.slice(n, n + 500) }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

const indexed = async () =>
  (await database.query<{ n: number }>("SELECT count(*)::int AS n FROM dead_letter"))[0]?.n ?? 0;

it("picture and DLQ are equal in the end, wherever in a page a worker was killed", async () => {
  await Promise.all(QUEUES.map(seed));
  for (let kill = 0; kill < 2; kill++) {
    const before = await indexed();
    const worker = startWorker();
    await eventually("some pages more", async () => (await indexed()) > before, 20_000);
    worker.kill();
    await worker.ended;
    // What the time of a lease would do.
    await database.query("UPDATE queue SET scan_lease_until = now() - interval '1 s'");
    expect(await indexed()).toBeLessThan(QUEUES.length * PER_QUEUE);
  }
  startWorker();
  await eventually("all DLQs walked", async () => (await indexed()) === QUEUES.length * PER_QUEUE, 30_000);
  await eventually(
    "walks completed",
    async () => (await database.query("SELECT 1 FROM queue WHERE walked_at IS NOT NULL")).length === QUEUES.length,
    20_000,
  );
  const [whole] = await database.query(`
    SELECT count(DISTINCT (d.queue_id, d.key))::int AS keys, count(c.dead_letter_id)::int AS contents,
      count(d.left_at)::int AS left, count(DISTINCT d.cause_id)::int AS causes
    FROM dead_letter d LEFT JOIN dead_letter_content c ON c.dead_letter_id = d.id`);
  expect(whole).toEqual({ keys: 9_000, contents: 9_000, left: 0, causes: 3 });
}, 120_000);
