import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { rateExcess } from "@/lib/testing/rate-excess";
import { queueOf, type RecordEntry, type ReplayBench } from "@/lib/testing/replay-bench";
import { type WorkingBench, workingBench } from "@/lib/testing/working-bench";
import { cancelReplay } from "../cancel-replay";
import { changeRate } from "../change-rate";
import { pauseReplay } from "../pause-replay";
import { resumeReplay } from "../resume-replay";

/** An act has to show at the broker within so long, ms. */
const SOON_MS = 2_000;

let working: WorkingBench;
let bench: ReplayBench;
let database: WorkingBench["database"];
let controlUrl: string;

beforeAll(async () => {
  const queues = [
    ...["busy", "beside", "shared"].map((name) => queueOf(name, { LockDuration: "PT30S" })),
    ...["stranded", "full", "throttled"].map((name) => queueOf(name)),
    queueOf("few", { LockDuration: "PT60S" }),
    queueOf("turns", { LockDuration: "PT60S", RequiresSession: true }),
  ];
  working = await workingBench({ queues });
  ({ bench, database, controlUrl } = working);
});

afterAll(() => working.end());

const letters = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    properties: messageProperties({ messageId: amqpString(`m-${n}`) }),
    body: [dataBody('{"n": 1}')],
  }));
const accepted = async (queue: string): Promise<RecordEntry[]> =>
  (await bench.record(queue)).filter(({ event }) => event === "accepted");
const times = async (queue: string) => (await accepted(queue)).map(({ at }) => at);
const actor = () => ({ store: bench.store, actor: bench.actor });

async function until(id: string, state: string, timeoutMs = 20_000) {
  return eventually(
    `replay ${id} to be ${state}`,
    async () => {
      const { replay } = await bench.detail(id);
      return replay.state === state ? replay : null;
    },
    timeoutMs,
  );
}

/** Pauses a replay of 15 a second or more after its first copies; answers how many came. The worker has nothing more under way then. */
async function pauseInTheMidst(queue: string, id: string): Promise<number> {
  await eventually("the first copies", async () => (await times(queue)).length >= 3);
  await pauseReplay(actor(), { id });
  // At such a rate the worker has seen the pause when nothing came for so long.
  await eventually("the pause to show", async () => Date.now() - Math.max(...(await times(queue))) > 1_000);
  return (await times(queue)).length;
}

describe("a replay under load", () => {
  it("R4: pause, resume, another rate and cancel show at the broker within two seconds", async () => {
    await bench.seed("busy", letters(6_000));
    await bench.seed("beside", letters(12_000));
    await bench.index();
    const load = await bench.start("beside", { rate: 400, burst: 10 });
    const id = await bench.start("busy", { rate: 300, burst: 1 });
    await eventually("the first copies", async () => (await times("busy")).length > 300, 15_000);
    /** The load's own sends are the clock: so much later it is still sending. */
    const loadedUntil = (at: number) =>
      eventually("more load", async () => (await times("beside")).some((sent) => sent > at), 15_000);

    const paused = Date.now();
    await pauseReplay(actor(), { id });
    await loadedUntil(paused + SOON_MS + 700);
    expect((await times("busy")).filter((at) => at > paused + SOON_MS)).toEqual([]);

    const resumed = Date.now();
    await resumeReplay(actor(), { id });
    await eventually("copies again", async () => (await times("busy")).some((at) => at > resumed));
    expect(Math.min(...(await times("busy")).filter((at) => at > resumed)) - resumed).toBeLessThan(SOON_MS);

    const slowed = Date.now();
    await changeRate({ ...actor(), config: bench.config }, { id, rate: 20 });
    await loadedUntil(slowed + SOON_MS + 2_000);
    const slow = (await times("busy")).filter((at) => at > slowed + SOON_MS);
    expect(rateExcess(slow, 20)).toBeLessThanOrEqual(20 * 0.5 + 1);

    const hastened = Date.now();
    await changeRate({ ...actor(), config: bench.config }, { id, rate: 300 });
    await loadedUntil(hastened + SOON_MS + 1_000);
    const fast = (await times("busy")).filter((at) => at > hastened + SOON_MS && at <= hastened + SOON_MS + 1_000);
    expect(fast.length).toBeGreaterThan(40);

    const cancelled = Date.now();
    await cancelReplay(actor(), { id });
    await loadedUntil(cancelled + SOON_MS + 700);
    expect((await times("busy")).filter((at) => at > cancelled + SOON_MS)).toEqual([]);
    expect((await bench.detail(load)).replay.state).toBe("running");
    await cancelReplay(actor(), { id: load });
    await eventually("sent items settled", async () => {
      const { items } = (await bench.detail(id)).replay;
      return items.settled === (await times("busy")).length;
    });
  }, 60_000);
});

describe("a replay of which a worker holds all that is left", () => {
  it.each([
    ["few", null],
    ["turns", 4],
  ])(
    "R4: %s goes on within two seconds of a resume, and of another plan after it was cancelled, though the locks last for a minute",
    async (queue, sessions) => {
      await bench.seed(
        queue,
        Array.from({ length: 30 }, (_, n) => ({
          properties: messageProperties({
            messageId: amqpString(`m-${n}`),
            ...(sessions === null ? {} : { groupId: amqpString(`s-${n % sessions}`) }),
          }),
          body: [dataBody('{"n": 1}')],
        })),
      );
      await bench.index();
      const id = await bench.start(queue, { rate: 15, burst: 1 });
      const sent = await pauseInTheMidst(queue, id);
      const free = await bench.broker.openReceiver({ entityPath: queue, subQueue: "dead-letter" });
      expect(await free.lock(1, 1_000), "its worker has all that is left under its locks").toEqual([]);
      await free.close();

      const resumed = Date.now();
      await resumeReplay(actor(), { id });
      await eventually("copies again", async () => (await times(queue)).length > sent, 10_000);
      expect((await times(queue)).filter((at) => at > resumed).reduce((a, b) => Math.min(a, b)) - resumed).toBeLessThan(
        SOON_MS,
      );

      await cancelReplay(actor(), { id });
      await eventually("nothing under way", async () => {
        const { items } = (await bench.detail(id)).replay;
        return items.claimed + items.sending + items.sent === 0;
      });
      await bench.index();
      const before = (await times(queue)).length;
      const again = await bench.start(queue, { rate: 15, burst: 1 });
      const started = Date.now();
      await eventually("copies of the other replay", async () => (await times(queue)).length > before, 10_000);
      expect(Date.now() - started).toBeLessThan(SOON_MS);
      await cancelReplay(actor(), { id: again });
    },
    60_000,
  );
});

describe("a replay of several workers", () => {
  it("locks no more than its worker's share of the rate is worth, so that little is out of reach when it is let go", async () => {
    const others = Array.from({ length: 7 }, () => randomUUID());
    for (const id of others) await bench.store.workers.register({ id, host: "beside", pid: 1, leaseMs: 60_000 });
    try {
      await bench.seed("shared", letters(200));
      await bench.index();
      const id = await bench.start("shared", { rate: 40, burst: 1 });
      const sent = await pauseInTheMidst("shared", id);
      const free = await bench.broker.openReceiver({ entityPath: "shared", subQueue: "dead-letter" });
      let locked = 0;
      // Two seconds' worth of an eighth of the rate is ten, of the whole of it eighty. A call may be under way, and a window beside it; what it
      // holds is locked for longer than this waits.
      await eventually("all but its share to be free", async () => {
        locked += (await free.lock(200, 1_000)).length;
        return 200 - sent - locked <= 40;
      });
      await free.close();
    } finally {
      for (const id of others) await bench.store.workers.end(id);
    }
  }, 45_000);
});

describe("a replay that stands still", () => {
  it("says that it waits for locks, until when, and no longer once it goes on", async () => {
    await bench.seed("stranded", letters(30));
    await bench.index();
    // Every other message is wanted: those between are locked on the way, and left to expire.
    const others = await database.query<{ id: string }>(
      "SELECT id::text FROM dead_letter WHERE queue_id = $1 AND position % 2 = 0 ORDER BY position",
      [await bench.queueId("stranded")],
    );
    const selection = {
      ...{ kind: "dead-letters" as const, queue: await bench.queueId("stranded") },
      ids: others.map((row) => row.id),
    };
    await until(await bench.start("stranded", { selection }), "completed");
    const sent = others.length;
    await bench.index();
    const id = await bench.start("stranded");
    const { notice } = await eventually("a word about locks", async () => {
      const { replay } = await bench.detail(id);
      return replay.notice === null ? null : replay;
    });
    const said = /^waiting for locks of an earlier window to run out, at most until (\d\d):(\d\d):(\d\d) UTC$/.exec(
      notice ?? "",
    );
    expect(said, notice ?? "").not.toBeNull();
    const now = new Date();
    const at = Date.UTC(
      now.getUTCFullYear(),
      now.getUTCMonth(),
      now.getUTCDate(),
      ...(said ?? []).slice(1).map(Number),
    );
    // Locks of six seconds; midnight may lie between.
    expect((at - now.getTime() + 86_400_000) % 86_400_000).toBeLessThan(7_000);
    await eventually("more copies", async () => (await times("stranded")).length > sent, 15_000);
    await eventually("the notice to go", async () => (await bench.detail(id)).replay.notice === null);
    const replay = await until(id, "completed");
    expect(replay.items).toMatchObject({ settled: 15, gone: 0 });
  }, 45_000);

  it("waits for a target that is full, says so, and sends each message once when there is room", async () => {
    await bench.seed("full", letters(5));
    await bench.index();
    const refusal = { fault: "refuse-send", entity: "full", times: 2, condition: "amqp:resource-limit-exceeded" };
    const words = "The maximum entity size has been reached or exceeded for Queue: full.";
    await fetch(`${controlUrl}/faults`, { method: "POST", body: JSON.stringify({ ...refusal, description: words }) });
    const id = await bench.start("full");
    const { notice } = await eventually("a word about it", async () => {
      const { replay } = await bench.detail(id);
      return replay.notice === null ? null : replay;
    });
    expect(notice).toMatch(/^full is full: .*; trying again in \d+ s$/);
    const replay = await until(id, "completed", 30_000);
    expect(replay.items).toMatchObject({ settled: 5, failed: 0, uncertain: 0 });
    expect(await times("full")).toHaveLength(5);
  }, 45_000);

  it("waits while the broker is busy as its messages are to be locked, says so, and no longer once it goes on", async () => {
    await bench.seed("throttled", letters(10));
    await bench.index();
    const entity = "throttled/$DeadLetterQueue";
    await fetch(`${controlUrl}/faults`, { method: "POST", body: JSON.stringify({ fault: "server-busy", entity }) });
    const id = await bench.start("throttled");
    const notice = async () => (await bench.detail(id)).replay.notice;
    try {
      await eventually("words", async () =>
        /^the broker is busy: .*throttled.* trying again in \d+ s$/.test((await notice()) ?? ""),
      );
      expect(await accepted("throttled")).toEqual([]);
    } finally {
      await fetch(`${controlUrl}/faults`, { method: "DELETE" });
    }
    expect(await until(id, "completed", 40_000)).toMatchObject({ items: { settled: 10 }, notice: null });
    expect(await accepted("throttled")).toHaveLength(10);
  }, 60_000);
});
