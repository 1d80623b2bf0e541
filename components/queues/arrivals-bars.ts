const HOUR_MS = 3_600_000;

/** How far the timeline goes back, and how many hours a bar of it holds. */
export const RANGES = {
  "48h": { hours: 48, step: 1, words: "48 h" },
  "14d": { hours: 336, step: 6, words: "14 days" },
} as const;

export type Range = keyof typeof RANGES;

export interface TimeBar {
  /** ms */
  readonly from: number;
  readonly until: number;
  readonly value: number;
}

/** The last `hours` of counts per hour that begin at `from`, added up to bars of `step` hours; the newest hour ends the last bar. */
export function barsOf(from: string, counts: readonly number[], hours: number, step: number): TimeBar[] {
  const skipped = Math.max(0, counts.length - hours);
  const start = Date.parse(from) + skipped * HOUR_MS;
  const shown = counts.slice(skipped);
  return Array.from({ length: Math.ceil(shown.length / step) }, (_, index) => {
    const part = shown.slice(index * step, (index + 1) * step);
    const at = start + index * step * HOUR_MS;
    return { from: at, until: at + part.length * HOUR_MS, value: part.reduce((sum, count) => sum + count, 0) };
  });
}
