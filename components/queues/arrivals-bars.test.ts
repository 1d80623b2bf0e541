import { describe, expect, it } from "vitest";
import { barsOf } from "./arrivals-bars";

const FROM = "2026-11-21T00:00:00.000Z";
const at = (hour: number) => Date.parse(FROM) + hour * 3_600_000;

describe("bars of a timeline", () => {
  it("hold the newest hours, one each", () => {
    expect(barsOf(FROM, [5, 1, 2, 3], 3, 1)).toEqual([
      { from: at(1), until: at(2), value: 1 },
      { from: at(2), until: at(3), value: 2 },
      { from: at(3), until: at(4), value: 3 },
    ]);
  });

  it("add hours up and lose none of them", () => {
    const bars = barsOf(FROM, [1, 2, 3, 4, 5, 6, 7], 7, 3);
    expect(bars.map((bar) => bar.value)).toEqual([6, 15, 7]);
    expect(bars.at(-1)).toEqual({ from: at(6), until: at(7), value: 7 });
  });

  it("take what there is when that is less than asked for", () => {
    expect(barsOf(FROM, [4], 48, 1)).toEqual([{ from: at(0), until: at(1), value: 4 }]);
  });
});
