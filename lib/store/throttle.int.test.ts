import { expect, it } from "vitest";
import { type ScopeState, takePermits } from "@/lib/domain/throttle";
import { randomFrom } from "@/lib/testing/chaos/kill-run";
import { testDatabase, testStore } from "@/lib/testing/test-database";

const database = await testDatabase();
const store = testStore(database);

interface Row extends Record<string, unknown> {
  readonly tat: number;
  readonly at: number;
}

const scopes = ["entity:1:a", "namespace:1", "replay:x"];

/** Sets the scopes as they were so many ms ago, takes permits, and answers the scopes before and after on the database's clock. */
async function take(ago: readonly number[], limits: readonly { rate: number; burst: number }[], want: number) {
  await store.throttle.ensure(scopes.map((scope, n) => ({ scope, ...(limits[n] as { rate: number; burst: number }) })));
  const read = () =>
    database.query<Row>(
      `SELECT extract(epoch FROM tat)::float8 * 1000 AS tat, extract(epoch FROM updated_at)::float8 * 1000 AS at
       FROM throttle_scope WHERE scope = ANY($1) ORDER BY scope`,
      [scopes],
    );
  await database.query(
    `UPDATE throttle_scope t SET tat = clock_timestamp() - make_interval(secs => g.ago / 1000)
     FROM unnest($1::text[], $2::float8[]) AS g(scope, ago) WHERE t.scope = g.scope`,
    [scopes, ago],
  );
  const before = await read();
  const granted = await store.throttle.take(scopes, want);
  return { before, granted, after: await read() };
}

it("R6: the database grants, ages and counts as the arithmetic says", async () => {
  const random = randomFrom(7);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  let grants = 0;
  for (let n = 0; n < 60; n++) {
    const limits = scopes.map(() => ({ rate: pick([5, 20, 100, 1_000]), burst: pick([1, 10, 100]) }));
    const ago = scopes.map(() => pick([-150, 0, 20, 60, 120, 180, 300, 2_000]) + random() * 10);
    const want = pick([1, 5, 1_000]);
    const { before, granted, after } = await take(ago, limits, want);
    if (granted.granted === 0) continue;
    grants += 1;
    const states = before.map(({ tat }, k): ScopeState => ({ tat, ...(limits[k] as { rate: number; burst: number }) }));
    // The moment of the grant is on record in whole milliseconds: at one of the moments that it may have been, all must be the same.
    const moments = Array.from({ length: 61 }, (_, step) => (after[0]?.at as number) + (step - 30) / 50);
    const differences = moments.map((moment) => {
      const same = takePermits(states, want, moment);
      const lives = granted.lastLifeMs - granted.lifeMs - (same.lastLifeMs - same.lifeMs);
      const tats = after.map(({ tat }, k) => tat - (same.after[k]?.tat as number));
      // Counted from before the request: longer by what the statement waited.
      const life = Math.min(0, granted.lifeMs - same.lifeMs);
      return same.granted === granted.granted
        ? Math.max(...[lives, life, ...tats].map(Math.abs))
        : Number.POSITIVE_INFINITY;
    });
    expect(Math.min(...differences)).toBeLessThan(0.05);
  }
  expect(grants).toBeGreaterThan(20);
});

it("R6: a replay that is slower than its namespace gets the lives of its own permits", async () => {
  const wide = { rate: 1_000, burst: 1_000 };
  const { granted } = await take([190, 190, 20], [wide, wide, { rate: 100, burst: 1 }], 500);
  expect(granted.granted).toBeGreaterThanOrEqual(3);
  expect(granted.lastLifeMs - granted.lifeMs).toBeCloseTo((granted.granted - 1) * 10, 0);
});

it("R6: all scopes or none: a scope that has none keeps the others as they are", async () => {
  const limits = [
    { rate: 1_000, burst: 10 },
    { rate: 1_000, burst: 10 },
    { rate: 1, burst: 1 },
  ];
  const { before, granted, after } = await take([0, 0, -800], limits, 5);
  expect(granted).toMatchObject({ granted: 0, lifeMs: 0, lastLifeMs: 0 });
  expect(granted.retryMs).toBeGreaterThan(0);
  expect(after.map(({ tat }) => tat)).toEqual(before.map(({ tat }) => tat));
});
