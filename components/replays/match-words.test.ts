import { expect, it } from "vitest";
import { matchWords } from "./match-words";

it.each([
  [{ matches: 0, unsure: 0 }, "matches none"],
  [{ matches: 120, unsure: 0 }, "matches 120"],
  [{ matches: 5, unsure: 3 }, "matches 5, not known of 3"],
  [{ matches: null, unsure: 3 }, "not known of 3"],
  [{ matches: null, unsure: 0 }, ""],
  [{ matches: 4 }, "matches 4"],
  [{ matches: null }, ""],
])("R10: says of a rule with %o no more than is known", (rule, words) => {
  expect(matchWords(rule)).toBe(words);
});
