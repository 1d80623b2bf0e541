import { describe, expect, test } from "vitest";
import { canonicalNumber } from "./canonical-number";
import { jsonFact, propertyFact, propertyValue } from "./facts";
import { flattenJson } from "./flatten-json";
import { checkPhrase, phraseWords, wordsOf } from "./words";
import { WordPlaces } from "./words-with-places";

test.each([
  ["100", "1e2"],
  ["100.0", "1e2"],
  ["1e2", "1e2"],
  ["+0.010E1", "1e-1"],
  ["-0", "0"],
  ["0.0", "0"],
  ["-12.50", "-125e-1"],
  ["12345678901234567890", "1234567890123456789e1"],
  ["12345678901234567891", "12345678901234567891"],
  [".5", "5e-1"],
  ["abc", null],
  [".", null],
  ["1e5000", null],
])("the one form of %s is %s", (text, form) => {
  expect(canonicalNumber(text)).toBe(form);
});

test("facts are the same for the same value however it is written, and differ by type, path and kind", () => {
  const number = (text: string) => jsonFact("a", { type: "number", text });
  expect(number("1.50")).toBe(number("15e-1"));
  const others = [
    number("1.5"),
    jsonFact("a", { type: "text", text: "1.5" }),
    jsonFact("b", { type: "number", text: "1.5" }),
    propertyFact("a", propertyValue("double", "1.5")),
    jsonFact("a", { type: "null" }),
    jsonFact("a", { type: "boolean", text: "true" }),
    jsonFact("a", { type: "text", text: "true" }),
  ];
  expect(new Set(others).size).toBe(others.length);
  expect(propertyValue("long", "5")).toEqual({ type: "number", text: "5" });
  expect(propertyValue("decimal64", "00aa")).toEqual({ type: "text", text: "00aa" });
});

describe("words", () => {
  test("are runs of letters and digits in lower case", () => {
    expect([...wordsOf("Order ORD-4711/x: Größe é ½ 日本語 naïve")]).toEqual(
      ["order", "ord", "4711", "x", "größe", "é", "1⁄2", "日本語", "naïve"].map((word) => word.normalize("NFKC")),
    );
    expect([...wordsOf("x".repeat(200))][0]).toHaveLength(64);
  });

  test("a phrase is cut by the same rule, a star is a prefix", () => {
    expect(phraseWords("ORD-47*")).toEqual([
      { word: "ord", prefix: false },
      { word: "47", prefix: true },
    ]);
    expect(checkPhrase("ok")).toBeNull();
    expect(checkPhrase("…")).toContain("no letter");
  });

  test("places are bounded, and no phrase reaches from one part into the next", () => {
    const words = new WordPlaces();
    expect(words.add("description", "a b a", 10)).toBe(true);
    words.part();
    expect(words.add("body", "c d", 1)).toBe(false);
    expect(String(words)).toBe("'a':1A,3A 'b':2A 'c':44B");
    const many = new WordPlaces();
    expect(many.add("body", "w ".repeat(20_000), 50_000)).toBe(false);
    expect(String(many).split(",")).toHaveLength(255);
  });
});

describe("places of a JSON text", () => {
  const limits = { leaves: 100, depth: 10 };
  const flat = (text: string, within = limits) =>
    flattenJson(text, within).leaves.map(({ path, type, text: value }) => `${path} ${type} ${value}`.trim());

  test("are its scalars, objects and arrays, numbers as their digits", () => {
    expect(
      flat('{"a":{"b":[1.0,{"c":"x\\n\\"y\\""}],"e":[]},"n":12345678901234567890,"t":true,"z":null,"o d":1}'),
    ).toEqual([
      "object",
      "a object",
      "a.b array",
      "a.b[] number 1.0",
      "a.b[] object",
      'a.b[].c string x\n"y"',
      "a.e array",
      "n number 12345678901234567890",
      "t boolean true",
      "z null",
      '"o d" number 1',
    ]);
    expect(flat("[[1],[2]]")).toEqual(["array", "[] array", "[][] number 1", "[] array", "[][] number 2"]);
    expect(flat('"just text"')).toEqual(["string just text"]);
  });

  test("are bounded in number and depth, and say so", () => {
    expect(flattenJson("[1,2,3,4]", { leaves: 3, depth: 10 })).toMatchObject({ cut: true, leaves: { length: 3 } });
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(flattenJson(deep, { leaves: 1_000_000, depth: 10 })).toMatchObject({ cut: true, leaves: { length: 11 } });
    expect(flattenJson('{"a":1}', limits).cut).toBe(false);
  });
});
