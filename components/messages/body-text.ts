import { createScanner } from "jsonc-parser";

/** SyntaxKind of jsonc-parser's scanner, which are const enums there and cannot be named from here. */
const OPEN_BRACE = 1;
const CLOSE_BRACE = 2;
const OPEN_BRACKET = 3;
const CLOSE_BRACKET = 4;
const COMMA = 5;
const COLON = 6;
const LINE_BREAK = 14;
const BLANK = 15;
const END = 17;

/** Deeper than this, indenting makes a payload longer without making it clearer. */
const MOST_DEPTH = 100;

/**
 * Formatting of JSON that touches white space only: digits, escapes and the order of keys stay as they came, which
 * parsing and writing again would not promise. One pass, in time linear in the text: a payload is somebody else's, and
 * must not be able to hold up the page. Null when it is nested too deeply to be laid out.
 */
export function formatJson(text: string): string | null {
  const parts: string[] = [];
  let depth = 0;
  let opened = false;
  for (const { kind, token } of tokens(text)) {
    if (kind === LINE_BREAK || kind === BLANK) continue;
    const closes = kind === CLOSE_BRACE || kind === CLOSE_BRACKET;
    if (closes) depth = Math.max(0, depth - 1);
    if (closes !== opened) parts.push(opened || closes ? newLine(depth) : "");
    parts.push(token);
    opened = kind === OPEN_BRACE || kind === OPEN_BRACKET;
    if (opened) depth += 1;
    if (depth > MOST_DEPTH) return null;
    if (kind === COMMA) parts.push(newLine(depth));
    if (kind === COLON) parts.push(" ");
  }
  return parts.join("");
}

/** Takes out the white space between tokens, and none inside of strings. */
export function compactJson(text: string): string {
  const parts: string[] = [];
  for (const { kind, token } of tokens(text)) if (kind !== LINE_BREAK && kind !== BLANK) parts.push(token);
  return parts.join("");
}

function* tokens(text: string): Generator<{ kind: number; token: string }> {
  const scanner = createScanner(text, false);
  for (let kind: number = scanner.scan(); kind !== END; kind = scanner.scan()) {
    const offset = scanner.getTokenOffset();
    yield { kind, token: text.slice(offset, offset + scanner.getTokenLength()) };
  }
}

const newLine = (depth: number) => `\n${"  ".repeat(depth)}`;

/** How a text is shown for editing, and how what was edited becomes a body again. */
export interface TextForm {
  readonly shown: string;
  readonly restore: (edited: string) => string;
  /** The white space differs from what is sent. */
  readonly formatted: boolean;
}

/**
 * JSON on one line is edited in lines and put back on one line, where that loses nothing; any other text is edited as
 * it is.
 */
export function textForm(text: string, language: string): TextForm {
  const asIs: TextForm = { shown: text, restore: (edited) => edited, formatted: false };
  if (language !== "json" || text.includes("\n")) return asIs;
  const shown = formatJson(text);
  return shown !== null && compactJson(shown) === text ? { shown, restore: compactJson, formatted: true } : asIs;
}
