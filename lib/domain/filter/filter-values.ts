import type { Scalar, TimePoint } from "./expression";
import { FilterSyntaxError } from "./filter-error";
import type { Token } from "./filter-lexer";

/** How the values of a filter are written. All throw `FilterSyntaxError` with what was expected. */

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;
const DURATION = /^(\d+(?:\.\d+)?)(s|m|min|h|d|w)$/i;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400, w: 604_800 };
const SIZE = /^(\d+(?:\.\d+)?)(b|kb|mb|kib|mib)?$/i;
const BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1_000, mb: 1_000_000, kib: 1_024, mib: 1_048_576 };
const DATE_TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/i;

function wrong(token: Token, expected: string): FilterSyntaxError {
  const what = token.kind === "end" ? "A value is missing" : `"${token.text}" cannot be used`;
  return new FilterSyntaxError(`${what} here: ${expected}.`, token.from, Math.max(token.to, token.from + 1));
}

export function readText(token: Token): string {
  if (token.kind !== "word" && token.kind !== "quoted")
    throw wrong(token, "a text is expected, in quotes if it has spaces");
  return token.text;
}

export function readScalar(token: Token): Scalar {
  if (token.kind === "quoted") return { type: "text", text: token.text, quoted: true };
  if (token.kind !== "word") throw wrong(token, 'a value is expected: 12.5, true, null or "a text"');
  const lower = token.text.toLowerCase();
  if (lower === "true" || lower === "false") return { type: "boolean", text: lower };
  if (lower === "null") return { type: "null" };
  if (NUMBER.test(token.text)) return { type: "number", text: token.text };
  return { type: "text", text: token.text, quoted: false };
}

/** What can be compared by < and >. */
export function readComparable(token: Token): Extract<Scalar, { type: "number" | "text" }> {
  const scalar = readScalar(token);
  if (scalar.type === "number" || scalar.type === "text") return scalar;
  throw wrong(token, "a number or a text in quotes is expected after <, <=, > and >=");
}

export function readBytes(token: Token): number {
  const found = token.kind === "word" ? SIZE.exec(token.text) : null;
  if (found === null) throw wrong(token, "a size is expected, such as 900, 20kB or 1.5MB");
  return Math.round(Number(found[1]) * (BYTES[(found[2] ?? "b").toLowerCase()] ?? 1));
}

export function readWhole(token: Token): number {
  if (token.kind !== "word" || !/^\d{1,9}$/.test(token.text)) throw wrong(token, "a whole number is expected");
  return Number(token.text);
}

export function readDuration(token: Token): number {
  const found = token.kind === "word" ? DURATION.exec(token.text) : null;
  if (found === null) throw wrong(token, "a duration is expected, such as 90s, 15m, 3h, 2d or 1w");
  const seconds = Number(found[1]) * (SECONDS[(found[2] ?? "s").toLowerCase()] ?? 1);
  if (seconds > 3_153_600_000) throw wrong(token, "a duration of a hundred years at most is expected");
  return seconds;
}

/** A date, a date with time (UTC unless it says otherwise), or "2h ago"; `ago` tells whether that word follows. */
export function readTimePoint(token: Token, ago: boolean): TimePoint {
  if (ago) return { ago: readDuration(token) };
  const text = token.kind === "word" || token.kind === "quoted" ? token.text.toUpperCase() : "";
  const zoned = /T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? text : text.includes("T") ? `${text}Z` : `${text}T00:00Z`;
  const time = DATE_TIME.test(text) ? new Date(zoned) : new Date(Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw wrong(token, "a time is expected, such as 2026-11-20, 2026-11-20T14:30Z or 2h ago");
  }
  return { at: time.toISOString() };
}
