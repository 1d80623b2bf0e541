import { describe, expect, it } from "vitest";
import { readPath } from "./filter/json-path";
import { changeJson } from "./json-change";

function change(text: string, path: string, set: string | null) {
  const read = readPath(path);
  if ("error" in read) throw new Error(read.error);
  return changeJson(text, set === null ? { path: read.steps, remove: true } : { path: read.steps, set });
}
const TEXT =
  '{ "n": 12345678901234567890.10,\n  "order": {"currency": "EU", "lines": [{"sku": "a"}, {"sku": "b", "qty": 1.0}]}, "e": {} }';

describe("a change of a JSON text", () => {
  it.each([
    ["order.currency", '"EUR"', TEXT.replace('"EU"', '"EUR"')],
    ["order.lines[].sku", '"c"', TEXT.replace('"a"', '"c"').replace('"b"', '"c"')],
    ["order.lines[].qty", "2.50", TEXT.replace('{"sku": "a"}', '{"sku": "a", "qty": 2.50}').replace("1.0}", "2.50}")],
    ["e.new", "null", TEXT.replace("{} }", '{"new": null} }')],
    ['"a b"', "1", TEXT.replace("{} }", '{}, "a b": 1 }')],
    ["n", null, TEXT.replace('"n": 12345678901234567890.10,\n  ', "")],
    ["order.lines[].qty", null, TEXT.replace(', "qty": 1.0', "")],
    ["e", null, TEXT.replace(', "e": {}', "")],
  ])("at %s to %s leaves every other character as it was", (path, set, expected) => {
    expect(change(TEXT, path, set)).toEqual({ kind: "changed", text: expected });
  });

  it("removes an only member", () => {
    expect(change('{"a":1}', "a", null)).toEqual({ kind: "changed", text: "{}" });
  });

  it.each([
    ["order.currency", '"EU"'],
    ["nothing.here", null],
    ["order.lines[].colour", null],
  ])("is none where %s is %s already", (path, set) => {
    expect(change(TEXT, path, set)).toEqual({ kind: "same" });
  });

  it.each([
    ["customer.email", '"x"', "not there"],
    ["n.m", "1", "not there"],
    ["order.lines[]", "1", "no member"],
    ["", "1", "no member"],
  ])("is refused where %s has no place", (path, set, why) => {
    expect(change(TEXT, path, set)).toMatchObject({ kind: "impossible", why: expect.stringContaining(why) });
  });

  it("is refused where a name stands twice: which one counts is the reader's guess", () => {
    expect(change('{"a":1,"a":2}', "a", "3")).toMatchObject({ kind: "impossible" });
  });

  it("is refused in what is nested deeper than can be read", () => {
    expect(change(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, "a", "2")).toMatchObject({ kind: "impossible" });
  });
});
