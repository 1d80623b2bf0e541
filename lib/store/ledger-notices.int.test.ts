import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { planBench } from "@/lib/testing/plan-bench";

const { database, store, newQueue, started, detailOf, shift } = await planBench();
const workerId = randomUUID();
const noticeOf = async (id: string) => (await detailOf(id)).replay.notice;
const waits = (id: string, strandedMs: number) =>
  store.ledger.noticeLocks({ workerId, replayIds: [id], lockMs: 6_000, strandedMs });

beforeEach(newQueue);

describe("a notice that locks are waited for", () => {
  it("is over at the time that it names, whoever is at work then", async () => {
    const id = await started({});
    await waits(id, 60_000);
    expect(await noticeOf(id)).toMatch(
      /^waiting for locks of an earlier window to run out, at most until [\d:]{8} UTC$/,
    );
    await shift(id, "notice_until", 61);
    expect(await noticeOf(id)).toBeNull();
  });

  it("is said again when locks are waited for again", async () => {
    const id = await started({});
    await waits(id, 60_000);
    const [first] = await database.query<{ notice: string }>("SELECT notice FROM replay WHERE id = $1", [id]);
    await shift(id, "notice_until", 61);
    await waits(id, 120_000);
    expect(await noticeOf(id)).toMatch(/^waiting for locks/);
    expect(await noticeOf(id)).not.toBe(first?.notice);
  });

  it("is no longer said after the time that other words are given, unless they are said again", async () => {
    const id = await started({});
    await store.ledger.notice(id, "the broker is busy; trying again in 4 s", 34_000);
    expect(await noticeOf(id)).toBe("the broker is busy; trying again in 4 s");
    await shift(id, "notice_until", 35);
    expect(await noticeOf(id)).toBeNull();
    await waits(id, 60_000);
    expect(await noticeOf(id), "what is over keeps no other words out").toMatch(/^waiting for locks/);
    await store.ledger.notice(id, "the broker is busy; trying again in 4 s", 34_000);
    expect(await noticeOf(id)).toBe("the broker is busy; trying again in 4 s");
    await store.ledger.notice(id, "the broker is busy; trying again in 4 s");
    await shift(id, "notice_until", 35);
    expect(await noticeOf(id)).toBe("the broker is busy; trying again in 4 s");
  });

  it("leaves other words their time, also when they come after it", async () => {
    const id = await started({});
    await waits(id, 60_000);
    await shift(id, "notice_until", 61);
    await store.ledger.notice(id, "the broker is busy");
    expect(await noticeOf(id)).toBe("the broker is busy");
    await waits(id, 60_000);
    expect(await noticeOf(id)).toBe("the broker is busy");
  });
});
