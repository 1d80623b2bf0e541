import { expect, it } from "vitest";
import { csvLine } from "./csv";

it("quotes what parts cells and lines, doubles quotes, and leaves empty what is not known", () => {
  expect(csvLine(["a", 'say "hi", twice', "two\nlines", null, 7, true, ""])).toBe(
    'a,"say ""hi"", twice","two\nlines",,7,true,\r\n',
  );
});

it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])("lets no text begin as a formula: %j", (text) => {
  expect(csvLine([text]).replace(/^"/, "")).toMatch(/^'/);
});

it("keeps numbers as they are, below zero too", () => {
  expect(csvLine([-5, 1.5])).toBe("-5,1.5\r\n");
});
