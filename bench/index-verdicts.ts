import type { Measured } from "./index-measure";

/** The most that the p95 of everything but searches may be at the largest size, times what it is at the smallest. */
const FLAT = 1.5;

/** What is said of one page at the largest size, given what it was at the smallest; undefined: it was not measured there. */
export function verdictOf(large: Measured, small: Measured | undefined): string {
  const aim = large.aim === null || large.p95 <= large.aim ? "met" : "MISSED";
  const growth = small === undefined ? null : large.p95 / small.p95;
  const processor = small?.processor && large.processor ? (large.processor / small.processor).toFixed(2) : "?";
  const times = `${growth?.toFixed(2) ?? "?"} times (processor ${processor})`;
  return `${large.name.padEnd(38)} ${aim.padEnd(7)} ${times}   ${flatness(large.name, growth)}`.trimEnd();
}

function flatness(name: string, growth: number | null): string {
  if (name.startsWith("search")) return "";
  if (growth === null) return `growth not measured (aim ${FLAT})`;
  return growth <= FLAT ? "flat" : `GROWS (aim ${FLAT})`;
}
