/** Tokens of Service Bus SQL filters and rule actions. Keywords are identifiers until the parser asks for them. */
export type SqlToken =
  | { readonly kind: "identifier"; readonly text: string; readonly delimited: boolean; readonly at: number }
  | { readonly kind: "string"; readonly text: string; readonly at: number }
  | { readonly kind: "integer"; readonly value: bigint; readonly at: number }
  | { readonly kind: "double"; readonly value: number; readonly at: number }
  | { readonly kind: "parameter"; readonly text: string; readonly at: number }
  | { readonly kind: "symbol"; readonly text: string; readonly at: number }
  | { readonly kind: "end"; readonly at: number };

/** Text that is not in the documented grammar. `at` is the offset of the first character that does not fit. */
export class SqlSyntaxError extends Error {
  override readonly name = "SqlSyntaxError";
  readonly at: number;

  constructor(message: string, at: number) {
    super(`${message} (at character ${at + 1})`);
    this.at = at;
  }
}

const IDENTIFIER = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const NUMBER = /(?:\d+(\.\d*)?|(\.\d+))([eE][+-]?\d+)?/y;
const SYMBOLS = ["<>", "!=", "<=", ">=", "=", "<", ">", "(", ")", ",", ".", "+", "-", "*", "/", "%", ";"];
const LARGEST_INTEGER = 2n ** 63n - 1n;

/** Throws `SqlSyntaxError`. */
export function readTokens(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at] as string;
    if (/\s/.test(char)) {
      at++;
      continue;
    }
    const token = readToken(text, at, char);
    tokens.push(token.token);
    at = token.end;
  }
  tokens.push({ kind: "end", at: text.length });
  return tokens;
}

function readToken(text: string, at: number, char: string): { token: SqlToken; end: number } {
  switch (char) {
    case "'": {
      const quoted = readQuoted(text, at, "'");
      return { token: { kind: "string", text: quoted.text, at }, end: quoted.end };
    }
    case '"': {
      const quoted = readQuoted(text, at, '"');
      return { token: { kind: "identifier", text: quoted.text, delimited: true, at }, end: quoted.end };
    }
    case "[": {
      const quoted = readQuoted(text, at, "]");
      return { token: { kind: "identifier", text: quoted.text, delimited: true, at }, end: quoted.end };
    }
    case "@": {
      const name = match(IDENTIFIER, text, at + 1);
      if (name === null) throw new SqlSyntaxError("a parameter has no name", at);
      return { token: { kind: "parameter", text: `@${name[0]}`, at }, end: at + 1 + name[0].length };
    }
    default:
  }
  const number = match(NUMBER, text, at);
  if (number !== null) return { token: numberToken(number, at), end: at + number[0].length };
  const identifier = match(IDENTIFIER, text, at);
  if (identifier !== null) {
    return { token: { kind: "identifier", text: identifier[0], delimited: false, at }, end: at + identifier[0].length };
  }
  const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, at));
  if (symbol === undefined) throw new SqlSyntaxError(`'${char}' has no meaning here`, at);
  return { token: { kind: "symbol", text: symbol, at }, end: at + symbol.length };
}

function numberToken(found: RegExpExecArray, at: number): SqlToken {
  const [all, fraction, bareFraction, exponent] = found;
  if (fraction !== undefined || bareFraction !== undefined || exponent !== undefined) {
    return { kind: "double", value: Number(all), at };
  }
  const value = BigInt(all);
  // One more than the largest is let through, so that the smallest can be written with a minus before it.
  if (value > LARGEST_INTEGER + 1n) throw new SqlSyntaxError("the number does not fit 64 bits", at);
  return { kind: "integer", value, at };
}

/** Text up to the closing mark; a doubled mark stands for itself. */
function readQuoted(text: string, start: number, close: string): { text: string; end: number } {
  let found = "";
  let at = start + 1;
  for (;;) {
    const next = text.indexOf(close, at);
    if (next === -1) throw new SqlSyntaxError(`${close} is missing`, start);
    found += text.slice(at, next);
    if (text[next + 1] !== close) return { text: found, end: next + 1 };
    found += close;
    at = next + 2;
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
