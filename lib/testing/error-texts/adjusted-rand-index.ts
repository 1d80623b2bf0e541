/**
 * How well two partitions of the same things agree, corrected for chance (Hubert and Arabie, 1985): 1 is equal, 0 is what chance
 * would give, below 0 worse than chance.
 *
 * @param first group of each thing, in the order of `second`
 * @throws Error when the lengths differ.
 */
export function adjustedRandIndex(first: readonly string[], second: readonly string[]): number {
  if (first.length !== second.length) throw new Error(`${first.length} and ${second.length} things cannot be compared`);
  const together = count(first.map((group, i) => JSON.stringify([group, second[i]])));
  const pairs = pairsOf(first.length);
  const firstPairs = sumOfPairs(count(first));
  const secondPairs = sumOfPairs(count(second));
  const expected = pairs === 0 ? 0 : (firstPairs * secondPairs) / pairs;
  const most = (firstPairs + secondPairs) / 2;
  return most === expected ? 1 : (sumOfPairs(together) - expected) / (most - expected);
}

function count(groups: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1);
  return counts;
}

const pairsOf = (n: number): number => (n * (n - 1)) / 2;

function sumOfPairs(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, n) => sum + pairsOf(n), 0);
}
