/** Stops a replay whose copies come back dead (R11). Counted since the last start or resume. */

/** Fewer returns than this say nothing. */
export const LEAST_RETURNED = 20;
/** Share of the sent copies that may come back. */
export const MOST_RETURNED_SHARE = 0.25;

/** The reason to pause, in words; null: go on. */
export function shouldStop({ sent, returned }: { readonly sent: number; readonly returned: number }): string | null {
  if (returned < LEAST_RETURNED || sent === 0 || returned / sent < MOST_RETURNED_SHARE) return null;
  return `${returned} of ${sent} copies came back dead since the last start: is the consumer fixed?`;
}
