import { describe, expect, it } from "vitest";
import { adjustedRandIndex } from "./adjusted-rand-index";
import { readErrorTexts } from "./error-texts";
import { judgeGrouping } from "./judge-grouping";

describe("adjusted Rand index", () => {
  it("is 1 for equal partitions, whatever the names of their groups", () => {
    expect(adjustedRandIndex(["a", "a", "b", "c"], ["x", "x", "y", "z"])).toBe(1);
  });

  it("gives the figure worked out by hand for a partial agreement", () => {
    // Contingency 2,1 / 1,2: 2 pairs together of 15, 6 and 6 pairs in each, expected 2.4, most 6.
    expect(adjustedRandIndex(["a", "a", "a", "b", "b", "b"], ["x", "x", "y", "x", "y", "y"])).toBeCloseTo(
      -0.4 / 3.6,
      12,
    );
  });

  it("is 0 when everything is thrown together", () => {
    expect(adjustedRandIndex(["a", "a", "b", "b"], ["x", "x", "x", "x"])).toBe(0);
  });

  it("refuses partitions of different things", () => {
    expect(() => adjustedRandIndex(["a"], [])).toThrow("1 and 0 things");
  });
});

describe("grouping of real error texts", () => {
  const texts = readErrorTexts("templates.txt");

  it("is judged on at least 300 different lines", () => {
    expect(texts.length).toBeGreaterThanOrEqual(300);
    expect(new Set(texts.map((text) => text.label)).size).toBeGreaterThanOrEqual(100);
    expect(new Set(texts.map((text) => text.description)).size).toBeGreaterThanOrEqual(300);
  });

  it("agrees with the labels given by hand to at least 0.95", () => {
    expect(judgeGrouping(texts).adjustedRandIndex).toBeGreaterThanOrEqual(0.95);
  });

  it("agrees as well on a third more texts, which were written after it and without a look at it", () => {
    const heldOut = readErrorTexts("held-out.txt");
    const labels = new Set(heldOut.map((text) => text.label));
    expect(labels.size).toBeGreaterThanOrEqual(new Set(texts.map((text) => text.label)).size / 3);
    expect(texts.some((text) => labels.has(text.label))).toBe(false);
    expect(judgeGrouping(heldOut).adjustedRandIndex).toBeGreaterThanOrEqual(0.95);
  });
});
