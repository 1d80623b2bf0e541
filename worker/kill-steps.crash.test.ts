import { describe, expect, it } from "vitest";
import { killAtSteps, STEP_LANES } from "@/lib/testing/chaos/step-run";
import { chaosStack } from "@/lib/testing/chaos/test-stack";

const stacks = [
  { workers: 1, stack: await chaosStack(STEP_LANES) },
  { workers: 3, stack: await chaosStack(STEP_LANES) },
];

describe("SIGKILL at each of the seven steps × detection on and off × queue, topic and session queue", () => {
  it.concurrent.each(
    stacks,
  )("R1 to R8, R13: with $workers at work: nothing lost, nothing twice, doubt is shown", async ({ workers, stack }) => {
    const outcomes = await killAtSteps(stack, workers);
    expect(outcomes.flatMap(({ found }) => found)).toEqual([]);
    expect(outcomes).toHaveLength(STEP_LANES.length + 1);
  }, 600_000);
});
