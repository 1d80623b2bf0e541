import { describe, expect, it } from "vitest";
import { type AskedGroup, estimateShares } from "./share-estimate";

const group = (matching: number, asked: number): AskedGroup => ({ matching, asked });
const estimated = (groups: readonly AskedGroup[]) => groups.map(estimateShares(groups));

describe("the share that matches in each group of a sample", () => {
  it("is the group's own where groups match wholly or not at all, however few were asked", () => {
    const groups = [group(4, 4), group(0, 5), group(6, 6), group(1, 1), group(0, 40)];
    expect(estimated(groups)).toEqual([1, 0, 1, 1, 0]);
  });

  it("is that of all where chance explains how groups differ", () => {
    const alike = Array.from({ length: 50 }, (_, n) => group(n % 10 === 0 ? 1 : 0, 5));
    expect(estimated(alike)).toEqual(alike.map(() => 0.02));
  });

  it("lies between the two else, nearer to the group's own the more of it were asked", () => {
    const groups = [group(500, 1_000), group(1, 2), group(20, 1_000), group(0, 2), group(300, 1_000)];
    const shares = estimated(groups) as [number, number, number, number, number];
    expect(shares[0]).toBeCloseTo(0.5, 2);
    expect(shares[2]).toBeCloseTo(0.02, 1);
    const ofAll = 821 / 3_004;
    expect(shares[1]).toBeGreaterThan(ofAll);
    expect(shares[1]).toBeLessThan(0.45);
    expect(shares[3]).toBeGreaterThan(0.1);
    expect(shares[3]).toBeLessThan(ofAll);
  });

  it("is told of one group, of none, and of groups that were asked one each", () => {
    expect(estimated([group(3, 4)])).toEqual([0.75]);
    expect(estimated([])).toEqual([]);
    expect(estimated([group(1, 1), group(0, 1)])).toEqual([0.5, 0.5]);
    expect(estimated([group(2, 2), group(3, 3)])).toEqual([1, 1]);
  });
});
