import { describe, expect, it } from "vitest";
import type { Overview } from "@/lib/contracts/queues";
import { overviewAnswer, sharedOverview } from "./shared-overview";

function reader() {
  const clock = { now: 0 };
  const reads: { give: (overview: Overview) => void; fail: (error: Error) => void }[] = [];
  const read = () => new Promise<Overview>((give, fail) => reads.push({ give, fail }));
  return { clock, reads, current: sharedOverview(read, () => clock.now) };
}
const overviewAt = (at: string): Overview => ({
  at,
  agesBy: "enqueued",
  queues: [],
  heatmap: [],
  namespaces: [],
  liveWorkers: 1,
});

describe("the overview that everybody shares", () => {
  it("is read once for all who ask within a second, also while it is being read", async () => {
    const { clock, reads, current } = reader();
    const [first, second] = [current(), current()];
    reads[0]?.give(overviewAt("a"));
    clock.now = 999;
    expect([(await first).overview.at, (await second).overview.at, (await current()).overview.at]).toEqual([
      "a",
      "a",
      "a",
    ]);
    expect(reads.length).toBe(1);
    expect((await first).json()).toBe((await current()).json());
  });

  it("is read again after a second, counted from when the reading began", async () => {
    const { clock, reads, current } = reader();
    const first = current();
    clock.now = 900;
    reads[0]?.give(overviewAt("a"));
    await first;
    clock.now = 1_000;
    const next = current();
    reads[1]?.give(overviewAt("b"));
    expect((await next).overview.at).toBe("b");
  });

  it("keeps no failure", async () => {
    const { reads, current } = reader();
    const failing = current();
    reads[0]?.fail(new Error("down"));
    await expect(failing).rejects.toThrow("down");
    const next = current();
    reads[1]?.give(overviewAt("b"));
    expect((await next).overview.at).toBe("b");
  });

  it("answers as the JSON that was written once", async () => {
    const { reads, current } = reader();
    const reading = current();
    reads[0]?.give(overviewAt("a"));
    const answer = overviewAnswer(await reading);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toEqual(overviewAt("a"));
  });
});
