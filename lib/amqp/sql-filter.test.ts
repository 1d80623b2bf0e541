import { describe, expect, test } from "vitest";
import { decodeListFields, decodeMapEntries } from "./decode-value";
import { encodeValue } from "./encode-value";
import { encodeSection, findSection, joinSections, PROPERTIES_FIELD, SECTION, splitSections } from "./sections";
import { applySqlAction, compileSqlAction } from "./sql-filter-action";
import { matchesSqlFilter, SqlEvaluationError, type SqlParameters } from "./sql-filter-evaluate";
import { SqlSyntaxError } from "./sql-filter-lexer";
import { EncodedSqlMessage } from "./sql-filter-message";
import { parseSqlFilter } from "./sql-filter-parser";
import { type AmqpValue, amqpString, amqpSymbol, NULL } from "./values";

const PROPERTIES: Readonly<Record<string, AmqpValue>> = {
  text: amqpString("hello"),
  Region: amqpString("eu"),
  five: { type: "int", value: 5 },
  big: { type: "long", value: 9_007_199_254_740_993n },
  half: { type: "double", value: 0.5 },
  yes: { type: "boolean", value: true },
  nothing: NULL,
  when: { type: "timestamp", value: 1000n },
  "with space": amqpString("x"),
  'quo"te]d': { type: "int", value: 1 },
  id: { type: "uuid", value: Buffer.alloc(16, 1) },
};

function encoded(properties: Readonly<Record<string, AmqpValue>> = PROPERTIES): Uint8Array {
  const fields: AmqpValue[] = new Array(PROPERTIES_FIELD.groupId).fill(NULL);
  fields[PROPERTIES_FIELD.messageId] = amqpString("m-1");
  fields[PROPERTIES_FIELD.subject] = amqpString("order.created");
  fields[PROPERTIES_FIELD.contentType] = amqpSymbol("application/json");
  return joinSections([
    encodeSection(SECTION.properties, encodeValue({ type: "list", items: fields })),
    encodeSection(
      SECTION.applicationProperties,
      encodeValue({
        type: "map",
        entries: Object.entries(properties).map(([name, value]) => [amqpString(name), value]),
      }),
    ),
    encodeSection(SECTION.data, encodeValue({ type: "binary", value: Buffer.from("body") })),
  ]);
}

function matches(filter: string, parameters?: SqlParameters): boolean {
  return matchesSqlFilter(parseSqlFilter(filter), new EncodedSqlMessage(encoded()), parameters);
}

describe("SQL filters match", () => {
  test.each([
    ["1=1"],
    ["TRUE"],
    ["yes"],
    ["yes = TRUE AND NOT FALSE"],
    ["text = 'hello'"],
    ["TEXT = 'hello'"],
    ["user.text = 'hello'"],
    ["sys.MessageId = 'm-1'"],
    ["sys.Label = 'order.created'"],
    ["sys.label LIKE 'order.%'"],
    ["sys.ContentType LIKE '%json'"],
    ["five = 5 AND five = 5.0 AND five >= 5 AND five < 6 AND five <> 4 AND five != 4"],
    ["big = 9007199254740993 AND big > 9007199254740992"],
    ["half = 5e-1"],
    ["five + 2 * 3 = 11 AND (five + 2) * 3 = 21 AND five % 3 = 2 AND -five = -5 AND 7 / 2 = 3 AND 7.0 / 2 = 3.5"],
    ["text + '!' = 'hello!'"],
    ["text IN ('a', 'hello')"],
    ["text NOT IN ('a', 'b')"],
    ["five IN (4, 2 + 3)"],
    ["text LIKE 'h_llo' AND text LIKE '%ell%' AND text NOT LIKE 'hell'"],
    ["'ABC%' LIKE 'ABC\\%' ESCAPE '\\'"],
    ["NOT 'ABCD' LIKE 'ABC\\%' ESCAPE '\\'"],
    ["missing IS NULL AND nothing IS NULL AND text IS NOT NULL"],
    ["sys.To IS NULL"],
    ["EXISTS(text) AND EXISTS (user.Region) AND NOT EXISTS(missing)"],
    ['[with space] = \'x\' AND [quo"te]]d] = 1 AND "quo""te]d" = 1'],
    ["property('text') = 'hello' AND p('sys.Label') = 'order.created'"],
    ["newid() <> newid()"],
    ["'it''s' = 'it''s'"],
    ["missing = 1 OR text = 'hello'"],
    ["-9223372036854775808 < 0"],
  ])("%s", (filter) => {
    expect(matches(filter)).toBe(true);
  });
});

describe("SQL filters do not match: false, or unknown", () => {
  test.each([
    ["1=0"],
    ["missing = 1"],
    ["missing <> 1"],
    ["NOT missing = 1"],
    ["missing LIKE '%'"],
    ["missing NOT LIKE 'x'"],
    ["missing IN (1)"],
    ["missing NOT IN (1)"],
    ["missing + 1 = 2"],
    ["-missing = 1"],
    ["missing = 1 AND TRUE"],
    ["missing = 1 OR FALSE"],
    ["nothing = NULL"],
    ["text = 'HELLO'"],
    ["text LIKE 'HELLO'"],
    ["EXISTS(missing)"],
  ])("%s", (filter) => {
    expect(matches(filter)).toBe(false);
  });
});

describe("SQL filters that cannot be applied to this message", () => {
  test.each([
    ["sys.Unknown = 1", /no system property/],
    ["text > 5", /no order/],
    ["text = 5", /cannot be compared/],
    ["id = '01010101'", /cannot be compared/],
    ["five / 0 = 1", /zero/],
    ["text - 'h' = 'ello'", /not defined/],
    ["five LIKE '5'", /strings/],
    ["text LIKE 'x' ESCAPE 'no'", /one character/],
    ["five AND TRUE", /true or false/],
    ["text = @missing", /no value/],
  ])("%s", (filter, why) => {
    expect(() => matches(filter)).toThrow(SqlEvaluationError);
    expect(() => matches(filter)).toThrow(why);
  });
});

describe("Texts outside of the grammar are refused, with the place", () => {
  test.each([
    [""],
    ["five >"],
    ["five = = 5"],
    ["(five = 5"],
    ["five = 5)"],
    ["five IN ()"],
    ["five IN 5"],
    ["five IS 5"],
    ["five NOT 5"],
    ["LIKE = 1"],
    ["other.five = 5"],
    ["'open"],
    ["[open = 1"],
    ["five = 5;"],
    ["five = #"],
    ["@ = 1"],
    ["five + 1"],
    ["99999999999999999999 = 1"],
    ["five SET"],
    [`${"(".repeat(600)}TRUE${")".repeat(600)}`],
  ])("%s", (filter) => {
    expect(() => parseSqlFilter(filter)).toThrow(SqlSyntaxError);
  });

  test("a deep filter within the length that is allowed is read", () => {
    expect(matches(`${"(".repeat(500)}TRUE${")".repeat(500)}`)).toBe(true);
  });
});

test("parameters stand for values", () => {
  expect(
    matches(
      "text = @word AND five > @least",
      new Map<string, string | bigint>([
        ["@word", "hello"],
        ["@least", 4n],
      ]),
    ),
  ).toBe(true);
});

test("no pattern takes long, whatever it looks like", () => {
  const text = "a".repeat(2000);
  const message = new EncodedSqlMessage(encoded({ text: amqpString(text) }));
  const start = performance.now();
  expect(matchesSqlFilter(parseSqlFilter(`text LIKE '${"%a".repeat(200)}%b'`), message)).toBe(false);
  expect(performance.now() - start).toBeLessThan(1000);
});

describe("SQL actions", () => {
  const act = (action: string): Uint8Array => applySqlAction(compileSqlAction(action), encoded());
  const property = (message: Uint8Array, name: string): AmqpValue | undefined =>
    new EncodedSqlMessage(message).userValue(name);

  test("SET writes values with their types, in order, and a copied property keeps its own", () => {
    const message = act("SET a = 5; SET b = a * 2, SET c = 1.5 SET d = 'x' SET e = TRUE SET f = five SET g = newid()");
    expect(property(message, "a")).toEqual({ type: "long", value: 5n });
    expect(property(message, "b")).toEqual({ type: "long", value: 10n });
    expect(property(message, "c")).toEqual({ type: "double", value: 1.5 });
    expect(property(message, "d")).toEqual(amqpString("x"));
    expect(property(message, "e")).toEqual({ type: "boolean", value: true });
    expect(property(message, "f")).toEqual({ type: "int", value: 5 });
    expect(property(message, "g")?.type).toBe("uuid");
  });

  test("names keep the case they were sent with, and REMOVE finds them in any", () => {
    const message = act("SET REGION = 'us'; REMOVE TEXT");
    const section = findSection(splitSections(message), SECTION.applicationProperties);
    const names = decodeMapEntries(message, section?.bodyStart).map(({ key }) =>
      key.type === "string" ? key.value : "",
    );
    expect(names).toContain("Region");
    expect(names).not.toContain("text");
    expect(property(message, "region")).toEqual(amqpString("us"));
  });

  test("system properties of text are set and removed; body and other fields stay byte for byte", () => {
    const message = act("SET sys.Label = 'new' REMOVE sys.MessageId SET sys.SessionId = 's'");
    const section = findSection(splitSections(message), SECTION.properties);
    const fields = decodeListFields(message, section?.bodyStart).map(({ value }) => value);
    expect(fields[PROPERTIES_FIELD.subject]).toEqual(amqpString("new"));
    expect(fields[PROPERTIES_FIELD.messageId]).toEqual(NULL);
    expect(fields[PROPERTIES_FIELD.groupId]).toEqual(amqpString("s"));
    expect(fields[PROPERTIES_FIELD.contentType]).toEqual(amqpSymbol("application/json"));
    expect(Buffer.from(message).includes(Buffer.from("body"))).toBe(true);
  });

  test.each([
    ["SET"],
    ["SET a"],
    ["SET a = "],
    ["REMOVE"],
    ["a = 1"],
    [""],
    ["SET sys.Size = 1"],
    ["SET sys.EnqueuedTimeUtc = 1"],
  ])("'%s' is refused", (action) => {
    expect(() => compileSqlAction(action)).toThrow(SqlSyntaxError);
  });

  test("a system property does not take a number", () => {
    expect(() => act("SET sys.Label = 5")).toThrow(SqlEvaluationError);
  });
});
