import { expect, it } from "vitest";
import { LEAST_RETURNED, shouldStop } from "./circuit-breaker";

it.each([
  ["too few to say anything", { sent: 19, returned: LEAST_RETURNED - 1 }, false],
  ["many, but a small share", { sent: 1_000, returned: 249 }, false],
  ["a quarter of them", { sent: 1_000, returned: 250 }, true],
  ["all of the first", { sent: LEAST_RETURNED, returned: LEAST_RETURNED }, true],
  ["returned before the send was recorded", { sent: 0, returned: 30 }, false],
])("R11: %s", (_, counts, stops) => {
  expect(shouldStop(counts) !== null).toBe(stops);
});
