import { expect, test } from "vitest";
import { verdictOf } from "./index-verdicts";

const page = (name: string, p95: number) => ({ name, p50: p95 / 2, p95, processor: p95 / 2, aim: 50 });

test.each([
  ["list", 10, 15, "met     1.50 times (processor 1.50)   flat"],
  ["list", 10, 16, "met     1.60 times (processor 1.60)   GROWS (aim 1.5)"],
  ["overview", 40, 51, "MISSED  1.27 times (processor 1.27)   flat"],
  // They may come later than the page, not grow more.
  ["facets of a cause", 10, 40, "met     4.00 times (processor 4.00)   GROWS (aim 1.5)"],
  // Searches alone may grow.
  ["search, word in 1 %", 10, 40, "met     4.00 times (processor 4.00)"],
])("%s from %i to %i ms: %s", (name, small, large, words) => {
  expect(verdictOf(page(name, large), page(name, small))).toBe(`${name.padEnd(38)} ${words}`);
});

test("what was measured at one size alone is not called flat", () => {
  expect(verdictOf(page("list", 10), undefined)).toContain("? times (processor ?)   growth not measured");
});
