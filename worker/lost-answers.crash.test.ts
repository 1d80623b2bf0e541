import { expect, it } from "vitest";
import { LOSS_LANES, runLosses } from "@/lib/testing/chaos/loss-run";
import { chaosStack } from "@/lib/testing/chaos/test-stack";

const LOSSES = 60;
const seed = Math.floor(Math.random() * 1e9);
const stack = await chaosStack(LOSS_LANES);

it(`R2 to R5, R7, R13: ${LOSSES} losses of the database's answers: nothing lost, nothing twice that was not shown as uncertain before, nothing stranded`, async () => {
  const run = await runLosses(stack, { losses: LOSSES, seed });
  expect(run.found, `seed ${seed}`).toEqual([]);
  expect(run.losses).toBeGreaterThanOrEqual(LOSSES);
  // Losses of answers that said nothing have struck nothing.
  expect(run.lost).toMatchObject({
    claim: expect.any(Number),
    intend: expect.any(Number),
    record: expect.any(Number),
    item: expect.any(Number),
  });
}, 500_000);
