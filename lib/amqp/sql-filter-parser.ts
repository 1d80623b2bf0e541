import { readTokens, SqlSyntaxError, type SqlToken } from "./sql-filter-lexer";

/** Longest filter or action text that the service takes. */
export const MAX_SQL_LENGTH = 1024;

export type SqlComparison = "=" | "<>" | "<" | "<=" | ">" | ">=";
export type SqlArithmetic = "+" | "-" | "*" | "/" | "%";

export interface SqlProperty {
  readonly kind: "property";
  readonly scope: "sys" | "user";
  readonly name: string;
}

export type SqlExpression =
  | { readonly kind: "constant"; readonly value: string | bigint | number | boolean | null }
  | { readonly kind: "parameter"; readonly name: string }
  | SqlProperty
  | { readonly kind: "named-property"; readonly name: SqlExpression }
  | { readonly kind: "newid" }
  | { readonly kind: "negate"; readonly operand: SqlExpression }
  | {
      readonly kind: "arithmetic";
      readonly operator: SqlArithmetic;
      readonly left: SqlExpression;
      readonly right: SqlExpression;
    }
  | { readonly kind: "not"; readonly operand: SqlExpression }
  | { readonly kind: "and" | "or"; readonly left: SqlExpression; readonly right: SqlExpression }
  | {
      readonly kind: "compare";
      readonly operator: SqlComparison;
      readonly left: SqlExpression;
      readonly right: SqlExpression;
    }
  | { readonly kind: "is-null"; readonly operand: SqlExpression; readonly negated: boolean }
  | {
      readonly kind: "in";
      readonly operand: SqlExpression;
      readonly items: readonly SqlExpression[];
      readonly negated: boolean;
    }
  | {
      readonly kind: "like";
      readonly operand: SqlExpression;
      readonly pattern: SqlExpression;
      readonly escape: SqlExpression | null;
      readonly negated: boolean;
    }
  | { readonly kind: "exists"; readonly property: SqlProperty };

export type SqlStatement =
  | { readonly kind: "set"; readonly property: SqlProperty; readonly value: SqlExpression }
  | { readonly kind: "remove"; readonly property: SqlProperty };

/** The predicate of a SQL filter. Throws `SqlSyntaxError`. */
export function parseSqlFilter(text: string): SqlExpression {
  const parser = new Parser(text);
  const predicate = parser.or();
  parser.expectEnd();
  if (!isPredicate(predicate)) throw new SqlSyntaxError("a filter is a condition, this is a value", 0);
  return predicate;
}

/** The statements of a SQL rule action. Throws `SqlSyntaxError`. */
export function parseSqlAction(text: string): SqlStatement[] {
  return new Parser(text).statements();
}

const RESERVED: ReadonlySet<string> = new Set(
  "and or not is null in like escape exists true false set remove".split(" "),
);

function isPredicate(expression: SqlExpression): boolean {
  switch (expression.kind) {
    case "arithmetic":
    case "negate":
    case "newid":
      return false;
    case "constant":
      return typeof expression.value === "boolean";
    default:
      return true;
  }
}

class Parser {
  readonly #tokens: SqlToken[];
  #at = 0;

  constructor(text: string) {
    if (text.length > MAX_SQL_LENGTH)
      throw new SqlSyntaxError(`the text is longer than ${MAX_SQL_LENGTH} characters`, MAX_SQL_LENGTH);
    this.#tokens = readTokens(text);
  }

  statements(): SqlStatement[] {
    const statements: SqlStatement[] = [];
    while (this.#next.kind !== "end") {
      statements.push(this.#statement());
      while (this.#takeSymbol(";") || this.#takeSymbol(",")) {
        // Both are seen between statements; neither is needed.
      }
    }
    if (statements.length === 0) throw new SqlSyntaxError("an action has at least one SET or REMOVE", 0);
    return statements;
  }

  #statement(): SqlStatement {
    if (this.#takeKeyword("set")) {
      const property = this.#property();
      this.#expectSymbol("=");
      return { kind: "set", property, value: this.#additive() };
    }
    if (this.#takeKeyword("remove")) return { kind: "remove", property: this.#property() };
    throw this.#unexpected("SET or REMOVE");
  }

  or(): SqlExpression {
    let left = this.#and();
    while (this.#takeKeyword("or")) left = { kind: "or", left, right: this.#and() };
    return left;
  }

  #and(): SqlExpression {
    let left = this.#not();
    while (this.#takeKeyword("and")) left = { kind: "and", left, right: this.#not() };
    return left;
  }

  #not(): SqlExpression {
    if (this.#takeKeyword("not")) return { kind: "not", operand: this.#not() };
    return this.#comparison();
  }

  #comparison(): SqlExpression {
    const left = this.#additive();
    const token = this.#next;
    if (token.kind === "symbol") {
      const operator = COMPARISONS[token.text];
      if (operator === undefined) return left;
      this.#at++;
      return { kind: "compare", operator, left, right: this.#additive() };
    }
    if (this.#takeKeyword("is")) {
      const negated = this.#takeKeyword("not");
      this.#expectKeyword("null");
      return { kind: "is-null", operand: left, negated };
    }
    const negated = this.#takeKeyword("not");
    if (this.#takeKeyword("in")) return { kind: "in", operand: left, items: this.#list(), negated };
    if (this.#takeKeyword("like")) {
      const pattern = this.#additive();
      const escapeChar = this.#takeKeyword("escape") ? this.#additive() : null;
      return { kind: "like", operand: left, pattern, escape: escapeChar, negated };
    }
    if (negated) throw this.#unexpected("IN or LIKE");
    return left;
  }

  #list(): SqlExpression[] {
    this.#expectSymbol("(");
    const items = [this.#additive()];
    while (this.#takeSymbol(",")) items.push(this.#additive());
    this.#expectSymbol(")");
    return items;
  }

  #additive(): SqlExpression {
    let left = this.#multiplicative();
    for (;;) {
      const operator = this.#takeOneOf("+", "-");
      if (operator === null) return left;
      left = { kind: "arithmetic", operator, left, right: this.#multiplicative() };
    }
  }

  #multiplicative(): SqlExpression {
    let left = this.#unary();
    for (;;) {
      const operator = this.#takeOneOf("*", "/", "%");
      if (operator === null) return left;
      left = { kind: "arithmetic", operator, left, right: this.#unary() };
    }
  }

  #unary(): SqlExpression {
    const operator = this.#takeOneOf("+", "-");
    if (operator === null) return this.#primary();
    const operand = this.#unary();
    if (operator === "+") return operand;
    if (operand.kind === "constant" && (typeof operand.value === "bigint" || typeof operand.value === "number")) {
      return { kind: "constant", value: -operand.value };
    }
    return { kind: "negate", operand };
  }

  #primary(): SqlExpression {
    const token = this.#next;
    switch (token.kind) {
      case "string":
        this.#at++;
        return { kind: "constant", value: token.text };
      case "integer":
      case "double":
        this.#at++;
        return { kind: "constant", value: token.value };
      case "parameter":
        this.#at++;
        return { kind: "parameter", name: token.text };
      case "symbol": {
        if (!this.#takeSymbol("(")) throw this.#unexpected("a value");
        const inner = this.or();
        this.#expectSymbol(")");
        return inner;
      }
      case "identifier":
        return this.#identifier(token);
      case "end":
        throw this.#unexpected("a value");
    }
  }

  #identifier(token: SqlToken & { kind: "identifier" }): SqlExpression {
    if (!token.delimited) {
      switch (token.text.toLowerCase()) {
        case "true":
        case "false":
          this.#at++;
          return { kind: "constant", value: token.text.toLowerCase() === "true" };
        case "null":
          this.#at++;
          return { kind: "constant", value: null };
        case "exists": {
          this.#at++;
          this.#expectSymbol("(");
          const property = this.#property();
          this.#expectSymbol(")");
          return { kind: "exists", property };
        }
        case "newid":
          if (!this.#followedByParenthesis()) break;
          this.#at += 2;
          this.#expectSymbol(")");
          return { kind: "newid" };
        case "property":
        case "p": {
          if (!this.#followedByParenthesis()) break;
          this.#at += 2;
          const name = this.#additive();
          this.#expectSymbol(")");
          return { kind: "named-property", name };
        }
        default:
      }
    }
    return this.#property();
  }

  #property(): SqlProperty {
    const first = this.#name();
    if (!this.#takeSymbol(".")) return { kind: "property", scope: "user", name: first.text };
    const scope = first.text.toLowerCase();
    if (first.delimited || (scope !== "sys" && scope !== "user")) {
      throw new SqlSyntaxError(`'${first.text}' is no scope: only sys and user are`, first.at);
    }
    return { kind: "property", scope, name: this.#name().text };
  }

  #name(): SqlToken & { kind: "identifier" } {
    const token = this.#next;
    if (token.kind !== "identifier" || (!token.delimited && RESERVED.has(token.text.toLowerCase()))) {
      throw this.#unexpected("a property name");
    }
    this.#at++;
    return token;
  }

  get #next(): SqlToken {
    return this.#tokens[this.#at] as SqlToken;
  }

  #followedByParenthesis(): boolean {
    const token = this.#tokens[this.#at + 1];
    return token?.kind === "symbol" && token.text === "(";
  }

  #takeKeyword(word: string): boolean {
    const token = this.#next;
    if (token.kind !== "identifier" || token.delimited || token.text.toLowerCase() !== word) return false;
    this.#at++;
    return true;
  }

  #expectKeyword(word: string): void {
    if (!this.#takeKeyword(word)) throw this.#unexpected(word.toUpperCase());
  }

  #takeSymbol(symbol: string): boolean {
    const token = this.#next;
    if (token.kind !== "symbol" || token.text !== symbol) return false;
    this.#at++;
    return true;
  }

  #takeOneOf<T extends SqlArithmetic>(...symbols: T[]): T | null {
    for (const symbol of symbols) if (this.#takeSymbol(symbol)) return symbol;
    return null;
  }

  #expectSymbol(symbol: string): void {
    if (!this.#takeSymbol(symbol)) throw this.#unexpected(`'${symbol}'`);
  }

  expectEnd(): void {
    if (this.#next.kind !== "end") throw this.#unexpected("the end");
  }

  #unexpected(expected: string): SqlSyntaxError {
    return new SqlSyntaxError(`${expected} is expected`, this.#next.at);
  }
}

const COMPARISONS: Readonly<Record<string, SqlComparison>> = {
  "=": "=",
  "<>": "<>",
  "!=": "<>",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};
