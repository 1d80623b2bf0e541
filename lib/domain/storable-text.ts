/**
 * Text as PostgreSQL can keep it: NUL characters and lone surrogates, which neither `text` nor `jsonb` takes, become
 * U+FFFD. Compare texts of a message with stored ones only after this.
 */
export function storableText(text: string): string {
  return UNSTORABLE.test(text) ? text.replace(UNSTORABLE_ALL, "\ufffd") : text;
}

const PATTERN = "\\0|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]";
const UNSTORABLE = new RegExp(PATTERN);
const UNSTORABLE_ALL = new RegExp(PATTERN, "g");
