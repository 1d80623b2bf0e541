import { describe, expect, it } from "vitest";
import { rateExcess } from "@/lib/testing/rate-excess";
import { afterGrant, available, blockSize, J_MS, LEAST_LIFE_MS, mostSends, type ScopeState } from "./throttle";

const COLLECT_MS = J_MS - LEAST_LIFE_MS;

/** Asks at the given times for as much as there is, and uses every permit as late as it lives. */
function simulate(scope: ScopeState, asks: readonly number[], life: number): number[] {
  const sends: number[] = [];
  let state = scope;
  for (const now of asks) {
    const { permits } = available(state, now);
    state = afterGrant(state, now, permits);
    for (let n = 0; n < permits; n += 1) sends.push(now + life);
  }
  return sends;
}

describe("the throttle's arithmetic", () => {
  it("R6: no window of any length has more sends than the bound, however asks and sends fall", () => {
    for (const rate of [1, 5, 20, 100, 1000]) {
      for (const burst of [1, 10]) {
        let seed = rate * 31 + burst;
        const random = () => {
          seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
          return seed / 2_147_483_648;
        };
        let now = 0;
        let state: ScopeState = { tat: 0, rate, burst };
        const sends: number[] = [];
        while (now < 20_000) {
          now += random() < 0.05 ? random() * 2_000 : random() * 200;
          const { permits, lifeMs } = available(state, now);
          state = afterGrant(state, now, permits);
          // Some at once, some as late as they may.
          for (let n = 0; n < permits; n += 1) sends.push(now + (random() < 0.5 ? random() : 1) * lifeMs);
        }
        expect(rateExcess(sends, rate)).toBeLessThanOrEqual(mostSends(rate, burst, 0, 0) + 1e-6);
      }
    }
  });

  it("R6: the long-run rate is the set one although it is asked for late, up to the time that is collected", () => {
    const asks = Array.from({ length: 1_000 }, (_, n) => n * (COLLECT_MS - 20));
    const sends = simulate({ tat: 0, rate: 20, burst: 1 }, asks, 0);
    const seconds = (asks.at(-1) as number) / 1000;
    expect(sends.length / seconds).toBeGreaterThan(20 * 0.99);
  });

  it("gives the burst after a rest, and no more than is collected", () => {
    expect(available({ tat: 0, rate: 1, burst: 10 }, 3_600_000).permits).toBe(10);
    expect(available({ tat: 3_600_000 - 900, rate: 100, burst: 1 }, 3_600_000).permits).toBe(1 + COLLECT_MS / 10);
  });

  it("R6: a permit that was collected lives so much less, and never less than is left to whoever takes it", () => {
    const rested = { tat: 0, rate: 100, burst: 1 };
    expect(available(rested, 3_600_000)).toMatchObject({ permits: 1, lifeMs: J_MS });
    expect(available({ ...rested, tat: 3_600_000 - 900 }, 3_600_000).lifeMs).toBe(LEAST_LIFE_MS);
    expect(available({ ...rested, tat: 3_600_000 - 50 }, 3_600_000).lifeMs).toBe(J_MS - 50);
    expect(available({ ...rested, tat: 3_600_000 }, 3_600_000).lifeMs).toBe(J_MS);
    expect(available({ ...rested, tat: 3_600_100 }, 3_600_000)).toMatchObject({ permits: 0, lifeMs: 0 });
  });

  it("says when the next permit is due", () => {
    const used = afterGrant({ tat: 0, rate: 2, burst: 1 }, 10_000, 1);
    const { permits, retryMs } = available(used, 10_000);
    expect(permits).toBe(0);
    expect(available(used, 10_000 + retryMs).permits).toBe(1);
    expect(available(used, 10_000 + retryMs - 1).permits).toBe(0);
  });

  it("asks for blocks that can be collected, never for more than a window", () => {
    const all = [1, 100, 100_000].map((rate) => blockSize(rate, 1, 250, null));
    expect(all).toEqual([2, 20, 250]);
    const afterShortAnswer = [1, 100, 100_000].map((rate) => blockSize(rate, 1, 250, 50));
    expect(afterShortAnswer).toEqual([2, 10, 250]);
  });
});
