import { FilterSyntaxError } from "./filter-error";
import { unquote } from "./json-path";

export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~";

export type Token =
  | { readonly kind: "word" | "quoted"; readonly text: string; readonly from: number; readonly to: number }
  | { readonly kind: "operator"; readonly text: Operator; readonly from: number; readonly to: number }
  | { readonly kind: "(" | ")" | "end"; readonly text: string; readonly from: number; readonly to: number };

const SPACE = /\s+/y;
const OPERATOR = /!=|<=|>=|[=<>~]/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
/** A bare word; a path may have quoted keys in it: json."odd key".id */
const WORD = /(?:[^\s()"=!<>~]|(?<=[.\]])"(?:[^"\\]|\\.)*")+/y;

/** Cuts a filter into tokens, the last one "end". Throws `FilterSyntaxError`. */
export function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  while (at < text.length) {
    const space = take(SPACE);
    if (space !== null) {
      at += space.length;
      continue;
    }
    const from = at;
    const bracket = text[at];
    const operator = take(OPERATOR);
    const quoted = take(QUOTED);
    const word = take(WORD);
    if (bracket === "(" || bracket === ")") {
      at += 1;
      tokens.push({ kind: bracket, text: bracket, from, to: at });
    } else if (operator !== null) {
      at += operator.length;
      tokens.push({ kind: "operator", text: operator as Operator, from, to: at });
    } else if (quoted !== null) {
      at += quoted.length;
      const inside = unquote(quoted);
      if (inside === null) {
        throw new FilterSyntaxError(
          'The text in quotes has a backslash that cannot be read: write \\" for a quote and \\\\ for a backslash.',
          from,
          at,
        );
      }
      tokens.push({ kind: "quoted", text: inside, from, to: at });
    } else if (word !== null) {
      at += word.length;
      tokens.push({ kind: "word", text: word, from, to: at });
    } else if (bracket === '"') {
      throw new FilterSyntaxError("The closing quote is missing.", from, text.length);
    } else {
      throw new FilterSyntaxError(
        bracket === "!" ? 'Write "not" or != in place of a single "!".' : `"${bracket}" is not understood here.`,
        from,
        from + 1,
      );
    }
  }
  tokens.push({ kind: "end", text: "", from: text.length, to: text.length });
  return tokens;
}
