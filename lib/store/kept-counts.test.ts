import { expect, it } from "vitest";
import { KeptCounts } from "./kept-counts";

/** Counts of sets with a clock that stands until it is moved; each count gives the next number. */
function counter() {
  let now = 0;
  let counted = 0;
  const kept = new KeptCounts<number>(() => now);
  return {
    of: (id: string, size: number) => kept.of(id, size, async () => ++counted),
    failing: (id: string, size: number) => kept.of(id, size, () => Promise.reject(new Error("the database is away"))),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

it("the count of a large set is kept for as long as it is costly, for all who ask meanwhile", async () => {
  const { of, pass } = counter();
  expect(await Promise.all([of("a", 200_000), of("a", 200_000)])).toEqual([1, 1]);
  expect(await of("b", 200_000), "another set is another count").toBe(2);
  pass(1_999);
  expect(await of("a", 200_000)).toBe(1);
  pass(1);
  expect(await of("a", 200_000)).toBe(3);
  pass(4_999);
  expect(await of("c", 9_000_000)).toBe(4);
  pass(5_000);
  expect(await of("c", 9_000_000), "five seconds at most").toBe(5);
});

it("a failure is kept for nobody", async () => {
  const { of, failing } = counter();
  await expect(failing("a", 200_000)).rejects.toThrow("away");
  expect(await of("a", 200_000)).toBe(1);
});

it("no more than five hundred are kept: the oldest goes first", async () => {
  const { of } = counter();
  for (let n = 0; n <= 500; n++) await of(`set-${n}`, 100_000);
  expect(await of("set-1", 100_000)).toBe(2);
  expect(await of("set-0", 100_000)).toBe(502);
});
