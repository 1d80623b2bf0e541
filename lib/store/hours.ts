export const HOUR_MS = 3_600_000;

/** Start of the hour of the clock (UTC) that a time lies in, in ms. */
export function hourOf(at: Date): number {
  return Math.floor(at.getTime() / HOUR_MS) * HOUR_MS;
}

/** Times by their ms: a page that is asked for every second names thousands, and nearly the same ones each time. */
const written = new Map<number, string>();
const MOST_WRITTEN = 50_000;

/** A time in ms since 1970 as `toISOString` writes it. Throws `RangeError` for what is no time. */
export function isoOfMs(ms: number): string {
  const known = written.get(ms);
  if (known !== undefined) return known;
  if (written.size >= MOST_WRITTEN) written.clear();
  const text = new Date(ms).toISOString();
  written.set(ms, text);
  return text;
}
