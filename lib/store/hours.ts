export const HOUR_MS = 3_600_000;

/** Start of the hour of the clock (UTC) that a time lies in, in ms. */
export function hourOf(at: Date): number {
  return Math.floor(at.getTime() / HOUR_MS) * HOUR_MS;
}
