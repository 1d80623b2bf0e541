import { expect, test } from "vitest";
import { type Seen, share, verdictsOf, wordsOf } from "./replay-verdicts";

const costs = (...sums: readonly (number | null)[]) => sums.map((sum) => ({ worker: sum, broker: 0, postgres: 0 }));
const GOOD: Seen = {
  overBareLoop: 0.8,
  overScript: 5,
  delayMs: 5,
  delayedOverBareLoop: 1,
  megabytes: [299, 120],
  depths: [
    { depth: 1_000, costs: costs(200) },
    { depth: 20_000, costs: costs(300) },
    { depth: 200_000, costs: costs(150) },
  ],
};
const met = (seen: Partial<Seen>) => verdictsOf({ ...GOOD, ...seen }).map((verdict) => verdict.met);

test("an aim that is just reached is met", () => {
  expect(met({})).toEqual([true, true, true, true, true]);
});

test.each<[Partial<Seen>, number]>([
  [{ overBareLoop: 0.79 }, 0],
  [{ overScript: 4.99 }, 1],
  [{ delayedOverBareLoop: 0.99 }, 2],
  [{ megabytes: [120, 300] }, 3],
  [{ depths: [...GOOD.depths, { depth: 400_000, costs: costs(301) }] }, 4],
])("%j misses its aim alone, and is said to", (seen, which) => {
  expect(met(seen)).toEqual([0, 1, 2, 3, 4].map((n) => n !== which));
  expect(verdictsOf({ ...GOOD, ...seen }).map(wordsOf)[which]).toMatch(/^MISSED/);
});

test.each<[Partial<Seen>, number]>([
  [{ delayedOverBareLoop: null }, 2],
  [{ megabytes: [120, null] }, 3],
  [{ depths: [] }, 4],
  [{ depths: GOOD.depths.slice(0, 1) }, 4],
  [{ depths: [...GOOD.depths, { depth: 400_000, costs: costs(200, null, 200) }] }, 4],
])("%j leaves its aim unmeasured, which is not met", (seen, which) => {
  expect(met(seen)).toEqual([0, 1, 2, 3, 4].map((n) => (n === which ? null : true)));
  expect(verdictsOf({ ...GOOD, ...seen }).map(wordsOf)[which]).toMatch(/^NOT MEASURED/);
});

test("a depth costs what its median run does: one run beside which the database was at other work tells nothing", () => {
  const deeper = (...sums: number[]) => met({ depths: [...GOOD.depths, { depth: 400_000, costs: costs(...sums) }] })[4];
  expect([deeper(900, 200, 210), deeper(301, 302, 10)]).toEqual([true, false]);
  expect(met({ depths: [{ depth: 1_000, costs: costs(90, 200, 210) }, ...GOOD.depths.slice(1)] })[4]).toBe(true);
});

test("a share is not rounded up to its aim", () => {
  expect([share(799, 1_000), share(8, 10), share(29, 100)]).toEqual([0.79, 0.8, 0.29]);
});
