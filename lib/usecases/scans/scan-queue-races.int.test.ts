import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { BrokerError } from "@/lib/brokers/broker";
import type { MadeUpBroker } from "@/lib/testing/made-up-broker";
import { positions, scanBench } from "@/lib/testing/scan-bench";
import type { TurnOutcome } from "./scan-queue";

const { database, store, anew, scan, rows, present, state } = await scanBench();
let broker: MadeUpBroker;
beforeEach(async () => {
  broker = await anew();
});

describe("races", () => {
  it("does not mark as removed what came in behind the walk", async () => {
    broker.put("orders", ...positions(100, 200));
    broker.pageLimit = 50;
    await scan();
    broker.onPeek = (from) => {
      // The second page's answer is made: now a late arrival comes in below it, and one far above.
      if (from === 150n) broker.put("orders", { position: 60 }, { position: 300 });
    };
    await scan();
    broker.onPeek = () => {};
    expect(await present()).toEqual([...positions(100, 200).map((m) => m.position), 300]);
    await scan();
    expect((await rows()).every((row) => row.left_how === null)).toBe(true);
    expect(await present()).toContain(60);
  });

  it("does not mark as removed what another worker took in after the peek was answered", async () => {
    broker.put("orders", ...positions(1, 5));
    await scan();
    let done = false;
    broker.onPeek = async (from) => {
      if (done || from !== 0n) return;
      done = true;
      broker.put("orders", { position: 0 });
      // Another worker, which has taken the claim over.
      await database.query("UPDATE queue SET scan_lease_until = now() - interval '1 s'");
      await scan({ worker: randomUUID() });
    };
    const [outcome] = await scan();
    expect(outcome).toEqual({ kind: "claim-lost" });
    expect(await present()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("R4: never undoes what a replay settled while a page was under way", async () => {
    broker.put("orders", ...positions(1, 3));
    await scan();
    const [first] = await rows();
    let settled = false;
    broker.onPeek = async (from) => {
      if (settled || from !== 0n) return;
      settled = true;
      // The replay completes message 1 after the peek was answered, and closes its row before the page arrives.
      broker.take("orders", 1);
      await database.query("UPDATE dead_letter SET left_at = clock_timestamp(), left_how = 'replayed' WHERE id = $1", [
        first?.id,
      ]);
    };
    await scan();
    await scan();
    expect((await rows()).map((row) => [row.key, row.left_how])).toEqual([
      ["1", "replayed"],
      ["2", null],
      ["3", null],
    ]);
  });

  it("holds a peek against those rows alone that were in the index before it was sent", async () => {
    broker.put("orders", ...positions(1, 3));
    const beforeAll = await store.now();
    await scan();
    const queueId = Number((await state()).id);
    const stretch = { queueId, from: 0n, through: null, messages: [] };
    expect(await store.page((tx) => tx.compare({ ...stretch, before: beforeAll }))).toMatchObject({ left: 0 });
    const now = await store.now();
    expect(await store.page((tx) => tx.compare({ ...stretch, through: 2n, before: now }))).toMatchObject({ left: 2 });
    expect(await present()).toEqual([3]);
  });

  it("takes back what was thought to have left when a later peek shows it again", async () => {
    broker.put("orders", ...positions(1, 3));
    await scan();
    const before = await rows();
    await database.query("UPDATE dead_letter SET left_at = clock_timestamp(), left_how = 'removed' WHERE id = $1", [
      before[1]?.id,
    ]);
    await scan();
    expect(await rows()).toEqual(before);
  });

  it("goes on where a worker died in the middle of the walk, without the page it died in", async () => {
    broker.put("orders", ...positions(1, 400));
    broker.pageLimit = 100;
    let died = false;
    broker.onPeek = (from) => {
      if (from <= 200n || died) return;
      died = true;
      throw new BrokerError("unreachable", "the connection was lost");
    };
    expect(await scan()).toMatchObject([{ kind: "failed", error: { code: "unreachable" } }]);
    const halfway = (await present()).length;
    expect(halfway).toBeGreaterThan(0);
    expect(halfway).toBeLessThan(400);
    const { walk_position } = await state();
    expect(Number(walk_position)).toBe(halfway + 1);
    broker.peeks.length = 0;
    await scan({ worker: randomUUID() });
    expect(broker.peeks.map(([, from]) => from)).toContain(BigInt(halfway + 1));
    expect(broker.peeks.map(([, from]) => Number(from)).filter((from) => from > 0 && from <= halfway)).toEqual([]);
    expect((await present()).length).toBe(400);
  });

  it("comes on in every turn, however short, and ends right", async () => {
    broker.put("orders", ...positions(1, 120));
    broker.pageLimit = 20;
    const turns: (TurnOutcome | undefined)[] = [];
    for (let i = 0; i < 20; i++) turns.push((await scan({ turnMs: 0, walkSeconds: 3600 }))[0]);
    expect(turns.filter((turn) => turn?.kind === "scanned" && turn.more).length).toBeGreaterThan(3);
    expect(turns.at(-1)).toEqual({ kind: "scanned", more: false });
    expect((await present()).length).toBe(120);
  });
});
