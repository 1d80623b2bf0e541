import { expect, it } from "vitest";
import { MAX_EXPORTED } from "@/lib/contracts/exports";
import { requireFits } from "./export-rules";

it("a file holds so many messages, and not one more: what to do is said", () => {
  expect(() => requireFits(MAX_EXPORTED)).not.toThrow();
  expect(() => requireFits(MAX_EXPORTED + 1)).toThrow(/Narrow the filter/);
});
