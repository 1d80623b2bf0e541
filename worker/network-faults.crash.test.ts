import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { untilCompleted } from "@/lib/testing/chaos/judge-held";
import { bothDetections, fillLane, judgeLane, type PlannedLane, planLane } from "@/lib/testing/chaos/lanes";
import { chaosStack } from "@/lib/testing/chaos/test-stack";
import { eventually } from "@/lib/testing/eventually";
import { configFor, SHORT } from "@/lib/testing/replay-bench";
import { TcpProxy } from "@/lib/testing/tcp-proxy";
import { WorkerProcess } from "@/lib/testing/worker-process";

/** Beyond lock, lease and send timeout. */
const AWAY_MS = 4_500;

/** How the network between the worker and the broker fails. */
const CUTS: readonly {
  readonly name: string;
  readonly late: boolean;
  readonly cut: (wire: TcpProxy) => Promise<void>;
}[] = [
  {
    name: "refused",
    late: false,
    cut: async (wire) => {
      wire.cut(true);
      await delay(AWAY_MS);
      wire.accept();
    },
  },
  {
    name: "silent",
    late: false,
    cut: async (wire) => {
      wire.hold("up");
      wire.hold("down");
      await delay(AWAY_MS);
      wire.cut();
      wire.release();
    },
  },
  {
    name: "answers-lost",
    late: false,
    cut: async (wire) => {
      wire.hold("down");
      await delay(AWAY_MS);
      wire.cut();
      wire.release();
    },
  },
  {
    name: "late",
    late: true,
    cut: async (wire) => {
      wire.hold("up");
      wire.hold("down");
      await delay(AWAY_MS);
      wire.release();
    },
  },
];

const stack = await chaosStack(CUTS.flatMap(({ name }) => bothDetections(name)));
const workers: WorkerProcess[] = [];
const wires: TcpProxy[] = [];
afterAll(async () => {
  for (const worker of workers) worker.kill();
  await Promise.all(wires.map((wire) => wire.close()));
});

/** A worker whose broker is at the other end of a wire. */
async function workerOver(wire: TcpProxy): Promise<WorkerProcess> {
  const { broker, bench } = stack;
  const connectionString = broker.connectionString.replace(`:${broker.amqpPort};`, `:${wire.port};`);
  const config = configFor({ ...broker, connectionString }, bench.config.databaseUrl);
  const worker = new WorkerProcess({ config, timing: SHORT, scans: false });
  workers.push(worker);
  await worker.ready;
  return worker;
}

describe("the network between worker and broker", () => {
  it.each(CUTS)("R1 to R8: $name in the midst of a replay: it ends right by the same worker", async ({
    name,
    late,
    cut,
  }) => {
    const replays: PlannedLane[] = [];
    for (const lane of bothDetections(name)) {
      await fillLane(stack.bench, lane, 60, "1");
      await stack.bench.index();
      replays.push(await planLane(stack.bench, lane, { rate: 15, burst: 5 }));
    }
    const wire = await TcpProxy.start({ host: "127.0.0.1", port: stack.broker.amqpPort }, { late });
    wires.push(wire);
    const worker = await workerOver(wire);
    await Promise.all(replays.map(({ start }) => start()));
    await eventually("the first copies", async () => (await stack.bench.record(`${name}-plain`)).length > 10, 20_000);
    await cut(wire);
    await untilCompleted(stack, replays, 60_000);
    const judged = await Promise.all(replays.map((replay) => judgeLane(stack, replay, SHORT.sendTimeoutMs)));
    expect(judged.flatMap(({ found }) => found)).toEqual([]);
    worker.kill("SIGTERM");
    expect(await worker.ended).toMatchObject({ code: 0 });
  }, 120_000);
});
