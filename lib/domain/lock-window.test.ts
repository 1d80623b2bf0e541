import { describe, expect, it } from "vitest";
import { lockLeft, mayStillSend, SHORTEST_LOCK_SECONDS, timingFor, windowSize } from "./lock-window";

const timing = { sendTimeoutMs: 10_000, settleMs: 5_000 };

describe("locks", () => {
  it("R1: a send needs more lock time than it and the settling may take", () => {
    const lock = { receivedAt: 1_000, lockMs: 60_000 };
    expect(lockLeft(lock, 11_000)).toBe(50_000);
    expect(mayStillSend(lock, 45_999, timing)).toBe(true);
    expect(mayStillSend(lock, 46_000, timing)).toBe(false);
  });

  it("R1: a short lock shortens the send, so that something can be sent at all", () => {
    const short = timingFor(timing, SHORTEST_LOCK_SECONDS * 1_000);
    expect(short).toEqual({ sendTimeoutMs: 1_250, settleMs: 625 });
    expect(mayStillSend({ receivedAt: 0, lockMs: 5_000 }, 1_000, short)).toBe(true);
    expect(timingFor(timing, 300_000)).toEqual(timing);
  });

  it("holds what is sent in two seconds, at most half of what a lock allows, at least one, at most a window", () => {
    expect(windowSize(20, 60_000, timing, 1_000)).toBe(40);
    expect(windowSize(20, 5_000, timingFor(timing, 5_000), 1_000)).toBe(31);
    expect(windowSize(0.1, 60_000, timing, 1_000)).toBe(1);
    expect(windowSize(1_000_000, 60_000, timing, 1_000)).toBe(1_000);
  });
});
