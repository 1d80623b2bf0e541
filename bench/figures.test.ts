import { expect, test } from "vitest";
import { median, medianIfKnown, spread } from "./figures";

test("one run that went astray does not move a median, whatever the order", () => {
  expect(median([1_000, 9, 10])).toBe(10);
  expect(median([4])).toBe(4);
  expect(median([4, 1])).toBe(2.5);
  expect(() => median([])).toThrow("no median");
});

test("what one run could not tell is not known", () => {
  expect([medianIfKnown([1, null, 3]), medianIfKnown([3, 1, 2])]).toEqual([null, 2]);
  expect([spread([1, null, 3]), spread([])]).toEqual(["?", "?"]);
});

test("figures of several runs show how far they lie apart", () => {
  expect([spread([7]), spread([30, 10, 20])]).toEqual(["7", "20 (10–30)"]);
});
