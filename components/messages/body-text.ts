import { applyEdits, format } from "jsonc-parser";

/**
 * Formatting of JSON that touches white space only: digits, escapes and the order of keys stay as they came, which
 * parsing and writing again would not promise.
 */
export function formatJson(text: string): string {
  const edits = format(text, undefined, { insertSpaces: true, tabSize: 2, eol: "\n" });
  return applyEdits(text, edits);
}

/** Takes out the white space between tokens, and none inside of strings. */
export function compactJson(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|[ \t\r\n]+/g, (part) => (part.startsWith('"') ? part : ""));
}

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
  return compactJson(shown) === text ? { shown, restore: compactJson, formatted: true } : asIs;
}
