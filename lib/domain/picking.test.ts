import { expect, it } from "vitest";
import { measuredLockRate, pickingReach } from "./picking";

it.each([
  ["as measured", { lockSeconds: 60, measuredRate: 5_000, creditsLeft: null }, 240_000, "measured"],
  ["as assumed", { lockSeconds: 60, measuredRate: null, creditsLeft: null }, 24_000, "assumed"],
  ["as credits allow", { lockSeconds: 300, measuredRate: 5_000, creditsLeft: 800 }, 192_000, "credits"],
  ["slower than credits", { lockSeconds: 5, measuredRate: 100, creditsLeft: 800 }, 400, "measured"],
] as const)("the reach of picking is rate x lock time less a margin: %s", (_, facts, messages, by) => {
  expect(pickingReach(facts)).toMatchObject({ messages, by, lockSeconds: facts.lockSeconds });
});

it("the measure follows what is seen, slowly", () => {
  expect(measuredLockRate(null, 500, 100)).toBe(5_000);
  expect(measuredLockRate(1_000, 500, 100)).toBe(2_200);
});
