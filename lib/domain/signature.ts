import { CURRENCY, classifyWord } from "./signature-words";

/** Characters of a description that are looked at. */
const MAX_INPUT = 4_096;
/** Words that a signature keeps: brokers and frameworks cut descriptions at a length, so their ends differ. */
const MAX_WORDS = 60;
const MAX_LENGTH = 500;
/** Stack frames that a signature keeps. */
const MAX_FRAMES = 2;

/**
 * A description with everything taken out that differs from message to message: ids, numbers, times, durations, quoted values,
 * embedded JSON, URLs, addresses, paths, and of a stack trace all but the first frames' methods. The words and
 * error codes that are left tell causes apart. Every step looks at a character a bounded number of times, whatever the text.
 */
export function signatureOf(description: string): string {
  const lines = description.slice(0, MAX_INPUT).split(/\r\n|\r|\n/);
  const text = maskTimes(maskQuoted(maskJson(keepFirstFrames(lastOfTraceback(lines))).replace(KEY_AND_VALUES, "<q>")));
  const words: string[] = [];
  let previous = "";
  for (const word of text.split(/\s+/)) {
    if (word === "") continue;
    if (words.length >= MAX_WORDS) break;
    const masked = maskWord(word, previous);
    const settled = afterNumber(words, masked);
    if (settled !== null) words.push(settled);
    // The unit is taken out, the punctuation behind it stays: "56 s:" is "3200ms:".
    else words[words.length - 1] += /[:;,)]*$/.exec(masked)?.[0] ?? "";
    // A word before the end of a sentence says nothing of the one after it.
    previous = /[.!?]$/.test(word) ? "" : word.replace(/^[^\p{L}\d<$]+|[^\p{L}\d>]+$/gu, "");
  }
  return collapse(words.join(" ")).slice(0, MAX_LENGTH).trim();
}

/** Python puts the error after its traceback. */
function lastOfTraceback(lines: readonly string[]): readonly string[] {
  if (!lines[0]?.startsWith("Traceback (most recent call last)")) return lines;
  const last = lines.findLast((line) => /^\S/.test(line));
  return last === undefined || last === lines[0] ? lines : [last];
}

const FRAME = /^\s*at\s+(async\s+|new\s+)?(\S.*)$/;

/** The heading lines of a trace, and the methods of its first frames. */
function keepFirstFrames(lines: readonly string[]): string {
  const kept: string[] = [];
  let frames = 0;
  for (const line of lines) {
    if (/^\s*(\.{3} \d+ (more|common frames omitted)|-{3} End of )/.test(line)) continue;
    const frame = frames > 0 || /^\s+at\s/.test(line) || /^at\s.*[(:]/.test(line) ? FRAME.exec(line) : null;
    if (frame === null) {
      kept.push(line);
    } else if (frames++ < MAX_FRAMES) {
      kept.push(`at ${methodOf(frame[2] ?? "")}`);
    }
  }
  return kept.join("\n");
}

/** The method of a frame without arguments, place, and the numbers that compilers put into names. */
function methodOf(frame: string): string {
  // Java names the module before a slash: "java.base/java.lang.Thread.run".
  const name = (frame.split(/[\s(]/, 1)[0] ?? "").replace(/^[\w.@-]+\//, "");
  if (name === "" || /[/\\]|^file:|^node:/.test(name)) return "<path>";
  return name
    .replace(/\$\$.*$/, "")
    .replace(/[<>`]/g, "")
    .replace(/\d+/g, "");
}

/** JSON objects and arrays of them, from their opening to their closing bracket, or to the end where they were cut off. */
function maskJson(text: string): string {
  let masked = "";
  let from = 0;
  for (const match of text.matchAll(/[{[](?=\s{0,20}(\\?"[^"\s]|\{\s{0,20}\\?"))|\{(?=\s{0,4}[\w$.]{1,60}:\s)/g)) {
    if (match.index < from) continue;
    masked += `${text.slice(from, match.index)}<json>`;
    from = endOfJson(text, match.index);
  }
  return masked + text.slice(from);
}

function endOfJson(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (character === '"' && text[i - 1] !== "\\") quoted = !quoted;
    else if (quoted) continue;
    else if (character === "{" || character === "[") depth++;
    else if ((character === "}" || character === "]") && --depth === 0) return i + 1;
  }
  return text.length;
}

/** PostgreSQL: "Key (customer_id, reference)=(17, A-4) already exists". */
const KEY_AND_VALUES = /\([^()]{1,300}\)=\([^()]{0,300}\)/g;

const CLOSING: Readonly<Record<string, string>> = { "'": "'", '"': '"', "`": "`", "“": "”", "‘": "’", "«": "»" };

/** Quoted values. A quote inside a word is an apostrophe; one that never closes is a value that was cut off, if it is a double one near the end. */
function maskQuoted(text: string): string {
  let masked = "";
  let from = 0;
  // Once a kind of quote has not been closed, no later one of its kind is: each is searched for to the end once.
  const unclosed = new Set<string>();
  for (let i = 0; i < text.length; i++) {
    const closing = CLOSING[text[i] as string];
    if (closing === undefined || unclosed.has(closing) || isWordCharacter(text[i - 1])) continue;
    const end = closingQuote(text, i + 1, closing);
    if (end === null) {
      unclosed.add(closing);
      if (closing !== '"' || i === 0) continue;
      return `${masked}${text.slice(from, i)}<q>`;
    }
    masked += `${text.slice(from, i)}<q>`;
    from = end + 1;
    i = end;
  }
  return masked + text.slice(from);
}

function closingQuote(text: string, start: number, closing: string): number | null {
  for (let end = text.indexOf(closing, start); end !== -1; end = text.indexOf(closing, end + 1)) {
    if (text[end - 1] === "\\" || (closing !== '"' && isWordCharacter(text[end + 1]))) continue;
    return end;
  }
  return null;
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

const MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}";
const CLOCK =
  "\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?:\\s?[ap]\\.?m\\b\\.?)?(?:\\s?(?:Z|UTC|GMT|[+-]\\d{2}:?\\d{2})(?![\\w:]))?";
const TIMES = new RegExp(
  [
    // 2024-05-01 10:00:00, 01/05/2024 10:00:00 AM
    `(?<![\\w-])\\d{1,4}[-/.]\\d{1,2}[-/.]\\d{1,4}[T ,]{1,2}${CLOCK}`,
    // Tue, 05 Nov 2024 10:00:00 GMT, and with the month first
    `(?<!\\w)(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\\s)?(?:\\d{1,2}[ -]${MONTH}|${MONTH}\\s\\d{1,2},?)[ -]\\d{4}(?:[ ,]{1,2}${CLOCK})?`,
    `(?<!\\w)(?:mon|tue|wed|thu|fri|sat|sun)\\s${MONTH}\\s\\d{1,2}\\s${CLOCK}(?:\\s[A-Z]{3,4})?\\s\\d{4}`,
    // 10:00:00 AM alone
    `(?<![\\w.:])${CLOCK}(?![\\w:])`,
  ].join("|"),
  "gi",
);

/** Times that are written with spaces; the others are words. */
function maskTimes(text: string): string {
  return text.replace(TIMES, "<time>");
}

/** Keys of the diagnostics that Service Bus appends: all that follows the colon is a value. */
const DIAGNOSTIC =
  /^(TrackingId|SystemTracker|Timestamp|Reference|CorrelationId|RequestId|ActivityId|TraceId|SpanId|ClientRequestId):(.+)$/i;

/** A word with its punctuation, and with values inside of it masked part by part: "[id=42]," "orders/7/items", "key:value". */
function maskWord(word: string, previous: string): string {
  const opening = /^[([{'"`,;=*|~-]*/.exec(word)?.[0] ?? "";
  const rest = word.slice(opening.length);
  const closing = /[)\]}'"`.,;:!?*|~…=-]*$/.exec(rest)?.[0] ?? "";
  const core = rest.slice(0, rest.length - closing.length);
  if (core === "") return word;
  const diagnostic = DIAGNOSTIC.exec(core);
  if (diagnostic !== null) return `${opening}${diagnostic[1]}:<id>${closing}`;
  const whole = classifyWord(core, { previous });
  // A word that is one value is done; one that is only known to hold digits is looked at part by part, if it has parts.
  if (whole !== core && !(whole === "<id>" && /[=:,;()[\]{}|]/.test(core))) return opening + whole + closing;
  return opening + maskParts(core, previous) + closing;
}

function maskParts(core: string, previous: string): string {
  const parts = core.split(/([=:,;()[\]{}|]+)/);
  if (parts.length === 1) return core;
  let before = previous;
  let separator = "";
  const masked: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 1) {
      separator = part;
      masked.push(part);
    } else if (part !== "") {
      // What follows an equals sign is a value, whatever it looks like.
      masked.push(separator.endsWith("=") && !part.startsWith("<") ? "<v>" : classifyWord(part, { previous: before }));
      before = part;
    }
  }
  return masked.join("");
}

const UNIT =
  /^(ns|us|µs|ms|msecs?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|days?|b|bytes?|[kmgt]i?b)[.,;:)]*$/i;

/** "1 error", "3 errors", "1 delivery attempt": the number decides the ending. A unit or a currency belongs to its number: null. */
function afterNumber(words: readonly string[], word: string): string | null {
  if (words.at(-1) === "<n>" && (UNIT.test(word) || CURRENCY.test(word))) return null;
  if (words.at(-1) !== "<n>" && words.at(-2) !== "<n>") return word;
  const parts = /^(\p{L}{2,}?)(ies|s|\(s\)|\(es\))([^\p{L}]*)$/u.exec(word);
  if (parts === null) return word;
  const [, stem = "", ending, rest = ""] = parts;
  if (ending === "ies") return `${stem}y${rest}`;
  if (ending === "s" && /(s|u|i|wa|ha)$/.test(stem)) return word;
  return stem + rest;
}

/**
 * What two signatures are compared by: the kind of a value is no difference, since a key may be a number in one message and an id in the next.
 */
export function groupingKey(signature: string): string {
  return collapse(signature.replace(/<[a-z]+>/g, "<v>"));
}

/** Lists of values are one value, however long; the end of a sentence is no difference. */
function collapse(text: string): string {
  return text.replace(/(<[a-z]+>)(?:(?:,|;|\||:|-)? ?(?:and |or |und )?\1){1,60}/g, "$1").replace(/[\s.,;:!…-]+$/u, "");
}
