import { describe, expect, it } from "vitest";
import { isoOfMs } from "./hours";

describe("a time in ms as text", () => {
  it("is what toISOString writes, the first time and again, also when more are written than are remembered", () => {
    const times = Array.from({ length: 60_000 }, (_, n) => (n - 30_000) * 3_456_789_012 + n * 7);
    for (const ms of [...times, ...times]) if (isoOfMs(ms) !== new Date(ms).toISOString()) expect.fail(`${ms}`);
    expect(isoOfMs(-1)).toBe("1969-12-31T23:59:59.999Z");
  });

  it("refuses what is no time", () => {
    expect(() => isoOfMs(Number.NaN)).toThrow(RangeError);
  });
});
