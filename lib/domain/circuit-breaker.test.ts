import { expect, it } from "vitest";
import { DEFAULT_DYING_SECONDS, dyingSeconds, LEAST_RETURNED, shouldStop } from "./circuit-breaker";

const none = { total: 10_000, returned: 0, old: 0, oldReturned: 0 };

it.each([
  ["too few to say anything", { returned: LEAST_RETURNED - 1, old: 4, oldReturned: LEAST_RETURNED - 1 }, null],
  ["many old ones, a small share of them", { returned: 24, old: 100, oldReturned: 24 }, null],
  ["a quarter of the old ones", { returned: 25, old: 100, oldReturned: 25 }, "25 of 100"],
  ["young ones count for no share", { returned: 19, old: 100, oldReturned: 4 }, null],
  ["past the count, whatever their age", { returned: 100 }, "100 copies"],
  ["a small replay: a quarter of it", { total: 80, returned: 20 }, "20 copies"],
  ["a small replay: below it", { total: 80, returned: 19 }, null],
])("R11: %s", (_, given, words) => {
  const reason = shouldStop({ ...none, ...given });
  if (words === null) expect(reason).toBeNull();
  else expect(reason).toContain(words);
});

it("R11: a copy takes its deliveries times the lock to die; unreadable settings count as the defaults", () => {
  expect(dyingSeconds(3, 5)).toBe(15);
  expect([dyingSeconds(null, 5), dyingSeconds(3, null)]).toEqual([DEFAULT_DYING_SECONDS, DEFAULT_DYING_SECONDS]);
});
