import { describe, expect, it } from "vitest";
import type { Ramp } from "./ramp";
import { endOfSending, expectedSeconds, type QuietSpan, SESSION_TURN_SECONDS, type Sending } from "./sending-time";

const RAMP: Ramp = {
  canary: { count: 10, waitSeconds: 600 },
  steps: [
    { rate: 5, seconds: 60 },
    { rate: 20, seconds: 60 },
  ],
};

const sending = (count: number, more: Partial<Sending> = {}): Sending => ({
  count,
  rate: 50,
  burst: 1,
  ramp: null,
  longestSession: null,
  passingSeconds: 0,
  ...more,
});

describe("the expected time", () => {
  const plan = (count: number, ramp: Ramp | null) => expectedSeconds(sending(count, { ramp }));

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

  it("is not less than the longest session takes, one message after the other", () => {
    const longest = 1_000 * SESSION_TURN_SECONDS;
    expect(expectedSeconds(sending(1_001, { rate: 1_000, longestSession: 1_000 }))).toBeCloseTo(longest);
    expect(expectedSeconds(sending(1_001, { rate: 10, longestSession: 1_000 })), "the rate takes longer").toBe(100);
    const canary = { canary: { count: 1, waitSeconds: 600 }, steps: [] };
    expect(
      expectedSeconds(sending(1_001, { rate: 1_000, longestSession: 1_000, ramp: canary })),
      "none of it goes while a canary is waited for",
    ).toBeCloseTo(600 + longest);
  });

  it("adds the locking of what stays on the way", () => {
    expect(expectedSeconds(sending(101, { passingSeconds: 30 }))).toBe(32);
  });
});

describe("the end, through quiet hours", () => {
  const NOON = Date.parse("2026-11-20T12:00:00Z");
  const at = (seconds: number) => new Date(NOON + seconds * 1000);
  const quiet = (from: number, to: number, rate: number | null = null): QuietSpan => ({
    begins: at(from),
    ends: at(to),
    rate,
  });
  function end(given: Sending, ...spans: QuietSpan[]) {
    const found = endOfSending(given, { begins: at(0), quiet: spans, horizon: at(100_000) });
    return [found.endsAt === null ? null : (found.endsAt.getTime() - NOON) / 1000, found.quiet];
  }

  it("is the begin and the expected time without any", () => {
    expect(end(sending(501))).toEqual([10, "none"]);
    expect(end(sending(2_010, { ramp: RAMP }))[0]).toBeCloseTo(expectedSeconds(sending(2_010, { ramp: RAMP })), 2);
  });

  it.each<[string, QuietSpan[], number, string]>([
    ["stand still in them", [quiet(4, 1_000)], 1_006, "stopped"],
    ["begin at their end", [quiet(-50, 100)], 110, "stopped"],
    ["stand still in each", [quiet(4, 100), quiet(103, 200)], 203, "stopped"],
    ["stand still in either of two that meet", [quiet(4, 100), quiet(50, 200)], 206, "stopped"],
    ["go slower in them", [quiet(4, 14, 10)], 18, "slower"],
    ["go by the lowest", [quiet(4, 14, 10), quiet(4, 14, 20)], 18, "slower"],
    ["are no faster in them", [quiet(4, 14, 900)], 10, "none"],
    ["do not meet later ones", [quiet(10, 1_000)], 10, "none"],
    ["nor earlier ones", [quiet(-100, 0)], 10, "none"],
  ])("sends %s", (_, spans, seconds, effect) => {
    expect(end(sending(501), ...spans)).toEqual([seconds, effect]);
  });

  it("a burst waits for their end, too", () => {
    expect(end(sending(5, { burst: 10 }), quiet(-1, 60))).toEqual([60, "stopped"]);
  });

  it("a canary's wait goes on in them", () => {
    const ramp = { canary: { count: 1, waitSeconds: 600 }, steps: [] };
    expect(end(sending(501, { ramp }), quiet(100, 500))).toEqual([610, "none"]);
    expect(end(sending(501, { ramp }), quiet(100, 700))).toEqual([710, "stopped"]);
  });

  it("the steps of a ramp begin anew after them", () => {
    const ramp = { canary: null, steps: [{ rate: 5, seconds: 60 }] };
    // 300 in the first minute, then 50/s. With a stop after 40 s: 200 before it, and from 100 s on 300 in a whole minute.
    expect(end(sending(1 + 300 + 100, { ramp }))[0]).toBe(62);
    expect(end(sending(1 + 200 + 300 + 100, { ramp }), quiet(40, 100))[0]).toBe(162);
  });

  it("the turns of a session and the locking on the way stand still, too", () => {
    const turns = 1_000 * SESSION_TURN_SECONDS;
    expect(end(sending(1_000, { rate: 1_000, longestSession: 1_000 }), quiet(5, 50))[0]).toBeCloseTo(turns + 45);
    expect(end(sending(51, { passingSeconds: 9 }), quiet(5, 50))[0]).toBe(55);
  });

  it("is not said where it is beyond what was looked at", () => {
    expect(end(sending(501), quiet(4, 100_000))).toEqual([null, "stopped"]);
    expect(end(sending(501), quiet(4, 60_000), quiet(60_000, 200_000))).toEqual([null, "stopped"]);
    expect(end(sending(60 * 100_000, { rate: 1 }))).toEqual([null, "none"]);
  });
});
