import { checkPhrase } from "../search/words";
import {
  type Condition,
  type Expression,
  JSON_TYPES,
  type JsonType,
  NUMBER_FIELDS,
  type NumberField,
  type Order,
  REPLAY_MARKS,
  type ReplayMark,
  TEXT_FIELDS,
  type TextField,
  TIME_FIELDS,
  type TimeField,
  type ValueTest,
  WORD_FIELDS,
  type WordField,
} from "./expression";
import { type FilterError, FilterSyntaxError } from "./filter-error";
import { type Operator, readTokens, type Token } from "./filter-lexer";
import {
  readBytes,
  readComparable,
  readDuration,
  readScalar,
  readText,
  readTimePoint,
  readWhole,
} from "./filter-values";
import { readPath, spellPath } from "./json-path";

export const MAX_FILTER_LENGTH = 2_000;
const MAX_CONDITIONS = 50;
const MAX_DEPTH = 20;

export type ParsedFilter =
  | {
      readonly ok: true /** Null: the text is empty, which lets everything through. */;
      readonly expression: Expression | null;
    }
  | { readonly ok: false; readonly error: FilterError };

/**
 * Reads the filter language (docs/search.md). Words that are no condition are searched in description, body and
 * properties; conditions beside each other must all hold.
 */
export function parseFilter(text: string): ParsedFilter {
  try {
    if (text.length > MAX_FILTER_LENGTH) {
      throw new FilterSyntaxError(
        `A filter has ${MAX_FILTER_LENGTH} characters at most.`,
        MAX_FILTER_LENGTH,
        text.length,
      );
    }
    return { ok: true, expression: new Reader(readTokens(text)).filter() };
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    return { ok: false, error: { message: error.message, from: error.from, to: error.to } };
  }
}

const FIELDS = [
  ...TEXT_FIELDS,
  ...WORD_FIELDS,
  ...NUMBER_FIELDS,
  ...TIME_FIELDS,
  "age",
  "replay",
  "edited",
  "property.NAME",
  "json.PATH",
];
const ORDERS: readonly string[] = ["<", "<=", ">", ">="];

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #conditions = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  filter(): Expression | null {
    if (this.#token.kind === "end") return null;
    const expression = this.#or(0);
    if (this.#token.kind === ")") this.#fail("There is no opening bracket for this one.");
    return expression;
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #fail(message: string, token: Token = this.#token): never {
    throw new FilterSyntaxError(message, token.from, Math.max(token.to, token.from + 1));
  }

  #take(): Token {
    const token = this.#token;
    if (token.kind !== "end") this.#at += 1;
    return token;
  }

  #isWord(word: string): boolean {
    return this.#token.kind === "word" && this.#token.text.toLowerCase() === word;
  }

  #or(depth: number): Expression {
    if (depth > MAX_DEPTH) this.#fail(`Brackets are nested more than ${MAX_DEPTH} deep.`);
    const parts = [this.#and(depth)];
    while (this.#isWord("or")) {
      this.#take();
      parts.push(this.#and(depth));
    }
    return parts.length === 1 ? (parts[0] as Expression) : { kind: "or", parts };
  }

  #and(depth: number): Expression {
    const parts = [this.#unary(depth)];
    while (this.#token.kind !== "end" && this.#token.kind !== ")" && !this.#isWord("or")) {
      if (this.#isWord("and")) this.#take();
      parts.push(this.#unary(depth));
    }
    return parts.length === 1 ? (parts[0] as Expression) : { kind: "and", parts };
  }

  #unary(depth: number): Expression {
    const token = this.#token;
    if (this.#isWord("not")) {
      this.#take();
      if (depth > MAX_DEPTH) this.#fail(`"not" is nested more than ${MAX_DEPTH} deep.`, token);
      return { kind: "not", part: this.#unary(depth + 1) };
    }
    if (token.kind === "(") {
      this.#take();
      const inside = this.#or(depth + 1);
      if (this.#token.kind !== ")") this.#fail("The closing bracket is missing.", { ...token, to: this.#token.to });
      this.#take();
      return inside;
    }
    if (token.kind === "operator") this.#fail(`A field is missing before "${token.text}".`);
    if (token.kind === "end" || token.kind === ")" || this.#isWord("and") || this.#isWord("or")) {
      this.#fail("A condition is expected here, such as size > 20kB, json.order.total >= 100 or a word to search for.");
    }
    return this.#condition();
  }

  #condition(): Condition {
    this.#conditions += 1;
    if (this.#conditions > MAX_CONDITIONS) this.#fail(`A filter has ${MAX_CONDITIONS} conditions at most.`);
    const field = this.#take();
    const valueTest = field.kind === "word" ? this.#valueField(field) : null;
    if (valueTest !== null) return valueTest;
    if (this.#token.kind !== "operator") return this.#words("text", field, field);
    if (field.kind === "quoted") this.#fail("The name of a field is written without quotes.", field);
    const operator = this.#take() as Token & { text: Operator };
    const name = field.text.toLowerCase();
    const value = this.#token;
    if (isOneOf(TEXT_FIELDS, name)) return this.#textField(name, operator);
    if (isOneOf(WORD_FIELDS, name)) {
      this.#allow(operator, ["~"], `${name} is searched for words: write ${name} ~ "some words"`);
      return this.#words(name, this.#take(), value);
    }
    if (isOneOf(NUMBER_FIELDS, name)) return this.#numberField(name, operator);
    if (isOneOf(TIME_FIELDS, name)) return this.#timeField(name, operator);
    if (name === "age") {
      this.#allow(operator, ORDERS, "an age is compared: write age > 3h");
      return { kind: "age", op: operator.text as Order, seconds: readDuration(this.#take()) };
    }
    if (name === "replay")
      return this.#choice(operator, "replay", REPLAY_MARKS, (mark) => ({ kind: "replay", mark: mark as ReplayMark }));
    if (name === "edited")
      return this.#choice(operator, "edited", ["yes", "no"], (word) => ({ kind: "edited", value: word === "yes" }));
    this.#fail(`There is no field "${field.text}". ${suggest(name)}`, field);
  }

  #allow(operator: Token, allowed: readonly string[], advice: string): void {
    if (!allowed.includes(operator.text)) this.#fail(`"${operator.text}" cannot be used here: ${advice}.`, operator);
  }

  #choice(operator: Token, name: string, words: readonly string[], make: (word: string) => Condition): Condition {
    this.#allow(operator, ["="], `write ${name} = ${words[0]}`);
    const value = this.#take();
    const word = value.text.toLowerCase();
    if (!words.includes(word)) this.#fail(`After ${name} = one of these is expected: ${words.join(", ")}.`, value);
    return make(word);
  }

  #words(field: WordField, token: Token, at: Token): Condition {
    const phrase = readText(token);
    const problem = checkPhrase(phrase);
    if (problem !== null) this.#fail(problem, at);
    return { kind: "words", field, phrase };
  }

  #textField(field: TextField, operator: Token): Condition {
    this.#allow(operator, ["=", "!=", "~"], `${field} is a text: use =, != or ~ (contains)`);
    const token = this.#take();
    const value = readText(token);
    if (operator.text === "~" && value === "") this.#fail("A text to look for is missing.", token);
    return { kind: "text", field, op: operator.text as "=" | "!=" | "~", value };
  }

  #numberField(field: NumberField, operator: Token): Condition {
    this.#allow(operator, ["=", "!=", ...ORDERS], `${field} is a number: use =, !=, <, <=, > or >=`);
    const token = this.#take();
    const value = field === "deliveries" ? readWhole(token) : readBytes(token);
    return { kind: "number", field, op: operator.text as "=" | "!=" | Order, value };
  }

  #timeField(field: TimeField, operator: Token): Condition {
    this.#allow(
      operator,
      ORDERS,
      `${field} is a time: use <, <=, > or >=, as in ${field} >= 2026-11-20T14:30Z or ${field} > 2h ago`,
    );
    const token = this.#take();
    const ago = this.#isWord("ago");
    if (ago) this.#take();
    return { kind: "time", field, op: operator.text as Order, point: readTimePoint(token, ago) };
  }

  /** property.NAME and json.PATH, whose test is asked for; null when the word is no such field. */
  #valueField(token: Token): Condition | null {
    const found = /^(property|json)([.[].*)?$/is.exec(token.text);
    if (found === null) return null;
    const kind = (found[1] ?? "").toLowerCase();
    const rest = found[2] ?? "";
    if (rest === "" && this.#token.kind !== "operator") return null;
    const name = rest.startsWith(".") ? rest.slice(1) : rest;
    const offset = token.from + token.text.length - name.length;
    if (name === "" && (kind === "property" || rest !== "")) {
      this.#fail(
        kind === "json"
          ? "Which path? Write json.order.total > 100."
          : 'Which property? Write property.tenant = "acme".',
        token,
      );
    }
    const path = readPath(name);
    if ("error" in path) throw new FilterSyntaxError(`In the path, ${path.error}.`, offset + path.at, token.to);
    if (kind === "json") return { kind: "json", path: spellPath(path.steps), test: this.#valueTest(token, true) };
    // The name of a property is one name, dots and all.
    const only = name.startsWith('"') && path.steps.length === 1 ? (path.steps[0] as string) : name;
    return { kind: "property", name: only, test: this.#valueTest(token, false) };
  }

  #valueTest(field: Token, typed: boolean): ValueTest {
    if (this.#isWord("exists") || this.#isWord("missing")) {
      return { op: this.#take().text.toLowerCase() as "exists" | "missing" };
    }
    if (this.#isWord("is")) {
      const is = this.#take();
      if (!typed)
        this.#fail('"is" asks for the type of a JSON value; properties have =, <, ~, exists and missing.', is);
      const type = this.#take();
      if (!isOneOf(JSON_TYPES, type.text.toLowerCase()))
        this.#fail(`After "is" one of these is expected: ${JSON_TYPES.join(", ")}.`, type);
      return { op: "is", type: type.text.toLowerCase() as JsonType };
    }
    if (this.#token.kind !== "operator") {
      this.#fail(
        `What of ${field.text}? Write ${field.text} = "a text", ${field.text} > 100, ${field.text} exists or ${field.text} missing.`,
        field,
      );
    }
    const operator = this.#take() as Token & { text: Operator };
    const token = this.#take();
    switch (operator.text) {
      case "=":
      case "!=":
        return { op: operator.text, value: readScalar(token) };
      case "~": {
        const text = readText(token);
        if (text === "") this.#fail("A text to look for is missing.", token);
        return { op: "~", text };
      }
      case "<":
      case "<=":
      case ">":
      case ">=":
        return { op: operator.text, value: readComparable(token) };
    }
  }
}

function isOneOf<T extends string>(words: readonly T[], word: string): word is T {
  return (words as readonly string[]).includes(word);
}

/** The field that was probably meant, or all of them. */
function suggest(name: string): string {
  const likely: Readonly<Record<string, string>> = {
    "message-id": "id",
    messageid: "id",
    "correlation-id": "correlation",
    correlationid: "correlation",
    "session-id": "session",
    sessionid: "session",
    "content-type": "type",
    contenttype: "type",
    "delivery-count": "deliveries",
    deliverycount: "deliveries",
    time: "enqueued",
    firstseen: "first-seen",
    seen: "first-seen",
    error: "description",
    sequence: "key",
    prop: "property.NAME",
    properties: "property.NAME",
  };
  const meant = likely[name] ?? FIELDS.find((field) => field.startsWith(name) && name.length > 1);
  if (meant !== undefined) return `Did you mean ${meant}?`;
  if (/^[\w-]+\.[\w.-]+/.test(name))
    return `For a field of the body write json.${name}, for a property property.${name}.`;
  return `Fields are ${FIELDS.join(", ")}; a text with such a sign goes in quotes.`;
}
