import { printParseErrorCode, visit } from "jsonc-parser";

const WORDS: Readonly<Record<string, string>> = {
  InvalidSymbol: "something that is no JSON value",
  InvalidNumberFormat: "a number that is not written as JSON writes numbers",
  PropertyNameExpected: "a property name in double quotes is missing",
  ValueExpected: "a value is missing",
  ColonExpected: "a colon is missing",
  CommaExpected: "a comma is missing",
  CloseBraceExpected: "a closing brace is missing",
  CloseBracketExpected: "a closing bracket is missing",
  EndOfFileExpected: "more text after the end of the value",
  InvalidCommentToken: "a comment, which JSON does not have",
  UnexpectedEndOfComment: "a comment that does not end",
  UnexpectedEndOfString: "a text without its closing quote",
  UnexpectedEndOfNumber: "a number that breaks off",
  InvalidUnicode: "a \\u escape without four hexadecimal digits",
  InvalidEscapeCharacter: "an escape that JSON does not have",
  InvalidCharacter: "a control character inside a text",
};

/**
 * The first thing that keeps a text from being JSON, in words with line and column; null when it is JSON. Builds no
 * value: numbers stay the text that they are. A byte order mark at the start is not counted as an error.
 */
export function findJsonError(text: string): string | null {
  let first: { what: string; line: number; column: number } | null = null;
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  if (body.trim() === "") return "The body is empty, which is no JSON.";
  try {
    visit(
      body,
      {
        onError: (code, _offset, _length, line, character) => {
          first ??= {
            what: WORDS[printParseErrorCode(code)] ?? "something that is no JSON",
            line: line + 1,
            column: character + 1,
          };
        },
      },
      { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false },
    );
  } catch (error) {
    // The scanner descends by recursion; nothing that deep is read by any consumer either.
    if (error instanceof RangeError) return "It is nested too deeply to be read.";
    throw error;
  }
  const found = first as { what: string; line: number; column: number } | null;
  return found === null ? null : `Line ${found.line}, column ${found.column}: ${found.what}.`;
}
