import { describe, expect, it } from "vitest";
import { Backoff } from "./backoff";

function backoffAt(random: number) {
  let now = 1_000;
  const backoff = new Backoff<string>(
    10,
    () => now,
    () => random,
  );
  return {
    backoff,
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
  };
}

describe("backoff", () => {
  it.each([
    [1, [1, 2, 4, 8, 10, 10]],
    [0, [0.75, 1.5, 3, 6, 7.5, 7.5]],
  ])("doubles after each failure in a row up to its limit, with jitter (%d)", (random, expected) => {
    const { backoff, pass } = backoffAt(random);
    const waits = expected.map(() => {
      const seconds = backoff.failed("a", 1);
      pass(seconds);
      return seconds;
    });
    expect(waits).toEqual(expected);
  });

  it("counts failures of work begun before the wait as one", () => {
    const { backoff, pass } = backoffAt(1);
    expect(backoff.failed("a", 4)).toBe(4);
    pass(1);
    expect(backoff.failed("a", 4)).toBe(3);
    pass(3);
    expect(backoff.failed("a", 4)).toBe(8);
  });

  it("waits for what failed and for nothing else, until the time is over or it succeeds", () => {
    const { backoff, pass } = backoffAt(1);
    backoff.failed("a", 1);
    expect([backoff.isWaiting("a"), backoff.isWaiting("b")]).toEqual([true, false]);
    pass(1);
    expect(backoff.isWaiting("a")).toBe(false);
    backoff.failed("a", 1);
    backoff.succeeded("a");
    expect(backoff.isWaiting("a")).toBe(false);
    expect(backoff.failed("a", 1)).toBe(1);
  });
});
