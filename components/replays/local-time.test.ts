import { expect, it } from "vitest";
import { localInputText } from "./local-time";

it("writes the wall clock of the zone that it is read in, so that the field gives the same moment back", () => {
  const at = new Date("2026-01-02T21:31:00Z");
  expect(localInputText(at)).toBe("2026-01-03T03:01");
  expect(new Date(localInputText(at))).toEqual(at);
});
