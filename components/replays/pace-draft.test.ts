import { expect, it } from "vitest";
import { planReplay } from "@/lib/contracts/replays";
import { NO_PACE, type PaceDraft, readPace } from "./pace-draft";

const read = (given: Partial<PaceDraft>) => readPace({ ...NO_PACE, ...given }, 20);
const selection = { kind: "dead-letters", queue: 1, ids: ["1"] };

it("nothing typed means the rate that is offered, at once and without a ramp", () => {
  expect(read({}).pace).toEqual({ rate: 20, rateCeiling: null, ramp: null, startsAt: null });
});

it("what is typed is a plan that the contract takes", () => {
  const { pace } = read({
    rate: "50",
    ceiling: "80",
    canary: true,
    canaryCount: "5",
    steps: [{ rate: "2,5", seconds: "60" }],
    startsAt: "2026-11-21T14:00",
  });
  expect(pace).toEqual({
    rate: 50,
    rateCeiling: 80,
    ramp: { canary: { count: 5, waitSeconds: null }, steps: [{ rate: 2.5, seconds: 60 }] },
    startsAt: new Date(2026, 10, 21, 14).toISOString(),
  });
  expect(planReplay.safeParse({ selection, ...pace }).success).toBe(true);
});

it.each([
  [{ rate: "" }, "rate"],
  [{ rate: "1001" }, "rate"],
  [{ rate: "50", ceiling: "40" }, "ceiling"],
  [{ canary: true, canaryCount: "0" }, "canaryCount"],
  [{ steps: [{ rate: "5", seconds: "1.5" }] }, "steps.0"],
  [{ startsAt: "tomorrow" }, "startsAt"],
] as const)("%j is told at its field", (given, field) => {
  const { pace, errors } = read(given);
  expect([pace, Object.keys(errors)]).toEqual([null, [field]]);
});
