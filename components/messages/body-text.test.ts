import { describe, expect, test } from "vitest";
import { compactJson, formatJson, textForm } from "./body-text";

describe("JSON is laid out without touching anything but white space", () => {
  const text = '{"id":12345678901234567890,"price":1.10,"name":"a \\u00e9 \\" , b","tags":[],"deep":{"n":1e400}}';

  test("numbers past 2^53, trailing zeros and escapes survive the way there and back", () => {
    const shown = formatJson(text) ?? "";
    expect(shown.split("\n").length).toBeGreaterThan(5);
    expect(shown).toContain("12345678901234567890");
    expect(shown).toContain("1.10");
    expect(compactJson(shown)).toBe(text);
  });

  test("one-line JSON is edited in lines and restored to one line", () => {
    const form = textForm(text, "json");
    expect(form.formatted).toBe(true);
    expect(form.restore(form.shown.replace("1.10", "2.20"))).toBe(text.replace("1.10", "2.20"));
  });

  test("what would not come back byte for byte is edited as it is", () => {
    for (const odd of ['{"a": 1}', '{"a":1', "", '{"a":1} ', '{"a":"\n"}', '{\n  "a": 1\n}']) {
      const form = textForm(odd, "json");
      expect(form.restore(form.shown)).toBe(odd);
    }
    expect(textForm('{"a": 1}', "json").formatted).toBe(false);
  });

  test("brackets without content stay together, and every value has its line", () => {
    expect(formatJson('{"a":[],"b":{},"c":[1,{"d":null}]}')).toBe(
      '{\n  "a": [],\n  "b": {},\n  "c": [\n    1,\n    {\n      "d": null\n    }\n  ]\n}',
    );
  });

  test("what is nested too deeply is shown as it was sent", () => {
    const deep = `${'{"a":'.repeat(2_000)}1${"}".repeat(2_000)}`;
    expect(textForm(deep, "json")).toMatchObject({ shown: deep, formatted: false });
  });

  test("a megabyte on one line comes back byte for byte", () => {
    const text = `[${Array.from({ length: 9_000 }, (_, n) => `{"n":${n},"text":"${"x".repeat(110)}"}`).join(",")}]`;
    const form = textForm(text, "json");
    expect(form.formatted).toBe(true);
    expect(form.restore(form.shown)).toBe(text);
  });

  test("text that is no JSON is never laid out", () => {
    expect(textForm('{"a":1}', "xml").shown).toBe('{"a":1}');
  });
});
