/**
 * Over every window between two of the times: the most sends that are above rate × length. R6 holds when it is no more than
 * rate × (J + largest send delay) + burst. Times in ms; linear in their number, since the windows need not be tried one by one.
 */
export function rateExcess(times: readonly number[], rate: number): number {
  let least = Number.POSITIVE_INFINITY;
  let excess = 0;
  for (const [n, time] of times.toSorted((a, b) => a - b).entries()) {
    const due = (time * rate) / 1000;
    least = Math.min(least, n - due);
    excess = Math.max(excess, n + 1 - due - least);
  }
  return excess;
}
