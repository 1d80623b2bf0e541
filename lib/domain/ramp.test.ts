import { describe, expect, it } from "vitest";
import { canaryWait, expectedSeconds, judgeCanary, type Ramp, rampWords, stepAt } from "./ramp";

const RAMP: Ramp = {
  canary: { count: 10, waitSeconds: 600 },
  steps: [
    { rate: 5, seconds: 60 },
    { rate: 20, seconds: 60 },
  ],
};

it("R11: a canary waits as long as a copy takes to die, or longer if that was asked for", () => {
  expect(canaryWait(null, 600)).toBe(600);
  expect(canaryWait(30, 600)).toBe(600);
  expect(canaryWait(900, 600)).toBe(900);
  expect(canaryWait(0, 0.2), "whole seconds, never none").toBe(1);
});

describe("R11: what came back of the canary", () => {
  it.each([
    [10, 0, null],
    [10, 2, null],
    [10, 3, "3 of the 10 copies sent first came back dead: is the consumer fixed?"],
    [3, 1, "1 of the 3 copies sent first came back dead: is the consumer fixed?"],
    [0, 0, "none of the messages that were to go first could be sent, so there is nothing to see from them"],
  ])("%i sent, %i returned", (sent, returned, words) => {
    expect(judgeCanary({ sent, returned })).toBe(words);
  });
});

describe("the steps", () => {
  it.each([
    [0, 1],
    [59.9, 1],
    [60, 2],
    [119.9, 2],
    [120, null],
  ])("after %d s", (elapsed, number) => {
    expect(stepAt(RAMP, elapsed)?.number ?? null).toBe(number);
  });

  it("are told in words", () => {
    expect(rampWords(RAMP, 50)).toBe("10 first, 600 s wait, 5/s for 60 s, 20/s for 60 s, then 50/s");
  });
});

describe("the expected time", () => {
  const plan = (count: number, ramp: Ramp | null) => expectedSeconds(count, { rate: 50, burst: 1, ramp });

  it("counts the canary, its wait and every step", () => {
    // 10 at 5/s less the burst, the wait, 300 in the first minute, 1,200 in the second, the rest at 50/s.
    expect(plan(10 + 300 + 1_200 + 500, RAMP)).toBeCloseTo(9 / 5 + 600 + 60 + 60 + 10);
  });

  it("ends in the step that sends the last message", () => {
    expect(plan(10 + 100, RAMP)).toBeCloseTo(9 / 5 + 600 + 20);
  });

  it("has no wait when the canary is everything", () => {
    expect(plan(10, RAMP)).toBeCloseTo(9 / 5);
    expect(plan(4, RAMP)).toBeCloseTo(3 / 5);
  });

  it("is the rate alone without a ramp", () => {
    expect(plan(101, null)).toBe(2);
    expect(plan(0, RAMP)).toBe(0);
  });

  it("no step is faster than the replay's own rate", () => {
    expect(plan(501, { canary: null, steps: [{ rate: 900, seconds: 5 }] })).toBeCloseTo(5 + 5);
  });
});
