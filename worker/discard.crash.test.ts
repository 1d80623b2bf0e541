import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { codecFor } from "@/lib/brokers/codecs";
import { judgeSends } from "@/lib/testing/chaos/judge";
import { untilCompleted } from "@/lib/testing/chaos/judge-held";
import { bothDetections, type Lane, readSends } from "@/lib/testing/chaos/lanes";
import { chaosStack } from "@/lib/testing/chaos/test-stack";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { SHORT } from "@/lib/testing/replay-bench";
import { WorkerProcess } from "@/lib/testing/worker-process";
import type { Step } from "@/lib/usecases/replays/engine/context";
import { planDiscard } from "@/lib/usecases/replays/plan-discard";
import { startReplay } from "@/lib/usecases/replays/start-replay";

const DISCARD_STEPS = ["locked", "recorded", "completed"] as const satisfies readonly Step[];
const RESTORE_STEPS = ["intended", "on-the-wire", "answered", "recorded"] as const satisfies readonly Step[];
const MESSAGES = 60;
const PACE = { rate: 1_000, burst: 100 };

const shortLocks = (lane: Lane): Lane => ({ ...lane, lockSeconds: 3 });
const discards = DISCARD_STEPS.map((step) => ({ step, lane: shortLocks(withoutDetection(step)) }));
const restores = RESTORE_STEPS.flatMap((step) =>
  bothDetections(`restore-${step}`).map((lane) => ({ name: lane.name, step, lane: shortLocks(lane) })),
);
const stack = await chaosStack([...discards, ...restores].map(({ lane }) => lane));
const { bench } = stack;
const { store } = bench;
const alive: WorkerProcess[] = [];
afterAll(() => {
  for (const worker of alive) worker.kill();
});

function withoutDetection(name: string): Lane {
  return { name, shape: "queue", detectionSeconds: null, doubtPolicy: "hold" };
}

function worker(step: Step | null): WorkerProcess {
  const started = new WorkerProcess({
    config: bench.config,
    timing: SHORT,
    scans: false,
    ...(step === null ? {} : { strikes: [{ step, ids: null, signal: "SIGKILL", token: null }] }),
  });
  alive.push(started);
  return started;
}

async function seed(entity: string): Promise<void> {
  const letters = Array.from({ length: MESSAGES }, (_, n) => ({
    properties: messageProperties({ messageId: amqpString(`${entity}-${n}`) }),
    body: [dataBody(`{"n":${n}}`)],
  }));
  await bench.seed(entity, letters);
  await bench.index();
}

async function discard(entity: string): Promise<string> {
  const { actor, config } = bench;
  const selection = { kind: "filter" as const, filter: { queue: await bench.queueId(entity) } };
  const { id, planHash } = await planDiscard({ store, actor, config, codecFor }, { selection, rate: 1_000 });
  await startReplay({ store, actor, config }, { id, planHash, reason: "a test", ticket: null });
  return id;
}

const completed = (id: string) =>
  eventually(
    `${id} to be completed`,
    async () => {
      const { replay } = await bench.detail(id);
      return replay.state === "completed" ? replay : null;
    },
    60_000,
  );
const inDlq = (entity: string) => bench.broker.peek({ entityPath: entity, subQueue: "dead-letter" }, 0n, 200);
const accepted = async (entity: string) => (await bench.record(entity)).filter(({ event }) => event === "accepted");

describe("SIGKILL of the worker", () => {
  it.each(
    DISCARD_STEPS,
  )("R3, R4: in a discard, after %s: everything is archived once and gone, and nothing was sent", async (step) => {
    await seed(step);
    const id = await discard(step);
    const struck = worker(step);
    expect(await struck.ended).toMatchObject({ signal: "SIGKILL" });
    const next = worker(null);
    expect((await completed(id)).items.settled).toBe(MESSAGES);
    next.kill();
    await next.ended;
    expect(await inDlq(step)).toEqual([]);
    expect(await accepted(step)).toEqual([]);
    const archived = await stack.query<{ encoded: Buffer; hash: Buffer }>(
      "SELECT c.encoded, a.hash FROM archive a JOIN dead_letter_content c USING (dead_letter_id) WHERE a.replay_id = $1",
      [id],
    );
    expect(archived).toHaveLength(MESSAGES);
    for (const { encoded, hash } of archived) {
      expect(createHash("sha256").update(encoded).digest("hex")).toBe(hash.toString("hex"));
    }
  }, 120_000);

  it.each(
    restores,
  )("R2, R5: in a restore ($name): every message is delivered once, by its intent; a person judges doubt where duplicates are not known", async ({
    lane,
    step,
  }) => {
    const entity = lane.name;
    await seed(entity);
    const discarded = await discard(entity);
    const first = worker(null);
    await completed(discarded);
    first.kill();
    await first.ended;
    const queue = await bench.queueId(entity);
    const id = await bench.start(entity, { ...PACE, selection: { kind: "archive", queue, discard: discarded } });
    expect(await worker(step).ended).toMatchObject({ signal: "SIGKILL" });
    const next = worker(null);
    const replay = { lane, id, ...PACE };
    await untilCompleted(stack, [replay], 60_000);
    expect((await bench.detail(id)).replay.items.settled).toBe(MESSAGES);
    next.kill();
    await next.ended;
    const sends = await readSends(stack, replay, SHORT.sendTimeoutMs);
    expect(judgeSends(sends)).toEqual([]);
    const doubts = sends.transitions.filter(({ to }) => to === "uncertain");
    if (step !== "recorded") expect(doubts.length, "a strike without its doubt is none").toBeGreaterThan(0);
    const active = await bench.broker.peekActive(entity, 0n, 500);
    expect(new Set(active.map(({ messageId }) => messageId)).size).toBe(MESSAGES);
    expect(active).toHaveLength(MESSAGES);
    expect((await bench.detail(discarded)).replay.restorable).toBe(0);
  }, 120_000);
});
