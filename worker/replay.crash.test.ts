import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amqpString } from "@/lib/amqp/values";
import type { ItemState } from "@/lib/domain/replay-states";
import { makePerson } from "@/lib/testing/dead-letter-factory";
import { eventually } from "@/lib/testing/eventually";
import { dataBody, messageProperties } from "@/lib/testing/messages";
import { configFor, emulatorConfig, queueOf, ReplayBench, SHORT } from "@/lib/testing/replay-bench";
import { testBroker } from "@/lib/testing/test-broker";
import { type TestDatabase, testDatabase, testStore } from "@/lib/testing/test-database";
import { WorkerProcess } from "@/lib/testing/worker-process";
import type { Step } from "@/lib/usecases/replays/engine/context";

/** The points of docs/replay-safety.md where a process can die. */
const STEPS: readonly Step[] = ["locked", "claimed", "intended", "on-the-wire", "answered", "recorded", "completed"];
/** After a death at one of these nobody can tell whether the copy has arrived. */
const IN_DOUBT: readonly Step[] = ["intended", "on-the-wire", "answered"];
const MESSAGES = 240;
const KINDS = ["dedup", "plain"] as const;

let bench: ReplayBench;
let database: TestDatabase;

beforeAll(async () => {
  const dedup = { RequiresDuplicateDetection: true, DuplicateDetectionHistoryTimeWindow: "PT10M" };
  const broker = await testBroker(
    emulatorConfig({
      queues: [queueOf("dedup", { LockDuration: "PT4S", ...dedup }), queueOf("plain", { LockDuration: "PT4S" })],
    }),
  );
  database = await testDatabase();
  const store = testStore(database);
  bench = new ReplayBench({
    broker,
    config: configFor(broker, database.url),
    store,
    actor: await makePerson(database),
  });
});

afterAll(() => bench.close());

function letters(queue: string) {
  return Array.from({ length: MESSAGES }, (_, n) => ({
    properties: messageProperties({ messageId: amqpString(`${queue}-${n}`) }),
    body: [dataBody(`{"n": ${n}}`)],
  }));
}

interface Item {
  readonly key: string;
  readonly state: ItemState;
  readonly sent_message_id: string | null;
  readonly attempt: number;
}

/** Compares what the target took with what the ledger says: the broker's own record is the judge. */
async function judge(queue: string, replayId: string): Promise<{ settled: number; uncertain: number }> {
  const items = await database.query<Item>(
    "SELECT key, state, sent_message_id, attempt FROM replay_item WHERE replay_id = $1 ORDER BY ordinal",
    [replayId],
  );
  const taken = (await bench.record(queue)).filter(({ event }) => event === "accepted");
  const times = (id: string) => taken.filter(({ messageId }) => messageId === id).length;
  const left = new Set(
    (await bench.broker.peek({ entityPath: queue, subQueue: "dead-letter" }, 0n, 250)).map(({ key }) => key),
  );
  expect(items).toHaveLength(MESSAGES);
  for (const [n, item] of items.entries()) {
    const id = item.sent_message_id ?? `${queue}-${n}`;
    expect([item.key, item.state, times(id) <= 1], "nothing arrives twice").toEqual([item.key, item.state, true]);
    expect(times(id) === 1 || left.has(item.key), `${id} is neither in the target nor in the DLQ: lost`).toBe(true);
    if (item.state === "settled") {
      expect([id, times(id), left.has(item.key)]).toEqual([id, 1, false]);
    } else {
      expect([id, item.state, left.has(item.key)]).toEqual([id, "uncertain", true]);
    }
  }
  return {
    settled: items.filter(({ state }) => state === "settled").length,
    uncertain: items.filter(({ state }) => state === "uncertain").length,
  };
}

async function stateOf(id: string): Promise<string> {
  return (await bench.detail(id)).replay.state;
}

describe("a worker that is killed", () => {
  it("R2, R3, R5: at each step in turn: nothing is lost, nothing arrives twice, doubt is shown", async () => {
    for (const queue of KINDS) await bench.seed(queue, letters(queue));
    await bench.index();
    const policies = { dedup: "new", plain: "preserve" } as const;
    const ids = await Promise.all(
      KINDS.map((queue) => bench.start(queue, { rate: 25, burst: 3, messageIdPolicy: policies[queue] })),
    );
    const options = { config: bench.config, timing: SHORT, scans: false };
    const itemsOf = async (id: string | undefined) =>
      (await database.query<{ id: string }>("SELECT id FROM replay_item WHERE replay_id = $1", [id])).map(
        (row) => row.id,
      );
    const [dedupItems, plainItems] = [await itemsOf(ids[0]), await itemsOf(ids[1])];
    // Where a death leaves doubt, it strikes once with detection on and once with it off.
    const deaths = STEPS.flatMap((step): { step: Step; items: string[] | null }[] =>
      IN_DOUBT.includes(step) ? [dedupItems, plainItems].map((items) => ({ step, items })) : [{ step, items: null }],
    );
    for (const dieAt of deaths) {
      const dying = new WorkerProcess({
        ...options,
        strikes: [{ step: dieAt.step, ids: dieAt.items, signal: "SIGKILL", token: null }],
      });
      const timer = setTimeout(() => dying.kill("SIGTERM"), 30_000);
      expect(await dying.ended, `${dieAt.step}\n${dying.lines.slice(-5).join("\n")}`).toMatchObject({
        signal: "SIGKILL",
      });
      clearTimeout(timer);
    }
    const last = new WorkerProcess(options);
    try {
      const over = async () => (await Promise.all(ids.map(stateOf))).every((state) => state !== "running");
      await eventually("the replays to end", over, 90_000);
      const [dedup, plain] = await Promise.all(KINDS.map((queue, n) => judge(queue, ids[n] as string)));
      expect(dedup).toEqual({ settled: MESSAGES, uncertain: 0 });
      expect(plain?.uncertain).toBeGreaterThan(0);
      const { replay } = await bench.detail(ids[1] as string);
      expect(replay).toMatchObject({ state: "paused", items: { uncertain: plain?.uncertain } });
      expect(replay.pauseReason).toContain("uncertain");
      const audited = await bench.store.audit.list({ action: "replay.item-uncertain", replay: replay.id, limit: 10 });
      expect(audited.items.length).toBeGreaterThan(0);
    } finally {
      last.kill("SIGTERM");
    }
    expect(await last.ended, last.lines.slice(-10).join("\n")).toMatchObject({ code: 0 });
  }, 240_000);
});
