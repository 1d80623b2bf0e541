/** A JSON number by its text: 1.0 stays 1.0, and a 64-bit id keeps its last digit. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toNumber(): number {
    return Number(this.text);
  }
}

export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | ExactNumber
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Writes JSON like JSON.stringify, with exact numbers and bigints as they are. */
export function writeJson(value: Json): string {
  if (value instanceof ExactNumber) return value.text;
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => writeJson(item)).join(",")}]`;
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${writeJson(member)}`);
  return `{${members.join(",")}}`;
}

const STRINGS_AND_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MARK = "\u0000number:";

/**
 * Reads JSON with every number as an ExactNumber. Throws the engine's own SyntaxError for what is no JSON.
 * The engine of Node 20 does not hand a reviver the source text, so numbers take the way through marked strings;
 * JSON allows no raw NUL in a string and the mark is written escaped, so nothing but a forged mark can be mistaken.
 */
export function readExactJson(text: string): unknown {
  JSON.parse(text);
  const marked = text.replace(STRINGS_AND_NUMBERS, (token) =>
    token.startsWith('"') ? token : `"\\u0000number:${token}"`,
  );
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(MARK) ? new ExactNumber(value.slice(MARK.length)) : value,
  );
}
