import { describe, expect, it } from "vitest";
import { canaryWait, judgeCanary, type Ramp, rampWords, stepAt } from "./ramp";

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
    expect(judgeCanary({ sent, returned, seen: true })).toBe(words);
  });

  it.each([
    [
      10,
      0,
      "whether the 10 copies sent first came back dead cannot be seen from here: look at the consumer, and resume to let the others go",
    ],
    [
      1,
      0,
      "whether the copy sent first came back dead cannot be seen from here: look at the consumer, and resume to let the others go",
    ],
    [10, 3, "3 of the 10 copies sent first came back dead: is the consumer fixed?"],
    [0, 0, "none of the messages that were to go first could be sent, so there is nothing to see from them"],
  ])("%i sent, %i returned, while nobody looks", (sent, returned, words) => {
    expect(judgeCanary({ sent, returned, seen: false })).toBe(words);
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
