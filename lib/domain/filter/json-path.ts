/**
 * Paths into JSON as the filter and the index write them: keys joined by dots, "[]" for any element of an array, keys
 * with other characters in double quotes ("order.lines[].sku", 'labels."cost center"'). "" is the body itself.
 */

/** Any element of an array, as a step of a path. */
export const ANY = Symbol("any element");
export type PathStep = string | typeof ANY;

const PLAIN_KEY = /^[\p{L}\p{N}_$@#-]+$/u;

export function spellPath(steps: readonly PathStep[]): string {
  let text = "";
  for (const step of steps) {
    if (step === ANY) text += "[]";
    else text += `${text === "" ? "" : "."}${spellKey(step)}`;
  }
  return text;
}

export function spellKey(key: string): string {
  return PLAIN_KEY.test(key) ? key : JSON.stringify(key);
}

export type ReadPath =
  | { readonly steps: PathStep[] }
  /** `at`: the index in the text of what cannot be read. */
  | { readonly error: string; readonly at: number };

/** Reads a path; the inverse of `spellPath`. */
export function readPath(text: string): ReadPath {
  const steps: PathStep[] = [];
  let at = 0;
  while (at < text.length) {
    if (text.startsWith("[]", at)) {
      steps.push(ANY);
      at += 2;
      continue;
    }
    if (text[at] === "[") {
      return { error: "elements of an array are searched together: write [] without a number", at };
    }
    if (text[at] === ".") {
      if (steps.length === 0) return { error: "a key is missing before the dot", at };
      at += 1;
    } else if (steps.length > 0) {
      return { error: "a dot is missing between two keys", at };
    }
    const quoted = /^"(?:[^"\\]|\\.)*"/.exec(text.slice(at))?.[0];
    const key = quoted ?? /^[^.[\]"\s]+/.exec(text.slice(at))?.[0];
    if (key === undefined) return { error: "a key is missing", at };
    const read = quoted === undefined ? key : unquote(key);
    if (read === null) return { error: "the quoted key has an escape that cannot be read", at };
    steps.push(read);
    at += key.length;
  }
  return { steps };
}

/** The text inside of double quotes, with JSON's escapes; null when it is not written so. */
export function unquote(quoted: string): string | null {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}
