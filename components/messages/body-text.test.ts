import { describe, expect, test } from "vitest";
import { compactJson, formatJson, textForm } from "./body-text";

describe("JSON is laid out without touching anything but white space", () => {
  const text = '{"id":12345678901234567890,"price":1.10,"name":"a \\u00e9 \\" , b","tags":[],"deep":{"n":1e400}}';

  test("numbers past 2^53, trailing zeros and escapes survive the way there and back", () => {
    const shown = formatJson(text);
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

  test("text that is no JSON is never laid out", () => {
    expect(textForm('{"a":1}', "xml").shown).toBe('{"a":1}');
  });
});
