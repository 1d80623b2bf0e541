import { expect, it } from "vitest";
import { replayCredits } from "./credits";

it("counts receives, sends and the filters of a topic", () => {
  expect(replayCredits({ copies: 100, locked: 100, filters: 0, rate: 20 })).toEqual({ total: 200, perSecond: 40 });
  expect(replayCredits({ copies: 10, locked: 1_000, filters: 3, rate: 5 })).toEqual({ total: 1_040, perSecond: 520 });
  expect(replayCredits({ copies: 0, locked: 0, filters: 3, rate: 5 })).toEqual({ total: 0, perSecond: 20 });
});
