import { expect, it } from "vitest";
import { ScanLoad } from "./scan-load";

it("is high from a full page on until none has come for a second", () => {
  let now = 0;
  const load = new ScanLoad(() => now);
  expect(load.isHigh).toBe(false);
  load.readFullPage();
  now = 999;
  expect(load.isHigh).toBe(true);
  load.readFullPage();
  now = 1_998;
  expect(load.isHigh).toBe(true);
  now = 1_999;
  expect(load.isHigh).toBe(false);
});
