import { expect, it } from "vitest";
import { KILL_LANES, runKills } from "@/lib/testing/chaos/kill-run";
import { chaosStack } from "@/lib/testing/chaos/test-stack";

const KILLS = 100;
const seed = Math.floor(Math.random() * 1e9);
const stack = await chaosStack(KILL_LANES);

it(`R1 to R8, R13: ${KILLS} kills at random moments: nothing lost, nothing twice that was not shown as uncertain before`, async () => {
  const run = await runKills(stack, { kills: KILLS, seed });
  expect(run.found, `seed ${seed}`).toEqual([]);
  expect(run.kills).toBeGreaterThanOrEqual(KILLS);
  // Kills that leave no doubt have struck nothing.
  expect(run.aimed).toBeGreaterThanOrEqual(KILLS / 4);
  expect(run.doubts).toBeGreaterThan(KILLS / 4);
}, 500_000);
