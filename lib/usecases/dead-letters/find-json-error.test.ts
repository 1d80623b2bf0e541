import { expect, test } from "vitest";
import { findJsonError } from "./find-json-error";

test.each([
  ['{"a": 1.0, "n": 12345678901234567890, "a": null}'],
  ["\uFEFF[true]"],
  ['  "text"\r\n'],
  ["1e400"],
])("%j is JSON", (text) => {
  expect(findJsonError(text)).toBeNull();
});

test.each([
  ['{"a": 1,\n  "b": }', "Line 2, column 8: a value is missing."],
  ['{"a": 1,}', "Line 1, column 9: a property name in double quotes is missing."],
  ["{'a': 1}", "Line 1, column 2: something that is no JSON value."],
  ['{"a": 01}', "Line 1, column 8: a comma is missing."],
  ['{"a": NaN}', "Line 1, column 7: something that is no JSON value."],
  ['{"a": "b\nc"}', "Line 1, column 7: a text without its closing quote."],
  ['{"a": "\\x"}', "Line 1, column 7: an escape that JSON does not have."],
  ['{"a": 1} // why', "Line 1, column 10: a comment, which JSON does not have."],
  ['{"a": 1', "Line 1, column 8: a closing brace is missing."],
  ["[1] [2]", "Line 1, column 5: more text after the end of the value."],
  ["", "The body is empty, which is no JSON."],
])("%j is not, and the place is named", (text, words) => {
  expect(findJsonError(text)).toBe(words);
});

test("a body that nests without end is told, not descended into", () => {
  expect(findJsonError("[".repeat(1_000_000))).toBe("It is nested too deeply to be read.");
});
