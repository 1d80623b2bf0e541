/** The one in the middle; of an even number half-way between the two there. Throws of no figures at all. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (lower === undefined || upper === undefined) throw new Error("there is no median of nothing");
  return (lower + upper) / 2;
}

/** As `median`; null where one of them is not known. */
export function medianIfKnown(figures: readonly (number | null)[]): number | null {
  return figures.includes(null) ? null : median(figures.map(Number));
}

/** "5310 (5086–5933)": the median as a whole number, with the least and the most where there are several. */
export function spread(figures: readonly (number | null)[]): string {
  const known = figures.filter((figure) => figure !== null);
  if (known.length < figures.length || known.length === 0) return "?";
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return known.length === 1 ? String(least) : `${Math.round(median(known))} (${least}–${most})`;
}
