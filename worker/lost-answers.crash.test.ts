import { expect, it } from "vitest";
import { FOCUSES, LOSS_LANES, ROUND_LOSSES, runLosses } from "@/lib/testing/chaos/loss-run";
import { chaosStack } from "@/lib/testing/chaos/test-stack";

/** Each kind of statement in its turn. */
const LOSSES = FOCUSES.length * ROUND_LOSSES;
const seed = Math.floor(Math.random() * 1e9);
const stack = await chaosStack(LOSS_LANES);

it(`R2 to R5, R7, R13: ${LOSSES} losses of the database's answers: nothing lost, nothing twice that was not shown as uncertain before, nothing stranded`, async () => {
  const run = await runLosses(stack, { losses: LOSSES, seed });
  expect(run.found, `seed ${seed}`).toEqual([]);
  expect(run.losses).toBe(LOSSES);
  // Losses of answers that said nothing have struck nothing. Which kinds come by depends on the machine.
  const { claim = 0, intend = 0, record = 0, ...others } = run.lost;
  const inWindows = claim + intend + record;
  expect(inWindows, JSON.stringify(run.lost)).toBeGreaterThan(LOSSES / 20);
  expect(Object.values(others).reduce((sum, count) => sum + count, inWindows)).toBeGreaterThan(LOSSES / 6);
}, 500_000);
