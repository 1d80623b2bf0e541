/**
 * Words as search sees them: runs of letters and digits, in lower case. What stands between them only parts them, so
 * that "ORD-4711/x" is the phrase ord 4711 x. Text of a message and text that is looked for are cut by the same rule.
 */

/** Longer runs (Base64, keys) are kept by their beginning. */
export const MAX_WORD = 64;
/** Fewer letters than this before a "*" would match too many words to be looked up. */
const MIN_PREFIX = 2;

const RUN = /[\p{L}\p{N}\p{M}]+/gu;

/** The words of a text in their order. */
export function* wordsOf(text: string): Generator<string> {
  for (const [run] of text.matchAll(RUN)) yield normal(run);
}

function normal(run: string): string {
  const word = run.normalize("NFKC").toLowerCase();
  return word.length > MAX_WORD ? [...word].slice(0, MAX_WORD).join("") : word;
}

export interface PhraseWord {
  readonly word: string;
  /** Written with a "*" at its end: any word that begins so. */
  readonly prefix: boolean;
}

/** What a phrase asks for: words that follow each other. */
export function phraseWords(phrase: string): PhraseWord[] {
  return [...phrase.matchAll(/([\p{L}\p{N}\p{M}]+)(\*?)/gu)].map(([, run = "", star]) => ({
    word: normal(run),
    prefix: star === "*",
  }));
}

/** Why a phrase cannot be searched for, in words; null when it can. */
export function checkPhrase(phrase: string): string | null {
  const words = phraseWords(phrase);
  if (words.length === 0) return `"${phrase}" has no letter or digit: search looks for words and numbers.`;
  const short = words.find(({ word, prefix }) => prefix && word.length < MIN_PREFIX);
  if (short !== undefined) return `"${short.word}*" is too short: write at least ${MIN_PREFIX} letters before a *.`;
  if (words.length > 30) return "A phrase has 30 words at most.";
  return null;
}
