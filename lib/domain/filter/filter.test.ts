import { describe, expect, test } from "vitest";
import { payloadFieldsOf } from "./expression";
import { readPath, spellPath } from "./json-path";
import { parseFilter } from "./parse-filter";
import { joinParts, spellFilter, topParts } from "./spell-filter";

function read(text: string) {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`${parsed.error.from}: ${parsed.error.message}`);
  return parsed.expression;
}
const spelled = (text: string) => {
  const expression = read(text);
  return expression === null ? "" : spellFilter(expression);
};
function error(text: string) {
  const parsed = parseFilter(text);
  if (parsed.ok) throw new Error(`read: ${text}`);
  return { at: text.slice(parsed.error.from, parsed.error.to), message: parsed.error.message };
}

describe("a filter is read, and spelled so that it is read as the same", () => {
  test.each([
    ["", ""],
    ["payment", '"payment"'],
    ["payment declined", '"payment" and "declined"'],
    ['"a \\"b\\""', '"a \\"b\\""'],
    ["size > 20kB", "size > 20000"],
    ["size <= 1.5MiB", "size <= 1572864"],
    ["deliveries != 3", "deliveries != 3"],
    ["age > 90m", "age > 90m"],
    ["AGE >= 48h", "age >= 2d"],
    ["enqueued < 2026-11-20", "enqueued < 2026-11-20T00:00:00.000Z"],
    ["enqueued >= 2026-11-20T14:30+02:00", "enqueued >= 2026-11-20T12:30:00.000Z"],
    ["first-seen > 2h ago", "first-seen > 2h ago"],
    ["reason = X", 'reason = "X"'],
    ["replay = Returned", "replay = returned"],
    ["edited = no", "edited = no"],
    ['property.tenant = "acme"', 'property.tenant = "acme"'],
    ["property.a.b exists", 'property."a.b" exists'],
    ['property."a b" != 5', 'property."a b" != 5'],
    ["json.a.b[].c >= -1.50e2", "json.a.b[].c >= -1.50e2"],
    ['json."odd key".x = true', 'json."odd key".x = true'],
    ["json[].x is array", "json[].x is array"],
    ["json = 5", "json = 5"],
    ["json.x = null", "json.x = null"],
    ["json.n = 12345678901234567890", "json.n = 12345678901234567890"],
    ["a or b and c", '"a" or "b" and "c"'],
    ["(a or b) c", '("a" or "b") and "c"'],
    ["not a or not (b c)", 'not "a" or not ("b" and "c")'],
    ["not not a", 'not not "a"'],
    ["json", '"json"'],
  ])("%s", (text, expected) => {
    expect(spelled(text)).toBe(expected);
    expect(spelled(expected)).toBe(expected);
    expect(expected === "" ? null : read(expected)).toEqual(read(text));
  });

  test("parts that must all hold come apart and together again", () => {
    const parts = topParts(read("size > 5 and (a or b) not c"));
    expect(parts.map((part) => spellFilter(part))).toEqual(["size > 5", '"a" or "b"', 'not "c"']);
    expect(read(joinParts(parts))).toEqual(read("size > 5 and (a or b) not c"));
    expect(joinParts([])).toBe("");
  });
});

describe("an error says where and what was expected", () => {
  test.each([
    ["size > many", "many", "a size is expected"],
    ["size >", "", "A value is missing here: a size"],
    ["deliveries > 2.5", "2.5", "a whole number"],
    ["age = 3h", "=", "write age > 3h"],
    ["age > 3", "3", "a duration is expected"],
    ["enqueued > yesterday", "yesterday", "a time is expected"],
    ["enqueued > 2026-13-40", "2026-13-40", "a time is expected"],
    ["text = boom", "=", 'write text ~ "some words"'],
    ["colour = red", "colour", 'There is no field "colour"'],
    ["messageid = 1", "messageid", "Did you mean id?"],
    ["order.total > 5", "order.total", "write json.order.total"],
    ["replay = never", "never", "none, live, returned"],
    ["json.a[0] = 1", "[0]", "write [] without a number"],
    ["json..a = 1", ".a", "In the path"],
    ["json.a", "json.a", 'Write json.a = "a text"'],
    ["property.x is string", "is", "asks for the type of a JSON value"],
    ["json.x is text", "text", 'After "is"'],
    ["(a or b", "(a or b", "The closing bracket is missing"],
    ["a)", ")", "no opening bracket"],
    ["a or", "", "A condition is expected"],
    ["and a", "and", "A condition is expected"],
    ["> 5", ">", "A field is missing"],
    ['"open', '"open', "The closing quote is missing"],
    ["!a", "!", 'Write "not"'],
    ["text ~ ---", "---", "no letter or digit"],
    ["text ~ a*", "a*", "too short"],
    ['"size" > 5', "size", "without quotes"],
    ["reason > x", ">", "use =, != or ~"],
    ["json.x < true", "true", "a number or a text"],
  ])("%s", (text, at, message) => {
    const found = error(text);
    expect(found.message).toContain(message);
    if (at !== "") expect(found.at).toContain(at);
  });

  test("length, depth and number of conditions are bounded", () => {
    expect(error("a ".repeat(1_500)).message).toContain("2000 characters");
    expect(error("a ".repeat(51)).message).toContain("50 conditions");
    expect(error(`${"(".repeat(30)}a${")".repeat(30)}`).message).toContain("nested more than 20");
    expect(error(`${"not ".repeat(30)}a`).message).toContain("nested more than 20");
  });
});

test("what asks about payloads is known by its fields, wherever it stands", () => {
  const fields = (text: string) => payloadFieldsOf(read(text) as never);
  expect(fields("size > 1 and not (age > 1h or json.a.b exists)")).toEqual(["json.a.b"]);
  expect(fields("boom property.x = 1 description ~ y body ~ z")).toEqual(["text", "property.x", "description", "body"]);
  expect(
    fields(
      "reason ~ a id = b subject = c correlation = d session = e type = f key = 1 queue = g replay = none edited = no",
    ),
  ).toEqual([]);
});

test("paths are read as they are spelled, whatever the keys", () => {
  for (const path of ["a.b", "a[].b", "[][].x", '"a.b"."c d"[]', 'x."".y', "ключ.名"]) {
    const parsed = readPath(path);
    expect("steps" in parsed && spellPath(parsed.steps)).toBe(path);
  }
});
