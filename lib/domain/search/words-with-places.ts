import { wordsOf } from "./words";

/** Where a word stands: searches may ask for one part alone. */
export type WordPart = "description" | "body" | "properties";

const WEIGHTS: Readonly<Record<WordPart, "A" | "B" | "C">> = { description: "A", body: "B", properties: "C" };

/** PostgreSQL keeps 14 bits of a position and 255 positions of a word. */
const LAST_PLACE = 16_383;
const MOST_PLACES = 255;
/** A tsvector has 1 MB at most, its words together: letters that are written out in full may be many times what came. */
const MOST_BYTES = 500_000;
/** Between two parts, so that no phrase reaches across. */
const GAP = 40;

/** Words with their places, as the text form of a tsvector. */
export class WordPlaces {
  readonly #places = new Map<string, string[]>();
  #last = 0;
  #bytes = 0;

  /** Adds the words of a part, at most `most`. False: there were more, or no place is left. */
  add(part: WordPart, text: string, most: number): boolean {
    const weight = WEIGHTS[part];
    let left = most;
    for (const word of wordsOf(text)) {
      if (left === 0 || this.#last >= LAST_PLACE) return false;
      left -= 1;
      this.#last += 1;
      const places = this.#places.get(word);
      if (places === undefined) {
        this.#bytes += Buffer.byteLength(word);
        if (this.#bytes > MOST_BYTES) return false;
        this.#places.set(word, [`${this.#last}${weight}`]);
      }
      if (places !== undefined && places.length < MOST_PLACES) places.push(`${this.#last}${weight}`);
    }
    return true;
  }

  /** What is added next does not follow on what was added. */
  part(): void {
    this.#last = Math.min(LAST_PLACE, this.#last + GAP);
  }

  toString(): string {
    return [...this.#places]
      .map(([word, places]) => `'${word.replaceAll("\\", "\\\\").replaceAll("'", "''")}':${places.join(",")}`)
      .join(" ");
  }
}
