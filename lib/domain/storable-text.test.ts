import { expect, it } from "vitest";
import { storableText } from "./storable-text";

it.each([
  ["plain", "plain"],
  ["", ""],
  ["a\0b\0", "a\ufffdb\ufffd"],
  ["\ud83d\ude00 stays", "\ud83d\ude00 stays"],
  ["lone \ud83d high", "lone \ufffd high"],
  ["lone \ude00 low", "lone \ufffd low"],
  ["\ud83d\ud83d\ude00", "\ufffd\ud83d\ude00"],
  ["end \ud83d", "end \ufffd"],
])("keeps %j as %j", (text, stored) => {
  expect(storableText(text)).toBe(stored);
});
