import { describe, expect, it } from "vitest";
import { AGE_BUCKET_IDS, ageBounds, ageBucketOf, firstSeenFilter } from "./age";
import { parseFilter } from "./filter/parse-filter";

const at = new Date("2026-11-21T05:30:00.000Z");
const ago = (seconds: number) => new Date(at.getTime() - seconds * 1000);

describe("age buckets", () => {
  it.each([
    [0, "1h"],
    [3_599.999, "1h"],
    [3_600, "6h"],
    [21_600, "24h"],
    [86_400, "3d"],
    [259_200, "7d"],
    [604_799, "7d"],
    [604_800, "older"],
    [10_000_000, "older"],
    [-5, "1h"],
  ])("puts an age of %d s into %s", (seconds, bucket) => {
    expect(ageBucketOf(ago(seconds), at)).toBe(bucket);
  });

  it("has bounds that meet: every time falls into the bounds of its own bucket and of no other", () => {
    for (const seconds of [-5, 0, 1, 3_599, 3_600, 3_601, 21_600, 86_399, 86_400, 259_200, 604_800, 1e7]) {
      const enqueuedAt = ago(seconds);
      const inside = AGE_BUCKET_IDS.filter((id) => {
        const { after, until } = ageBounds(id, at);
        return (after === null || enqueuedAt > after) && (until === null || enqueuedAt <= until);
      });
      expect(inside).toEqual([ageBucketOf(enqueuedAt, at)]);
    }
  });

  it("have filters that the language can read", () => {
    for (const id of AGE_BUCKET_IDS) expect(parseFilter(firstSeenFilter(id))).toMatchObject({ ok: true });
    expect(firstSeenFilter("3d")).toBe("first-seen > 72h ago first-seen <= 24h ago");
  });
});
