import { describe, expect, it } from "vitest";
import { compileRule, requireShort } from "./compile-rule";

const expression = (pattern: string) => ({ operator: "matches" as const, pattern });
const ready = (pattern: string) =>
  compileRule({ id: 1, queueId: null, within: [], field: "description", property: null, ...expression(pattern) });

describe("an expression of a rule", () => {
  it.each([
    ["one large count", "x{0,999}"],
    ["many counts beside each other", ".{0,99}".repeat(20)],
    ["counts within counts", "(a{30}){30}"],
    ["large counts behind an escape", "\\\\x{999}".repeat(20)],
    ["many words", Array.from({ length: 160 }, (_, n) => (n * 7_919_777).toString(36)).join("|")],
  ])("is refused with %s: a scan would wait for it at every message", (_, pattern) => {
    expect(() => requireShort(expression(pattern))).toThrow(expect.objectContaining({ code: "invalid-input" }));
  });

  it.each([
    "timeout after \\d+ ms",
    "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}",
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "price \\x{2014} \\x{20AC}\\d+",
    "(?i)(payment|refund).*(declined|refused|expired) by (issuer|acquirer)",
  ])("is taken as people write them: %s", (pattern) => {
    expect(() => requireShort(expression(pattern))).not.toThrow();
  });

  it("of a rule that is there already is asked all the same", () => {
    const rule = ready("x{0,999}y");
    expect(rule.matches({ reason: "", description: "xxy", subject: null, properties: [] })).toBe(true);
  });
});
