import { describe, expect, it } from "vitest";
import { rateExcess } from "@/lib/testing/rate-excess";
import { blockSize, J_MS, LEAST_LIFE_MS, mostSends, permitsAlive, type ScopeState, takePermits } from "./throttle";

const COLLECT_MS = J_MS - LEAST_LIFE_MS;
const rested = { tat: 0, rate: 100, burst: 1 };
const NOW = 3_600_000;

/** Numbers from 0 to 1 that the seed alone decides. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Asks now and then for some of what there is, and uses permits at once, as late as each lives, or never. */
function simulate(scopes: readonly ScopeState[], seed: number): { sends: number[]; after: readonly ScopeState[] } {
  const random = randomFrom(seed);
  const sends: number[] = [];
  let after = scopes;
  for (let now = 0; now < 20_000; now += random() < 0.05 ? random() * 2_000 : random() * 200) {
    const want = random() < 0.3 ? 1 + Math.floor(random() * 5) : 10_000;
    const grant = takePermits(after, want, now);
    after = grant.after;
    const step = (grant.lastLifeMs - grant.lifeMs) / Math.max(1, grant.granted - 1);
    for (let n = 0; n < grant.granted; n += 1) {
      const life = grant.lifeMs + n * step;
      if (random() < 0.95) sends.push(now + (random() < 0.5 ? random() : 1) * life);
    }
  }
  return { sends, after };
}

describe("the throttle's arithmetic", () => {
  it("R6: no window of any length has more sends than the bound of any scope, however asks and sends fall", () => {
    for (const rate of [1, 5, 20, 100, 1000]) {
      for (const burst of [1, 10, 1000]) {
        for (const wide of [1.0, 1.3, 50]) {
          const scopes = [
            { tat: 0, rate, burst },
            { tat: 0, rate: rate * wide, burst: wide === 1.3 ? 1 : Math.ceil(rate * wide) },
          ];
          const { sends } = simulate(scopes, rate * 31 + burst);
          for (const scope of scopes)
            expect(rateExcess(sends, scope.rate)).toBeLessThanOrEqual(mostSends(scope.rate, scope.burst, 0, 0) + 1e-6);
        }
      }
    }
  });

  it("R6: the long-run rate is the set one although it is asked for late, up to the time that is collected", () => {
    let scopes: readonly ScopeState[] = [
      { tat: 0, rate: 20, burst: 1 },
      { tat: 0, rate: 20.5, burst: 21 },
    ];
    let sends = 0;
    const asks = Array.from({ length: 1_000 }, (_, n) => n * (COLLECT_MS - 20));
    for (const now of asks) {
      const { granted, after } = takePermits(scopes, 100, now);
      scopes = after;
      sends += granted;
    }
    expect(sends / ((asks.at(-1) as number) / 1000)).toBeGreaterThan(20 * 0.99);
  });

  it("gives the burst after a rest, and no more than is collected", () => {
    expect(takePermits([{ tat: 0, rate: 1, burst: 10 }], 1_000, NOW).granted).toBe(10);
    expect(takePermits([{ tat: NOW - 900, rate: 100, burst: 1 }], 1_000, NOW).granted).toBe(1 + COLLECT_MS / 10);
  });

  it("R6: the first permit lives so much less as it was collected, the last one as long as if it were due now", () => {
    expect(takePermits([rested], 100, NOW)).toMatchObject({ granted: 1, lifeMs: J_MS, lastLifeMs: J_MS });
    expect(takePermits([{ ...rested, tat: NOW - 900 }], 100, NOW)).toMatchObject({
      lifeMs: LEAST_LIFE_MS,
      lastLifeMs: J_MS,
    });
    expect(takePermits([{ ...rested, tat: NOW - 50 }], 3, NOW)).toMatchObject({
      lifeMs: J_MS - 50,
      lastLifeMs: J_MS - 30,
    });
    expect(takePermits([{ ...rested, tat: NOW + 100 }], 100, NOW)).toMatchObject({ granted: 0, lifeMs: 0 });
  });

  it("R6: a scope with more than the tightest one shortens no life", () => {
    const tight = { tat: NOW - 30, rate: 100, burst: 1 };
    const wide = { tat: NOW - 900, rate: 1_000, burst: 1_000 };
    const { granted, lifeMs, lastLifeMs, after } = takePermits([tight, wide], 100, NOW);
    expect([granted, lifeMs, lastLifeMs]).toEqual([4, J_MS - 30, J_MS]);
    expect(after.map(({ tat }) => tat)).toEqual([NOW + 10, NOW + 1]);
  });

  it("R6: where more has become due than is wanted, the younger permits are given, and some are kept for who asks next", () => {
    const [lives, kept] = [500, 100].map((want) => {
      const { granted, lifeMs, after } = takePermits([{ tat: NOW - 900, rate: 100_000, burst: 1 }], want, NOW);
      return [granted, Math.round(lifeMs), Math.round(NOW - (after[0] as ScopeState).tat)];
    }) as [number[], number[]];
    expect(lives).toEqual([500, J_MS - 65, 60]);
    expect(kept).toEqual([100, J_MS - 61, 60]);
    // Of a burst that is more than is wanted, too; and what is in debt stays in debt.
    expect(takePermits([{ tat: NOW - 900, rate: 10_000, burst: 600 }], 500, NOW).lifeMs).toBe(J_MS - 60);
    expect(takePermits([{ tat: NOW + 20, rate: 1_000, burst: 600 }], 500, NOW).after[0]?.tat).toBe(NOW + 520);
  });

  it("R6: a rate that several workers share keeps enough for the others where one of them wants few", () => {
    const { granted, lifeMs, after } = takePermits([{ tat: NOW - 165, rate: 1_000, burst: 1 }], 32, NOW);
    expect([granted, lifeMs]).toEqual([32, J_MS - 131]);
    expect(takePermits(after, 191, NOW).granted, "for who asks next").toBe(100);
    // At a slow one nothing that lives long enough is lost.
    expect(takePermits([{ tat: NOW - 190, rate: 20, burst: 1 }], 1, NOW).after[0]?.tat).toBe(NOW - 140);
  });

  it("counts the permits that are still alive: they die one after another", () => {
    const permits = { count: 5, firstUntil: 1_000, lastUntil: 1_040 };
    expect([999, 1_000, 1_009, 1_010, 1_039, 1_040].map((now) => permitsAlive(permits, now))).toEqual([
      5, 4, 4, 3, 1, 0,
    ]);
    expect([9, 10].map((now) => permitsAlive({ count: 1, firstUntil: 10, lastUntil: 10 }, now))).toEqual([1, 0]);
  });

  it("says when the next permit is due", () => {
    const used = takePermits([{ tat: 0, rate: 2, burst: 1 }], 1, 10_000).after;
    const { granted, retryMs } = takePermits(used, 1, 10_000);
    expect(granted).toBe(0);
    expect(takePermits(used, 1, 10_000 + retryMs).granted).toBe(1);
    expect(takePermits(used, 1, 10_000 + retryMs - 1).granted).toBe(0);
  });

  it("asks for blocks that can be collected, never for more than a window", () => {
    const all = [1, 100, 100_000].map((rate) => blockSize(rate, 1, 250, null));
    expect(all).toEqual([2, 20, 250]);
    const afterShortAnswer = [1, 100, 100_000].map((rate) => blockSize(rate, 1, 250, 50));
    expect(afterShortAnswer).toEqual([2, 10, 250]);
  });
});
